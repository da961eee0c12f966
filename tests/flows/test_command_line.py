"""The command line as a person types it: French help, JSON that parses, and one French line for what cannot be."""

import json
import re
import socket
import subprocess
import sys

import pytest
from sqlmodel import func, select

from flows.__main__ import COMMANDS, app
from flows.commands.application import run
from models.contracts.register import Contract
from models.errors import BadInput
from models.organisation.group import Establishment
from models.process.procurement import Procurement
from models.spend.lines import SpendLine
from tasks.settings import ROOT
from tasks.store import reading
from tests.conftest import forget_settings

OPENING = {
    "--objet": "Gants", "--famille": "perfusion", "--cpv": "33194000", "--montant": "90 000", "--duree-mois": "48",
}  # fmt: skip
ENGLISH = re.compile(
    r"Usage:|Commands|Parameters|Display|Show|required|default|choices|\b(STR|INT|PATH|BOOL|COMMAND|CHOICE)\b|--no-|--empty-"
)


@pytest.fixture
def achats(capsys):
    """Run a command; give its exit code, its output and its error lines."""

    def ran(*words):
        code = run(app, [str(word) for word in words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return ran


def opening(**changes):
    given = {**OPENING, **{f"--{name.replace('_', '-')}": value for name, value in changes.items()}}
    return ["ouvrir", *(word for pair in given.items() for word in pair)]


def count(*tables):
    with reading() as session:
        return [session.exec(select(func.count()).select_from(table)).one() for table in tables]


GROUPS = sorted({words.split()[0] for words in COMMANDS if " " in words} - set(COMMANDS))


@pytest.mark.parametrize("words", ["", *COMMANDS, *GROUPS])
def test_help_is_in_french(achats, words):
    code, out, err = achats(*words.split(), "--help")
    assert (code, err) == (0, "")
    assert out.startswith("Usage : achats")
    assert not ENGLISH.search(out), out


def test_the_first_help_lists_every_command_with_what_it_does(achats):
    _, out, _ = achats("--aide")
    for words in COMMANDS:
        assert re.search(rf"│ {words.split()[0]} +\w", out), words


def test_opening_gives_the_reference_alone(group, achats):
    code, out, err = achats(*opening(), "--json")
    assert (code, err) == (0, "")
    assert list(json.loads(out)) == ["ref"]


READING = [
    ("statut",), ("statut", "{ref}"), ("a-faire",), ("a-faire", "--personne", "karim.benali@ch-rocheval.invalid"),
    ("documents", "{ref}"), ("journal",), ("journal", "{ref}"), ("journal", "verifier"), ("delegation", "liste"),
    ("parametres",), ("procedure", "--nature", "fournitures", "--montant", "90000", "--date", "2026-11-23"),
    ("retroplanning", "--procedure", "mapa", "--demarrage", "2027-09-01"),
]  # fmt: skip


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_every_reading_command_answers_in_json_and_for_people(group, achats, words):
    ref = json.loads(achats(*opening(), "--json")[1])["ref"]
    said = [word.format(ref=ref) for word in words]
    code, out, err = achats(*said, "--json")
    assert (code, err) == (0, "")
    json.loads(out)
    code, out, err = achats(*said)
    assert (code, err) == (0, "")
    assert out.strip()


def test_the_state_of_a_purchase_has_the_promised_keys(group, achats):
    ref = json.loads(achats(*opening(), "--json")[1])["ref"]
    shown = json.loads(achats("statut", ref, "--json")[1])
    assert {"ref", "objet", "stage", "label", "awaiting", "documents", "timeline"} <= set(shown)
    assert (shown["stage"], shown["label"], shown["awaiting"]) == ("identified", "Besoin identifié", [])


def refused(achats, words, said):
    """Run a command that is refused: exit code 2, one French line on standard error, nothing on the other."""
    code, out, err = achats(*words)
    assert (code, out) == (2, "")
    assert err.startswith("achats : ")
    assert said in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"famille": "gaz"}, "Famille inconnue : gaz. Familles de l'organisation : alimentation, blanchisserie"),
        ({"montant": "-1"}, "--montant"), ({"montant": "0"}, "--montant"), ({"montant": "beaucoup"}, "--montant"),
        ({"cpv": "x"}, "CPV"),
        ({"duree_mois": "quatre"}, "--duree-mois : « quatre » n'est pas un nombre de mois."),
        ({"duree_mois": "0"}, "--duree-mois : 0 n'est pas une durée possible (1 à 240)."),
        ({"demarrage": "31/02/2027"}, "--demarrage"), ({"demarrage": "demain"}, "--demarrage"),
        ({"nature": "bricolage"}, "Nature inconnue : bricolage."),
        ({"objet": "  "}, "--objet : l'objet de l'achat est vide."),
        ({"acheteur": "x@y.invalid"}, "Personne inconnue : x@y.invalid"),
        ({"couleur": "bleu"}, "option inconnue : --couleur"),
    ],
)  # fmt: skip
def test_a_purchase_that_cannot_be_opened_leaves_nothing(group, achats, changes, said):
    refused(achats, opening(**changes), said)
    assert count(Procurement) == [0]


def test_an_option_that_is_missing_and_a_command_that_does_not_exist(group, achats):
    refused(achats, ["ouvrir", "--objet", "Gants"], "il manque --famille")
    refused(achats, ["acheter"], "commande inconnue : acheter")
    refused(achats, ["statut", "2031-404"], "Achat inconnu : 2031-404 (liste : achats statut).")


def test_before_any_organisation_the_first_thing_to_do_is_said(home, achats):
    refused(achats, opening(), "commencez par « achats importer organisation FICHIER.toml »")


def organisation(tmp_path, old, new):
    text = (ROOT / "examples" / "ght-demo.toml").read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "organisation.toml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('siret = "26990001500018"', 'siret = "26990001500019"', "26990001500019"),
        ('finess = "990000010"', 'finess = "990000011"', "990000011"),
        ('roles = ["directeur"]', 'roles = ["roi"]', "roi"),
        ("[ght]", "[ght", "faute à la ligne 5, colonne 5."),
    ],
)
def test_an_organisation_with_a_fault_is_not_loaded_at_all(home, achats, tmp_path, old, new, said):
    refused(achats, ["importer", "organisation", organisation(tmp_path, old, new)], said)
    assert count(Establishment) == [0]


@pytest.mark.parametrize("kind", ["organisation", "depenses", "contrats"])
@pytest.mark.parametrize("content", [None, b"", b"\x00\x01\xff\xfe\x00"])
def test_a_file_that_is_absent_empty_or_unreadable(group, achats, tmp_path, kind, content):
    file = tmp_path / ("f.toml" if kind == "organisation" else "f.csv")
    if content is not None:
        file.write_bytes(content)
    more = ["--etablissement", "990000010"] if kind == "depenses" else []
    refused(achats, ["importer", kind, file, *more], file.name)
    assert count(SpendLine, Contract) == [0, 0]


def test_a_column_that_is_missing_names_it(group, achats, tmp_path):
    file = tmp_path / "d.csv"
    file.write_text("date;fournisseur\n2026-01-05;A\n", encoding="utf-8")
    refused(achats, ["importer", "depenses", file, "--etablissement", "990000010"], "montant")
    assert count(SpendLine) == [0]


def test_a_folder_in_the_place_of_a_file(group, achats, tmp_path):
    refused(achats, ["importer", "organisation", tmp_path], tmp_path.name)
    ref = json.loads(achats(*opening(), "--json")[1])["ref"]
    refused(achats, ["offre", "deposer", ref, "--fichier", tmp_path], "illisible")
    words = ["decider", ref, "--personne", "a@b.invalid", "--reponse", "approve", "--fichier", tmp_path]
    refused(achats, words, "illisible")


def test_a_home_that_cannot_be_written(achats, tmp_path, monkeypatch):
    (tmp_path / "fichier").write_text("x")
    monkeypatch.setenv("ACHATS_HOME", str(tmp_path / "fichier" / "home"))
    forget_settings()
    refused(achats, ["statut"], "n'est pas accessible en écriture")
    forget_settings()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ACHATS_DATABASE_URL", "n'importe quoi", "ACHATS_DATABASE_URL n'est pas une adresse"),
        ("ACHATS_SMTP_PORT", "vingt-cinq", "Réglage ACHATS_SMTP_PORT incorrect"),
    ],
)
def test_a_setting_that_is_not_possible(home, achats, monkeypatch, name, value, said):
    monkeypatch.setenv(name, value)
    forget_settings()
    refused(achats, ["statut"], said)


def test_a_database_that_does_not_answer_is_not_the_user_s_fault(home, achats, monkeypatch):
    monkeypatch.setenv("ACHATS_DATABASE_URL", "postgresql+psycopg://x@127.0.0.1:1/x")
    forget_settings()
    code, out, err = achats("statut")
    assert (code, out) == (1, "")
    assert err.startswith("achats : La base de données ne répond pas")
    assert len(err.splitlines()) == 1


def test_a_port_that_is_taken_starts_nothing(home, achats):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused(
            achats,
            ["demarrer", "--port-prefect", port],
            f"Le port {port} est déjà pris : choisissez-en un autre.",
        )
    assert not (home / "serveur.json").exists()


def test_the_command_line_starts_without_prefect():
    code = "import sys, flows.__main__; sys.exit('prefect' in sys.modules or 'polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_what_only_the_command_line_needs_is_on_the_same_line(capsys):
    from cyclopts import App

    def refuse() -> None:
        raise BadInput("Donnez une quantité.", at_command="Option : --champ.")

    app = App()
    app.default(refuse)
    assert run(app, []) == 2
    assert capsys.readouterr().err == "achats : Donnez une quantité. Option : --champ.\n"
