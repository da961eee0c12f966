"""Carrying a procurement along its stays under one lease: begin, leave what is done, pass a date that has come."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import httpx
from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError
from prefect.exceptions import PrefectException
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from models.errors import Unavailable
from models.process.procurement import StageVisit
from models.process.table import CHANGE, Final, Timer, stage_of
from tasks import clock, leases, store
from tasks.process import leaving, transitions
from tasks.runs import segments
from tasks.steps import step
from tasks.store import reading, transaction

SENT_BACK = (CHANGE, "annulation")
AWAY = (
    Unavailable,
    SQLAlchemyError,
    OSError,
    httpx.HTTPError,
    PrefectException,
    ConcurrencySlotAcquisitionError,
)
AWAY_RESTS = timedelta(seconds=10)  # the server, the database or the disk is away: soon back
WAIT_HERE = timedelta(seconds=90)  # a run woken a little before a date waits for it


@contextmanager
def at_work(ref: str, stage: str, visit: int, version: int) -> Iterator[segments.Place | None]:
    """Hold the stay for which a run was asked while the block runs; a failure makes the next attempt wait longer.

    None when the stay was left meanwhile, or another run is on it: this one has lost its object.
    """
    here = _begin(ref, stage, visit, version)
    if here is None:
        yield None
        return
    with leases.kept(here.token):
        try:
            yield here
        except Exception as error:
            _rest(here, is_away=isinstance(error, AWAY))
            raise


def _begin(ref: str, stage: str, visit: int, version: int) -> segments.Place | None:
    """Take the lease of a stay; a run that was asked before runs named their stay means the present one."""
    with transaction() as session:
        procurement = transitions.load(session, ref)
        asked = leaving.Stay(stage=stage, visit=visit, version=version)
        if version and asked != leaving.Stay.of(procurement):
            return None
        work = leases.Work(ref=ref, work=procurement.stage, visit=procurement.visit)
        token = leases.take(session, work, segments.run_id())
        if token is None:
            return None
        transitions.current_visit(session, procurement).attempts += 1
        return segments.placed(session, procurement, token)


def _rest(here: segments.Place, is_away: bool) -> None:
    """Let a stay whose run failed rest before it is started again by itself; not for long when something is away."""
    with suppress(SQLAlchemyError, Unavailable), transaction() as session:
        stay = session.exec(segments.same_stay(here)).first()
        if stay:
            stay.rests_until = store.instant(session) + (AWAY_RESTS if is_away else pause(stay.attempts))


def pause(attempts: int) -> timedelta:
    """Return how long a stay rests after so many attempts of which the last failed: half a minute, a day at most.

    >>> [str(pause(attempts)) for attempts in (1, 2, 3, 4, 5, 9, 40)]
    ['0:00:30', '0:00:30', '0:00:30', '0:02:00', '0:08:00', '1 day, 0:00:00', '1 day, 0:00:00']
    """
    return min(timedelta(seconds=30) * int(4 ** max(min(attempts, 12) - 3, 0)), timedelta(days=1))


def left_behind(here: segments.Place, stages: Iterable[str]) -> list[StageVisit]:
    """Return the stays that people left by an answer before the papers that they prepare were written.

    One on which a run still works is left to it, except at the very end. What was sent back is not prepared any more.
    """
    with reading() as session:
        stays = session.exec(
            select(StageVisit)
            .where(StageVisit.ref == here.ref, col(StageVisit.stage).in_(list(stages)))
            .where(col(StageVisit.left_at).is_not(None), col(StageVisit.settled_at).is_(None))
            .order_by(col(StageVisit.id))
        ).all()
        held = (
            {(one.work, one.visit) for one in leases.living(session) if one.ref == here.ref}
            if stays
            else set()
        )
    is_over = isinstance(stage_of(here.stage), Final)
    return [
        stay
        for stay in stays
        if stay.outcome not in SENT_BACK and (is_over or (stay.stage, stay.visit) not in held)
    ]


def prepared(stay: StageVisit) -> None:
    """Note that the papers of a stay that was left are written."""
    with transaction() as session:
        session.get_one(StageVisit, stay.id).settled_at = clock.now()


@step("Chercher la suite")
def next_work(here: segments.Place) -> segments.Place:
    """Return the stay at which the run goes on: a timer whose date has come is left on the way."""
    return _past_date(here)


def _past_date(here: segments.Place) -> segments.Place:
    """Leave a timer whose date has come; a run woken a little early waits for it."""
    timer = stage_of(here.stage)
    if not isinstance(timer, Timer) or here.due_at is None:
        return here
    for _ in range(int(WAIT_HERE.total_seconds())):
        with transaction() as session:
            left = here.due_at - leaving.instant(session)
            if left <= timedelta():
                return _moved(session, here, "due", timer.ground)
        if left > WAIT_HERE:
            break
        time.sleep(min(left.total_seconds(), 1))
    return here


@step("Clore l'étape")
def leave(here: segments.Place, going_back: str | None) -> segments.Place:
    """Leave an action whose work is done, for the stage before it when there is a reason to go back."""
    with transaction() as session:
        outcome = "fallback" if going_back else "done"
        reached = _moved(session, here, outcome, going_back or "")
    return _past_date(reached)


def _moved(session: Session, here: segments.Place, outcome: str, reason: str) -> segments.Place:
    """Leave the stay that the run carries; its lease follows, in the same transaction."""
    procurement = transitions.load(session, here.ref)
    transitions.leave(session, procurement, here.stay, outcome, reason)
    work = leases.Work(ref=here.ref, work=procurement.stage, visit=procurement.visit)
    if here.token:
        leases.follow(session, here.token, work)
    return segments.placed(session, procurement, here.token)
