"""Conflicts of interests: a declared one bars from every gate; the duty to declare precedes the opening."""

import pytest

from models.errors import BadInput, NotAllowed
from models.process.table import STAGES, Gate
from tasks.gates.decisions import Reply, decide
from tasks.loading.file import load_organisation_text
from tasks.process import conflicts
from tasks.views import status
from tests.signing_scene import DEMO, DIRECTOR, LEGAL, PURCHASING, journal_lines, load, sign, waiting

BUYER = "julie.perrin@ch-rocheval.invalid"


@pytest.fixture
def group(home):
    load()


@pytest.fixture
def strict(home):
    load_organisation_text(
        DEMO.read_text(encoding="utf-8") + '\n[conflits]\ndeclaration = "obligatoire"\n', "ght.toml"
    )


@pytest.mark.parametrize("gate", [stage.key for stage in STAGES if isinstance(stage, Gate)])
def test_a_declared_conflict_bars_at_every_gate(group, gate):
    ref = waiting(stage=gate)
    (task, *_) = status.to_do()
    someone = task.holders[0]
    conflicts.declare(ref, someone, "conflit", "Parts dans la société Médivance")

    assert someone not in [email for one in status.status(ref).awaiting for email in one.holders]
    with pytest.raises(NotAllowed, match="conflit d'intérêts"):
        decide(ref, Reply(person=someone, answer="approve", fields=task.example))


def test_a_conflict_stays_whatever_is_declared_afterwards_and_bars_nowhere_else(group):
    first, second = waiting("2026-001"), waiting("2026-002")
    conflicts.declare(first, PURCHASING, "conflit", "Parenté avec un candidat")
    conflicts.declare(first, PURCHASING, "neant")

    with pytest.raises(NotAllowed, match="conflit d'intérêts"):
        sign(first, PURCHASING)
    sign(second, PURCHASING)
    assert [line.after for line in journal_lines("déclaration d'intérêts")] == ["conflit", "neant"]


def test_the_answers_already_given_by_the_person_are_said(group):
    ref = waiting(stage="review")
    sign(ref, LEGAL)

    assert conflicts.declare(ref, LEGAL, "conflit", "Parenté").deja_repondu == ["Visa du DCE"]


def test_a_conflict_without_a_reason_and_an_unknown_word_are_refused(group):
    ref = waiting()

    with pytest.raises(BadInput, match="motif"):
        conflicts.declare(ref, BUYER, "conflit")
    with pytest.raises(BadInput, match="neant ou conflit"):
        conflicts.declare(ref, BUYER, "rien")


def test_without_the_duty_the_opening_asks_for_no_declaration(group):
    ref = waiting(stage="opening")

    with pytest.raises(BadInput, match="Aucune offre"):
        sign(ref, BUYER)


def test_with_the_duty_who_answers_must_have_declared(strict):
    ref = waiting(stage="analysis")

    with pytest.raises(NotAllowed, match="Julie Perrin n'a pas déclaré ses intérêts"):
        sign(ref, BUYER, "unsuccessful")
    conflicts.declare(ref, BUYER, "neant")
    assert sign(ref, BUYER, "unsuccessful").etape_suivante == "Infructueux"


def test_with_the_duty_the_opening_waits_for_a_declaration_for_each_gate_that_follows(strict):
    ref = waiting(stage="opening")
    conflicts.declare(ref, LEGAL, "neant")

    with pytest.raises(NotAllowed, match=r"précèdent l'ouverture.*Analyse des offres.*Signature du marché"):
        sign(ref, LEGAL, "unsuccessful")
    conflicts.declare(ref, BUYER, "neant")
    assert conflicts.listed(ref).manquantes == [
        "Décision d'attribution (Karim Benali, Hélène Marchand)",
        "Signature du marché (Karim Benali, Hélène Marchand)",
    ]
    conflicts.declare(ref, DIRECTOR, "neant")
    assert conflicts.listed(ref).manquantes == []
    assert sign(ref, LEGAL, "unsuccessful").etape_suivante == "Infructueux"
