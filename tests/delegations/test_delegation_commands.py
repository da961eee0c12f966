"""`achats delegation …` as people type it: answers, JSON keys, one French line per mistake, exit code 2."""

import json
import re

import pytest
from docx import Document

from flows.__main__ import app
from flows.commands.application import run
from models.errors import BadInput
from tasks.delegations import entry
from tasks.loading.file import load_organisation_text
from tasks.settings import ROOT
from tests.signing_scene import DIRECTOR, PURCHASING, load

SUPPORT = "26990001500018"


@pytest.fixture
def achats(home, capsys):
    load()

    def call(*words):
        capsys.readouterr()
        code = run(app, words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def question(**changes):
    options = {
        "personne": PURCHASING,
        "acte": "signature_marche",
        "montant": "100000",
        "famille": "perfusion",
        "etablissement": SUPPORT,
        "date": "2026-03-02",
    } | changes
    return [
        "delegation",
        "verifier",
        *(word for key, value in options.items() for word in (f"--{key}", value)),
    ]


def test_verifier_answers_with_the_five_keys(achats):
    code, out, _ = achats(*question(), "--json")
    answer = json.loads(out)

    assert code == 0
    assert (answer["autorise"], answer["code"], answer["delegation"]) == (True, "ok", "DS-2018-01")
    assert answer["signataires"] == [PURCHASING, DIRECTOR]
    assert answer["motif"].startswith("Délégation « DS-2018-01 »")


def test_verifier_refuses_with_code_reason_and_who_could(achats):
    code, out, _ = achats(*question(montant="216000"), "--json")
    answer = json.loads(out)

    assert code == 0
    assert (answer["autorise"], answer["code"]) == (False, "amount_exceeded")
    assert answer["signataires"] == [DIRECTOR]


def test_the_life_of_a_delegation(achats):
    add = ["delegation", "ajouter", "--reference", "DS-9", "--delegant", DIRECTOR, "--delegataire",
           "julie.perrin@ch-rocheval.invalid", "--fonction", "Acheteuse", "--actes", "lancement,rejet",
           "--familles", "perfusion", "--plafond", "40 000", "--debut", "2026-02-01"]  # fmt: skip
    asked = question(personne="julie.perrin@ch-rocheval.invalid", acte="lancement", montant="40000")

    def code_of_answer():
        return json.loads(achats(*asked, "--json")[1])["code"]

    assert json.loads(achats(*add, "--json")[1])["resultat"] == "ajoutée"
    assert json.loads(achats(*add, "--json")[1])["resultat"] == "inchangée"
    assert code_of_answer() == "not_published"
    achats("delegation", "formalites", "DS-9", "--publication", "2026-02-02")
    assert code_of_answer() == "ok"
    assert achats("delegation", "revoquer", "DS-9", "--motif", "Départ", "--date", "2026-03-02")[0] == 0
    assert code_of_answer() == "revoked"
    code, _, err = achats("delegation", "revoquer", "DS-9", "--motif", "Départ")
    assert (code, err) == (2, "achats : Délégation « DS-9 » déjà abrogée depuis le 02/03/2026.\n")


def test_a_sub_delegation_is_recorded_with_a_warning_and_has_no_effect(achats):
    add = ["delegation", "ajouter", "--reference", "DS-10", "--delegant", PURCHASING, "--delegataire",
           "julie.perrin@ch-rocheval.invalid", "--fonction", "Acheteuse", "--actes", "rejet",
           "--debut", "2026-02-01", "--publication", "2026-02-01"]  # fmt: skip

    _, out, _ = achats(*add)
    _, answer, _ = achats(
        *question(personne="julie.perrin@ch-rocheval.invalid", acte="rejet", montant="1"), "--json"
    )

    assert "ne se subdélègue pas" in " ".join(out.split())
    assert json.loads(answer)["code"] == "sub_delegation"


def test_the_list_on_a_day_and_what_has_no_effect(achats):
    in_force = json.loads(achats("delegation", "liste", "--date", "2026-03-02", "--json")[1])
    before = json.loads(achats("delegation", "liste", "--date", "2018-01-04", "--toutes", "--json")[1])

    assert [line["reference"] for line in in_force] == ["DS-2018-01", "DS-2018-02", "DS-2018-03"]
    assert {line["code"] for line in before} == {"not_published"}


def test_the_decision_carries_the_mentions_of_the_code(achats, tmp_path):
    target = tmp_path / "decision.docx"

    code, out, _ = achats("delegation", "decision-docx", "DS-2018-03", "--sortie", str(target))
    text = "\n".join(paragraph_texts(target))

    assert (code, "Décision écrite" in out) == (0, True)
    for mention in (
        "Claire Fontaine", "Référente achats, responsable des services économiques",  # name and function
        "Achat urgent", "59\u202f999,99",  # nature of the acts, limit
        "Trace écrite de la bonne utilisation des deniers",  # reserves
        "Centre hospitalier de Saint-Aubin-les-Prés", "Hélène Marchand", "subdéléguer",
        "publiée", "conseil de surveillance", "comptable",
    ):  # fmt: skip
        assert mention in text
    assert achats("delegation", "decision-docx", "DS-0", "--sortie", str(target))[0] == 2
    assert achats("delegation", "decision-docx", "DS-2018-03", "--sortie", str(tmp_path / "x" / "y"))[0] == 2


def paragraph_texts(path):
    document = Document(path)
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [paragraph.text for paragraph in document.paragraphs] + cells


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"personne": "nul@x.fr"}, "Personne « nul@x.fr » inconnue"),
        ({"acte": "vente"}, "Acte « vente » inconnu"),
        ({"montant": "-1"}, "négatif"),
        ({"montant": "beaucoup"}, "n'est pas un nombre"),
        ({"famille": "nulle"}, "Famille « nulle » inconnue"),
        ({"etablissement": "123"}, "Établissement « 123 » inconnu"),
        ({"date": "2026-02-30"}, "n'est pas une date"),
        ({"date": "2017-12-31"}, "aucune règle de compétence"),
    ],
)
def test_each_mistake_is_one_french_line_and_exit_code_two(achats, changes, said):
    code, out, err = achats(*question(**changes))

    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_the_faults_of_a_delegation_are_one_sentence_and_each_is_tied_to_its_key(group):
    given = {"reference": "DS-9", "plafond": "abc", "debut": "2026-01-01", "fonction": "Acheteuse"}
    with pytest.raises(BadInput) as refusal:
        entry.add({**given, "delegant": "a@b.fr"}, "a@b.fr")
    assert str(refusal.value).endswith("ou 125 000,50).")
    assert ".." not in str(refusal.value)
    assert refusal.value.fields["actes"] == "choisissez-en au moins un"
    assert refusal.value.fields["delegataire"] == "à remplir"
    assert "« abc » n'est pas un nombre" in refusal.value.fields["plafond"]


def test_the_documented_example_loads(home):
    guide = (ROOT / "docs" / "delegations.md").read_text(encoding="utf-8")
    example = re.search(r"```toml\n(.*?)```", guide, re.DOTALL)[1]
    people = ("directrice", "achats", "autre", "juriste", "adjoint")
    persons = "".join(
        f'[[personnes]]\ncourriel = "{name}@chu.invalid"\nnom = "{name}"\netablissement = "26990001500018"\n'
        for name in people
    )
    head = '[ght]\ncode = "T"\nnom = "T"\n[[etablissements]]\nsiret = "26990001500018"\nnom = "CHU"\ntype = "support"\n'

    report = load_organisation_text(
        head + persons + '[[familles]]\ncode = "perfusion"\nintitule = "P"\n' + example, "guide.toml"
    )

    assert {name: one.ajoutes for name, one in report.tables.items()} == {
        "ght": 1, "etablissements": 1, "personnes": 5, "familles": 1, "signature": 1, "fonctions": 1,
        "absences": 1, "competences": 1, "delegations": 1, "circuits": 1,
    }  # fmt: skip


def words_of(path):
    document = Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return " ".join([*(part.text for part in document.paragraphs), *cells]).replace("\u00a0", " ")


def test_the_record_of_publication_says_the_formalities_done(achats, tmp_path):
    path = tmp_path / "certificat.docx"
    code, _, _ = achats("delegation", "publication-docx", "DS-2018-01", "--sortie", str(path))

    said = words_of(path)
    assert code == 0
    for mention in (
        "Karim Benali",
        "5 janvier 2018",
        "3 janvier 2018",
        "Transmission au comptable",
        "D. 6143-35",
    ):
        assert mention in said


def test_a_delegation_not_published_has_no_record_of_publication(achats, tmp_path):
    added = [
        *(
            "delegation",
            "ajouter",
            "--reference",
            "DS-N",
            "--delegant",
            DIRECTOR,
            "--delegataire",
            PURCHASING,
        ),
        *("--fonction", "Directeur", "--actes", "rejet", "--debut", "2026-01-01"),
    ]
    assert achats(*added)[0] == 0
    code, _, err = achats("delegation", "publication-docx", "DS-N", "--sortie", str(tmp_path / "c.docx"))

    assert (code, "aucune publication n'est inscrite" in err) == (2, True)
    assert not (tmp_path / "c.docx").exists()


def test_the_letter_to_the_accountant_lists_acts_and_ceiling(achats, tmp_path):
    path = tmp_path / "lettre.docx"
    assert achats("delegation", "comptable-docx", "DS-2018-02", "--sortie", str(path))[0] == 0

    said = words_of(path)
    for mention in ("Sophie Lambert", "Lettre de rejet", "89 999,99", "Spécimen de signature"):
        assert mention in said.replace("\u202f", " ")
