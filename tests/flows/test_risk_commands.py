"""`achats veille`, `litige`, `risque` and the imports of facts, as a user runs them."""

import json

import pytest

from flows.__main__ import app
from flows.commands.application import run
from tests.signing_scene import DIRECTOR, LEGAL, waiting
from tests.watching import contracts_file

LISTS = ["expirations", "ruptures", "litiges", "paiements", "consommations", "relances", "reprises"]
PERF = "P1;1;Perfuseurs;perfusion;Exemple SAS;180000;;2022-05-15;2026-05-14;48"


@pytest.fixture
def achats(group, capsys):
    def ran(*words):
        code = run(app, [str(word) for word in words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return ran


def test_the_watch_gives_its_seven_lists_and_runs_without_a_server(achats, tmp_path):
    achats("importer", "contrats", contracts_file(tmp_path, PERF))
    code, out, _ = achats("veille", "--date", "2026-01-15", "--json")
    sweep = json.loads(out)
    assert code == 0
    assert [name for name in sweep if name in LISTS] == LISTS
    (found,) = sweep["expirations"]
    assert list(found) == ["cle", "niveau", "objet", "echeance", "action"]
    assert (found["cle"], found["niveau"], found["echeance"]) == (
        "carence:P1:2026-05-14",
        "rouge",
        "2026-05-14",
    )
    assert "Prefect n'est pas démarré" in sweep["remarques"][0]
    _, out, _ = achats("veille", "--date", "2026-01-15")
    assert "0 nouveautés" in out


def test_a_date_that_does_not_exist_is_refused_in_one_line(achats):
    code, _, err = achats("veille", "--date", "2026-02-30")
    assert code == 2
    assert err.count("\n") == 1
    assert "2026-02-30" in err


def test_shortages_as_json_with_items_given_beside_the_contracts(achats, tmp_path):
    contracts = tmp_path / "m.csv"
    contracts.write_text(
        "Numéro;Objet;Titulaire;Montant HT;Date de fin;CIS;CIP13\n"
        "MED;Aténolol;Labo;9000;2029-01-01;61436304;\n",
        encoding="utf-8",
    )
    achats("importer", "contrats", contracts)
    folder, stocks = tmp_path / "bdpm", tmp_path / "stocks.csv"
    folder.mkdir()
    (folder / "CIS_CIP_Dispo_Spec.txt").write_text(
        "61436304\t\t1\tRupture de stock\t14/04/2026\t18/05/2026\t\thttps://x\n", encoding="cp1252"
    )
    stocks.write_text("item;establishment;usable stock;mean daily use\n61436304;990000010;30;10\n", "utf-8")
    words = ("veille", "ruptures", "--bdpm", folder, "--stocks", stocks, "--date", "2026-05-20", "--json")
    code, out, _ = achats(*words)
    (found,) = json.loads(out)["ruptures"]
    assert code == 0
    assert (found["niveau"], found["couverture_jours"], found["marches"]) == ("noir", "3.0", ["MED/1"])
    _, out, _ = achats("veille", "--date", "2026-05-20", "--json")
    assert [one["cle"] for one in json.loads(out)["ruptures"]] == ["rupture:61436304"]


def test_a_dispute_from_its_filing_to_its_decision(achats):
    ref = waiting(stage="contract_signature")
    filing = ("--type", "refere_precontractuel", "--requerant", "Labo évincé", "--personne", LEGAL)
    code, out, _ = achats("litige", "ouvrir", "--achat", ref, *filing, "--json")
    filed = json.loads(out)
    assert (code, filed["signature_suspendue"]) == (0, True)
    decide = ("decider", ref, "--personne", DIRECTOR, "--reponse", "approve")
    code, _, err = achats(*decide)
    assert code == 2
    assert filed["cle"] in err
    code, out, _ = achats(
        "litige", "decision", filed["cle"], "--sens", "rejet", "--personne", LEGAL, "--json"
    )
    assert json.loads(out)["sens"] == "rejet"
    assert json.loads(achats("litige", "liste", "--json")[1]) == []
    assert achats(*decide)[0] == 0


def test_risks_are_listed_taken_in_hand_closed_and_drawn(achats, tmp_path):
    achats("importer", "contrats", contracts_file(tmp_path, PERF))
    achats("veille", "--date", "2026-01-15")
    (risk,) = json.loads(achats("risque", "liste", "--json")[1])
    who = ("--personne", DIRECTOR)
    code, out, _ = achats("risque", "acquitter", risk["cle"], *who, "--action", "Lancer", "--json")
    assert json.loads(out)["acquitte_par"] == DIRECTOR
    assert achats("risque", "acquitter", risk["cle"], *who)[0] == 2
    picture = tmp_path / "carte.png"
    assert achats("risque", "carte", "--sortie", picture)[0] == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert achats("risque", "clore", risk["cle"], *who, "--motif", "Regroupé")[0] == 0
    assert json.loads(achats("risque", "liste", "--json")[1]) == []
    code, _, err = achats("risque", "clore", "inconnu", *who, "--motif", "x")
    assert (code, "Risque inconnu" in err) == (2, True)


def test_an_order_past_the_maximum_is_refused(achats, tmp_path):
    line = "P1;1;Perfuseurs;perfusion;Exemple SAS;180000;200000;2022-05-15;2026-05-14;48"
    achats("importer", "contrats", contracts_file(tmp_path, line))
    orders = tmp_path / "c.csv"
    orders.write_text("Numéro;Marché;Date;Montant HT\nC1;P1;2025-01-02;199999\n", encoding="utf-8")
    assert json.loads(achats("importer", "commandes", orders, "--json")[1])["ajoutes"] == 1
    check = ("commande", "verifier", "--marche", "P1", "--date", "2025-02-01", "--montant")
    assert achats(*check, "1")[0] == 0
    code, _, err = achats(*check, "2")
    assert (code, "Commande refusée" in err) == (2, True)


def test_amendments_are_imported_and_shown_with_the_contract(achats, tmp_path):
    achats("importer", "contrats", contracts_file(tmp_path, PERF))
    path = tmp_path / "avenants.csv"
    path.write_text(
        "Marché;Avenant;Date;Fondement;Montant HT\nP1;1;10/01/2023;R. 2194-8;20 000,00\n", encoding="utf-8"
    )
    assert achats("importer", "avenants", path)[0] == 0
    code, out, _ = achats("marche", "voir", "P1", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["lots"][0]["montant_initial_ht"], found["lots"][0]["montant_ht"]) == (
        "180000.00",
        "200000.00",
    )
    (line,) = found["avenants"]
    assert (line["fondement"], line["part_cumulee"], line["permis"]) == ("faible_montant", "11.11", False)
    assert "11,11" in achats("marche", "voir", "P1")[1]
    code, _, err = achats("marche", "voir", "Z9")
    assert code == 2
    assert "Z9" in err
