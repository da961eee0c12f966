"""Who is at work: one run at a time, until it stops saying so; what was taken over moves nothing any more."""

from datetime import timedelta

import pytest
from sqlmodel import select, update

from models.errors import AlreadyDone
from models.leases import Lease
from models.process.procurement import StageVisit
from tasks import leases, store
from tasks.leases import LASTS, Work
from tasks.process import transitions
from tasks.runs import carrying, resumption, segments
from tasks.store import reading, transaction
from tests.purchase_play import load, open_purchase

WORK = Work(work="drafting", ref="2026-001", visit=1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request):
    request.getfixturevalue("home" if request.param == "sqlite" else "postgres_home")


def take(run=None, work=WORK):
    with transaction() as session:
        return leases.take(session, work, run)


def age(by):
    """Make every lease older."""
    with transaction() as session:
        for row in session.exec(select(Lease)):
            row.expires_at -= by
            session.add(row)


def test_a_work_is_held_by_one_run_until_half_a_minute_after_its_last_beat(database):
    token = take("one")
    assert token
    assert take("two") is None
    age(LASTS - timedelta(seconds=3))
    assert take("two") is None
    assert leases.beat(token)
    age(LASTS - timedelta(seconds=3))
    assert take("two") is None
    age(timedelta(seconds=4))
    assert take("two")
    assert not leases.beat(token)


def test_the_same_run_started_again_takes_its_own_lease_and_another_work_is_free(database):
    assert take("one")
    assert take("one")
    assert take("two", Work(work="review", ref="2026-001", visit=1))


def test_what_was_taken_over_can_follow_nowhere(database):
    frozen = take("one")
    age(LASTS)
    other = take("two")
    with (
        pytest.raises(AlreadyDone, match="un autre traitement a repris ce travail"),
        transaction() as session,
    ):
        leases.follow(session, frozen, Work(work="review", ref="2026-001", visit=1))
    with transaction() as session:
        leases.follow(session, other, Work(work="review", ref="2026-001", visit=1))
    assert take("three")


def test_a_lease_given_back_is_free_at_once(database):
    leases.release(take("one"))
    token = take("two")
    leases.release_run("two")
    with reading() as session:
        assert not leases.is_held(session, token)
    assert take("three")


def begin(ref, stage="", visit=0, version=0):
    with carrying.at_work(ref, stage, visit, version) as here:
        return here.stage if here else None


def test_a_run_begins_the_stay_for_which_it_was_asked_and_no_other(group):
    ref = open_purchase("120000")
    assert begin(ref, "identified", 1, 1) == "identified"
    transitions.finish(ref, "identified", 1)
    assert begin(ref, "identified", 1, 1) is None
    assert begin(ref, "diagnostic", 1, 2) == "diagnostic"
    assert begin(ref, "diagnostic", 1, 3) is None


def test_a_run_asked_before_runs_named_their_stay_means_the_present_one(group):
    ref = open_purchase("120000")
    transitions.finish(ref, "identified", 1)
    assert begin(ref) == "diagnostic"


def test_what_stands_still_is_what_nobody_holds_and_does_not_rest(group):
    ref = open_purchase("120000")
    with carrying.at_work(ref, "identified", 1, 1):
        assert resumption.still() == []
    assert [stay.ref for stay in resumption.still()] == [ref]
    with pytest.raises(ZeroDivisionError), carrying.at_work(ref, "identified", 1, 1):
        raise ZeroDivisionError
    assert resumption.still() == []
    assert [stay.ref for stay in resumption.still(by_person=True)] == [ref]
    with transaction() as session:
        session.exec(update(StageVisit).values(rests_until=store.instant(session)))
    assert [stay.ref for stay in resumption.still()] == [ref]
    assert load(ref).stage == "identified"


def test_what_failed_because_something_is_away_rests_ten_seconds(group):
    ref = open_purchase("120000")
    with pytest.raises(ConnectionError), carrying.at_work(ref, "identified", 1, 1):
        raise ConnectionError
    with reading() as session:
        stay = session.exec(segments.same_stay(segments.place(ref))).one()
        rest = stay.rests_until - store.instant(session)
    assert timedelta(seconds=5) < rest <= carrying.AWAY_RESTS


def test_the_papers_of_a_stage_that_people_left_first_are_still_to_write(group):
    ref = open_purchase("120000")
    transitions.finish(ref, "identified", 1)
    here = segments.place(ref)
    assert [stay.stage for stay in carrying.left_behind(here, ["identified"])] == ["identified"]
    for stay in carrying.left_behind(here, ["identified"]):
        carrying.prepared(stay)
    assert carrying.left_behind(here, ["identified"]) == []
