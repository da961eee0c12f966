"""Disputes: a référé locks the signature for everyone, moves the dates, and lets go after the decision."""

from datetime import datetime, time, timedelta

import pytest
from sqlmodel import select

from models.disputes.ruling import DisputeKind, DisputeOutcome, Events, dates_of
from models.errors import AlreadyDone, BadInput, NotAllowed
from models.journal import JournalLine
from models.outbox import Dispatch
from models.process.procurement import Procurement, StageVisit
from models.risks.register import Level
from tasks import clock
from tasks.disputes import register
from tasks.disputes import ruling as dispute_ruling
from tasks.process import transitions
from tasks.runs import watch
from tasks.store import reading, transaction
from tests.signing_scene import DIRECTOR, LEGAL, PURCHASING, sign, waiting
from tests.watching import day

REFERE = DisputeKind.PRE_CONTRACT


@pytest.fixture
def standstill(group):
    """A procurement in its standstill, which ends in eleven days."""
    ref = waiting(stage="contract_signature")
    with transaction() as session:
        procurement = transitions.load(session, ref)
        procurement.rejection_sent_on = clock.today()
        end = clock.today() + timedelta(days=11)
        procurement.standstill_ends_at = datetime.combine(end, time(), clock.PARIS)
        procurement.stage = "standstill"
        transitions.enter(session, procurement, in_segment=False)
    return ref


def file(ref, person=LEGAL, **more):
    filing = dispute_ruling.Filing(
        kind=REFERE, applicant="Labo évincé", filed_on=clock.today(), person=person, ref=ref
    )
    return dispute_ruling.open_dispute(filing.model_copy(update=more))


def rule(key, outcome=DisputeOutcome.REJECTED, **more):
    ruling = dispute_ruling.Ruling(outcome=outcome, decided_on=clock.today(), person=LEGAL)
    return dispute_ruling.decide(key, ruling.model_copy(update=more))


def place(ref):
    with reading() as session:
        procurement = session.get_one(Procurement, ref)
        stay = transitions.current_visit(session, procurement)
        return procurement, stay


def to_signature(ref):
    with transaction() as session:
        procurement = transitions.load(session, ref)
        procurement.stage, procurement.visit = "contract_signature", 2
        transitions.enter(session, procurement, in_segment=False)


def test_a_refere_during_standstill_moves_the_dates_then_lets_go(standstill):
    before, _ = place(standstill)
    filed = file(standstill)
    assert filed.decision_attendue_le == clock.today() + timedelta(days=20)  # CJA art. R. 551-5
    assert filed.juge_pas_avant == clock.today() + timedelta(days=11)
    held, stay = place(standstill)
    assert held.standstill_ends_at.astimezone(clock.PARIS).date() == filed.decision_attendue_le
    assert stay.due_at == held.standstill_ends_at
    with reading() as session:
        runs = session.exec(select(Dispatch).where(Dispatch.ref == standstill)).all()
    living = [run for run in runs if run.due_at and run.withdrawn_at is None and "standstill" in run.key]
    assert [run.due_at for run in living] == [held.standstill_ends_at]
    rule(filed.cle)
    after, stay = place(standstill)
    assert after.standstill_ends_at == before.standstill_ends_at  # the legal end, still to come
    assert stay.due_at == before.standstill_ends_at


def test_everyone_is_refused_with_the_reason_until_the_decision_is_recorded(standstill):
    filed = file(standstill)
    to_signature(standstill)
    for person in (DIRECTOR, PURCHASING):
        with pytest.raises(NotAllowed, match=rf"{filed.cle} de Labo évincé.*CJA art. L. 551-4"):
            sign(standstill, person)
    with reading() as session:
        refusals = session.exec(select(JournalLine).where(JournalLine.fact == "refus")).all()
    assert len(refusals) == 2
    rule(filed.cle)
    assert sign(standstill, DIRECTOR).etape_suivante.startswith("Notification")


def test_two_referes_each_hold_until_its_own_decision(standstill):
    first, second = file(standstill), file(standstill, applicant="Autre candidat")
    to_signature(standstill)
    rule(first.cle)
    with pytest.raises(NotAllowed, match=second.cle):
        sign(standstill, DIRECTOR)
    rule(second.cle)
    sign(standstill, DIRECTOR)


def test_giving_up_the_purchase_stays_possible(standstill):
    file(standstill)
    to_signature(standstill)
    sign(standstill, DIRECTOR, answer="refuse")
    assert place(standstill)[0].stage == "without_follow_up"


def test_after_an_annulment_the_procedure_is_taken_up_again_where_the_judge_says(standstill):
    filed = file(standstill)
    with pytest.raises(BadInput, match="--reprise"):
        rule(filed.cle, DisputeOutcome.ANNULLED)
    rule(filed.cle, DisputeOutcome.ANNULLED, back_to="analysis")
    assert place(standstill)[0].stage == "analysis"


def test_no_reminder_is_sent_for_a_signature_that_is_forbidden(standstill):
    file(standstill)
    to_signature(standstill)
    with transaction() as session:
        for stay in session.exec(select(StageVisit)):
            stay.due_at = clock.now() - timedelta(days=1)
    assert watch.whole(clock.today()).relances == []


def test_once_signed_it_is_too_late_for_a_refere_precontractuel(group):
    ref = waiting(stage="contract_signature")
    sign(ref, DIRECTOR)
    with pytest.raises(BadInput, match="référé contractuel"):
        file(ref)


def test_the_same_dispute_twice_is_refused_and_a_decision_is_recorded_once(standstill):
    filed = file(standstill)
    with pytest.raises(AlreadyDone, match=filed.cle):
        file(standstill)
    rule(filed.cle)
    with pytest.raises(AlreadyDone, match="déjà décidé"):
        rule(filed.cle)


def test_the_watch_tells_the_dispute_once_and_blackens_it_when_the_judge_is_late(standstill):
    filed = file(standstill)
    (told,) = watch.whole(clock.today()).litiges
    assert (told.niveau, told.echeance) == (Level.RED, filed.decision_attendue_le)
    assert watch.whole(clock.today()).litiges == []
    (late,) = watch.whole(filed.decision_attendue_le + timedelta(days=1)).litiges
    assert late.niveau is Level.BLACK
    rule(filed.cle)
    (ended,) = watch.whole(clock.today()).litiges
    assert ended.niveau is Level.GREEN
    assert register.listed() == []


@pytest.mark.parametrize(
    ("kind", "events", "admissible", "expected"),
    [
        # notice on 1 March 2026: 31 days; ruling within a month (CJA art. R. 551-7 and R. 551-9)
        (DisputeKind.CONTRACT, ("2026-03-10", None, "2026-02-20", "2026-03-01"), "2026-04-01", "2026-04-10"),
        # no notice: six months from the conclusion
        (DisputeKind.CONTRACT, ("2026-03-10", None, "2026-02-20", None), "2026-08-20", "2026-04-10"),
        # two months from the publication (CE, 4 April 2014)
        (DisputeKind.VALIDITY, ("2026-03-10", None, "2026-02-20", "2026-03-01"), "2026-05-04", None),
        (DisputeKind.MEDIATION, ("2026-03-10", None, None, None), None, None),
    ],
)
def test_deadlines_are_counted_from_their_events(kind, events, admissible, expected):
    found = dates_of(kind, Events(*(day(one) if one else None for one in events)))
    assert found.admissible_until == (day(admissible) if admissible else None)
    assert found.expected_by == (day(expected) if expected else None)
