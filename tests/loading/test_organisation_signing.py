"""The sections of the organisation file about signature: loaded, loaded again, refused with their place."""

from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import col, select

from models.access.proofs import Proof
from models.errors import BadInput
from models.journal import JournalLine
from models.signing.acts import Delegation, FunctionHeld, LocalChoice, Visa
from tasks import journal
from tasks.access import proofs
from tasks.delegations import entry
from tasks.loading.file import load_organisation, load_organisation_text
from tasks.settings import ROOT
from tasks.signing import power
from tasks.store import reading

DEMO = ROOT / "examples" / "ght-demo.toml"
ROCHEVAL = "26990001500018"
BENALI = "karim.benali@ch-rocheval.invalid"
DAY = date(2026, 11, 22)


def rows(table):
    with reading() as session:
        return session.exec(select(table)).all()


def signatories(act, amount):
    with reading() as session:
        found = power.signatories(session, power.question(act, Decimal(amount), "perfusion", ROCHEVAL, DAY))
    return [person.name for person in found]


def test_the_demo_group_signs_at_three_heights(home):
    load_organisation(DEMO)

    assert signatories("signature_marche", "89999.99") == [
        "Karim Benali",
        "Sophie Lambert",
        "Hélène Marchand",
    ]
    assert signatories("signature_marche", "215999.99") == ["Karim Benali", "Hélène Marchand"]
    assert signatories("signature_marche", "216000") == ["Hélène Marchand"]


def test_loading_twice_changes_nothing_and_writes_no_second_line(home):
    load_organisation(DEMO)
    lines = len(rows(JournalLine))

    again = load_organisation(DEMO)

    assert lines > 0
    assert len(rows(JournalLine)) == lines
    assert [len(rows(table)) for table in (Delegation, FunctionHeld, Visa)] == [3, 1, 3]
    assert {name: (one.ajoutes, one.modifies) for name, one in again.tables.items()}["delegations"] == (0, 0)


def test_a_revocation_survives_the_next_loading(home):
    load_organisation(DEMO)
    entry.revoke("DS-2018-01", DAY, "Nouvelle organisation", BENALI)

    load_organisation(DEMO)

    assert signatories("signature_marche", "215999.99") == ["Hélène Marchand"]


def test_terms_of_a_known_delegation_cannot_be_rewritten(home):
    load_organisation(DEMO)
    raised = DEMO.read_text(encoding="utf-8").replace('plafond = "215 999,99"', 'plafond = "900 000"')

    with pytest.raises(BadInput, match=r"DS-2018-01.*ses termes ne se modifient pas \(ceiling\)"):
        load_organisation_text(raised, "ght.toml")
    assert signatories("signature_marche", "216000") == ["Hélène Marchand"]


def test_an_end_of_function_ends_the_powers_and_is_kept(home):
    text = DEMO.read_text(encoding="utf-8")
    open_ended = 'intitule = "Directrice générale"\netablissement = "990000010"\ndebut = 2018-01-01'
    left = text.replace(open_ended, f"{open_ended}\nfin = 2026-11-21")
    load_organisation_text(left, "ght.toml")

    assert signatories("lancement", "1000") == []
    load_organisation_text(text, "ght.toml")
    assert signatories("lancement", "1000") == []


def test_policy_is_declaration_until_the_file_says_code(home):
    text = DEMO.read_text(encoding="utf-8")
    load_organisation_text(text, "ght.toml")
    with reading() as session:
        assert proofs.policy(session) is Proof.DECLARATION

    load_organisation_text(text.replace('preuve = "declaration"', 'preuve = "code"'), "ght.toml")

    with reading() as session:
        assert proofs.policy(session) is Proof.CODE
        last = session.exec(select(JournalLine).order_by(col(JournalLine.seq).desc())).first()
        assert (last.subject, "proof code" in last.reason) == ("signature", True)
        assert journal.verify(session).valide


CHOICE = """
[[competences]]
acte = "{act}"
competent = "partie"
a_compter_du = 2026-01-01
motif = "Règlement intérieur du groupement"
"""


def test_a_choice_where_the_texts_leave_one(home):
    load_organisation_text(DEMO.read_text(encoding="utf-8") + CHOICE.format(act="resiliation"), "ght.toml")

    assert [(one.act, one.kind) for one in rows(LocalChoice)] == [("resiliation", "partie")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("", CHOICE.format(act="signature_marche")), "les textes règlent la compétence"),
        (('actes = ["achat_urgent"]', 'actes = ["achat"]'), "« achat » n'est pas une valeur possible de « actes »"),
        (('actes = ["achat_urgent"]', "actes = []"), "« actes » est vide"),
        (('etablissements = ["990000028"]', 'etablissements = ["990000099"]'), "établissement « 990000099 » inconnu"),
        (('plafond = "59 999,99"', 'plafond = "-5"'), "supérieur à zéro"),
        (('delegataire = "sophie.lambert@', 'delegataire = "nul@'), "personne nul@ch-rocheval.invalid"),
        (('debut = 2018-01-02\nnotification', "debut = 2018-01-02\nfin = 2017-12-31\nnotification"), "la fin précède"),
        (('reference = "DS-2018-02"', 'reference = "DS-2018-01"'), "même reference que le n° 1"),
        (('role = "pharmacien" }', 'role = "chef" }'), "« chef » n'est pas une valeur possible de « role »"),
        (('preuve = "declaration"', 'preuve = "aucune"'), "« aucune » n'est pas une valeur possible de « preuve »"),
    ],
)  # fmt: skip
def test_each_mistake_is_said_with_its_place(home, change, said):
    old, new = change
    text = DEMO.read_text(encoding="utf-8")
    changed = text.replace(old, new) if old else text + new
    assert changed != text

    with pytest.raises(BadInput) as refusal:
        load_organisation_text(changed, "ght.toml")

    assert said in str(refusal.value)
    assert rows(Delegation) == []
