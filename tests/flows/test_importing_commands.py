"""The import commands as a user runs them: JSON, exit codes, one clear French line when refused."""

import json

import pytest

from flows.__main__ import app
from flows.commands.application import run
from tasks.settings import ROOT

DEMO = str(ROOT / "examples" / "ght-demo.toml")


@pytest.fixture
def achats(home, capsys):
    def ran(*words):
        code = run(app, [str(word) for word in words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return ran


@pytest.fixture
def spend(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("date;amount;supplier\n2026-01-05;10,50;A\n2026-01-05;x;A\n", encoding="utf-8")
    return path


def test_organisation_then_spend_then_the_same_again(achats, spend):
    code, out, _ = achats("importer", "organisation", DEMO, "--json")
    assert code == 0
    assert json.loads(out)["tables"]["etablissements"]["ajoutes"] == 5
    words = (
        "importer",
        "depenses",
        spend,
        "--etablissement",
        "990000010",
        "--famille",
        "perfusion",
        "--json",
    )
    code, out, _ = achats(*words)
    report = json.loads(out)
    assert code == 0
    assert (report["lus"], report["acceptes"]) == (2, 1)
    assert report["refuses"] == [
        {"ligne": 3, "motif": "montant : « x » n'est pas un nombre (exemple attendu : 125000 ou 125 000,50)."}
    ]
    assert (report["total_lu"], report["deja_importe"]) == ("10.50", False)
    _, out, _ = achats(*words)
    assert json.loads(out)["deja_importe"] is True


def test_what_people_read_names_lines_and_totals(achats, spend):
    achats("importer", "organisation", DEMO)
    _, out, _ = achats("importer", "depenses", spend, "--etablissement", "990000010")
    assert "d.csv : 2 lus, 1 acceptés, 1 refusés" in out
    assert "ligne 3 : montant : « x » n'est pas un nombre" in out


def test_contracts_print_read_accepted_corrected_refused(achats, tmp_path):
    achats("importer", "organisation", DEMO)
    path = tmp_path / "m.csv"
    path.write_text("Numéro;Objet;Titulaire;Montant\nA;Gants;X;0\n;Y;Z;1\n", encoding="utf-8")
    code, out, _ = achats("importer", "contrats", path, "--json")
    report = json.loads(out)
    assert code == 0
    assert [report[key] for key in ("lus", "acceptes", "format")] == [2, 1, "csv"]
    assert report["corriges"][0]["corrections"] == ["montant 0 impossible : laissé vide"]
    assert report["refuses"] == [{"ligne": 3, "motif": "numéro absent"}]


def test_real_group_skeleton_is_loaded_or_written(achats, tmp_path):
    path = tmp_path / "membres.csv"
    path.write_text(
        "code_ght,nom_ght,finess_et,raison_sociale,categorie,siret,cp,commune\n"
        "T-01,TEST,990000010,CHU A,101,26990001500018,99100,A\n",
        encoding="utf-8",
    )
    code, out, _ = achats("importer", "ght", path, "--ght", "T-01", "--sortie", tmp_path / "o.toml", "--json")
    assert (code, json.loads(out)["charge"]) == (0, False)
    code, out, _ = achats("importer", "ght", path, "--ght", "T-01")
    assert code == 0
    assert "À compléter" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("importer", "organisation", "absent.toml"), "Le fichier absent.toml n'existe pas."),
        (("importer", "contrats", "absent.json"), "Le fichier absent.json n'existe pas."),
        (("importer", "depenses", "{spend}", "--etablissement", "123"), "Établissement « 123 » inconnu"),
        (
            ("importer", "depenses", "{spend}", "--etablissement", "990000010", "--famille", "gaz"),
            "Famille « gaz » inconnue",
        ),
        (
            ("importer", "depenses", "{spend}", "--etablissement", "990000010", "--colonne", "montant=Prix"),
            "n'a pas de colonne « Prix »",
        ),
        (("importer", "depenses", "{spend}"), "il manque --etablissement"),
    ],
)
def test_bad_input_is_one_french_line_and_exit_code_2(achats, spend, words, said):
    achats("importer", "organisation", DEMO)
    code, out, err = achats(*(word.format(spend=spend) for word in words))
    assert code == 2
    assert out == ""
    assert said in err
    assert len(err.splitlines()) == 1
