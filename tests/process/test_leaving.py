"""What may leave a stay: the date of a timer, the answer of a gate, the work of an action, and nothing else."""

from datetime import timedelta

import pytest
from sqlmodel import col, select, update

from models.errors import AlreadyDone, NotAllowed
from models.process.procurement import Procurement, StageVisit
from tasks import clock, store
from tasks.process import journal_check, leaving, transitions
from tasks.process.leaving import Cause, Stay, Step
from tasks.store import transaction
from tests.purchase_play import PURCHASING, load, open_purchase, where


def standing_at(stage, **columns):
    """Open a purchase and put it at a stage; return its reference."""
    ref = open_purchase("150000")
    with transaction() as session:
        row = transitions.load(session, ref)
        for name, value in columns.items():
            setattr(row, name, value)
        row.stage = stage
        session.flush()
        transitions.enter(session, row, in_segment=True)
    return ref


@pytest.fixture
def tendering(group):
    """A purchase that receives tenders until an hour from now."""
    return standing_at("tendering", tenders_due_at=clock.now() + timedelta(hours=1))


def move(ref, to, stay=None, **said):
    with transaction() as session:
        row = transitions.load(session, ref)
        transitions.move(session, row, to, Step(leaving=stay or Stay.of(row), **said))


@pytest.mark.parametrize("cause", [Cause.WORK, Cause.DATE, Cause.ANSWER])
def test_a_date_to_come_is_left_by_nothing(tendering, cause):
    with pytest.raises(NotAllowed, match=f"{tendering} reste à l'étape « Consultation en cours »"):
        move(tendering, "opening", cause=cause, answer="approve", actor=PURCHASING)
    assert where(tendering) == "tendering"


def test_a_timer_is_left_from_its_date_on(tendering, monkeypatch):
    due_at = load(tendering).tenders_due_at
    monkeypatch.setattr(clock, "now", lambda: due_at - timedelta(microseconds=1))
    with pytest.raises(NotAllowed, match="n'est pas venue"):
        transitions.finish(tendering, "tendering", 1, "due")
    monkeypatch.setattr(clock, "now", lambda: due_at)
    transitions.finish(tendering, "tendering", 1, "due")
    assert where(tendering) == "opening"


@pytest.mark.parametrize("column", ["stay", "procurement"])
def test_the_later_of_the_two_dates_holds(tendering, monkeypatch, column):
    later = clock.now() + timedelta(days=3)
    with transaction() as session:
        if column == "stay":
            session.exec(update(StageVisit).where(col(StageVisit.stage) == "tendering").values(due_at=later))
        else:
            session.exec(update(Procurement).values(tenders_due_at=later))
    monkeypatch.setattr(clock, "now", lambda: later - timedelta(seconds=1))
    with pytest.raises(NotAllowed):
        transitions.finish(tendering, "tendering", 1, "due")


def test_a_machine_whose_clock_is_two_hours_ahead_closes_nothing(tendering, monkeypatch):
    monkeypatch.setattr(
        clock, "machine", lambda ahead=timedelta(hours=2): store.datetime.now(store.UTC) + ahead
    )
    assert clock.now() > load(tendering).tenders_due_at
    with pytest.raises(NotAllowed, match="n'est pas venue"):
        transitions.finish(tendering, "tendering", 1, "due")


def test_a_machine_whose_clock_is_behind_holds_nothing_up(tendering, monkeypatch):
    with transaction() as session:
        past = clock.now() - timedelta(seconds=1)
        session.exec(update(StageVisit).where(col(StageVisit.stage) == "tendering").values(due_at=past))
        session.exec(update(Procurement).values(tenders_due_at=past))
    monkeypatch.setattr(clock, "machine", lambda: store.datetime.now(store.UTC) - timedelta(minutes=5))
    transitions.finish(tendering, "tendering", 1, "due")
    assert where(tendering) == "opening"


def test_a_gate_is_left_only_by_an_answer_recorded_there(group):
    ref = standing_at("review")
    for said in (
        {"cause": Cause.WORK},
        {"cause": Cause.DATE, "answer": "due"},
        {"cause": Cause.ANSWER, "answer": "approve", "actor": PURCHASING},
        {"cause": Cause.RULING, "actor": PURCHASING},
    ):
        with pytest.raises(NotAllowed):
            move(ref, "dce_approval", **said)
    assert where(ref) == "review"


def test_an_action_leads_only_where_its_row_says(group):
    ref = standing_at("drafting")
    with pytest.raises(NotAllowed):
        move(ref, "opening", cause=Cause.WORK)
    move(ref, "review", cause=Cause.WORK)
    assert where(ref) == "review"


def test_what_names_a_stay_that_was_left_moves_nothing(group):
    ref = standing_at("drafting")
    old = Stay.of(load(ref))
    move(ref, "review", cause=Cause.WORK)
    with pytest.raises(AlreadyDone, match="a déjà quitté l'étape « Rédaction du DCE commun »"):
        move(ref, "review", old, cause=Cause.WORK)


def test_a_ruling_of_a_person_leaves_any_stage_but_the_application_rules_nothing(tendering):
    with pytest.raises(NotAllowed):
        move(tendering, "abandoned", cause=Cause.RULING)
    move(tendering, "abandoned", cause=Cause.RULING, actor=PURCHASING)
    with pytest.raises(NotAllowed):
        move(tendering, "analysis", cause=Cause.RULING, actor=PURCHASING)


def test_the_journal_tells_a_date_left_early(tendering, monkeypatch):
    due_at = load(tendering).tenders_due_at
    monkeypatch.setattr(clock, "now", lambda: due_at)
    transitions.finish(tendering, "tendering", 1, "due")
    verdict = journal_check.verified()
    assert verdict.valide, verdict.motif
    with transaction() as session:
        stay = session.exec(select(StageVisit).where(StageVisit.stage == "tendering")).one()
        stay.due_at = due_at + timedelta(seconds=1)
    verdict = journal_check.verified()
    assert not verdict.valide
    assert "a quitté l'étape tendering/1 avant sa date" in verdict.motif
    assert leaving.RULED
