"""Moving the dates of a procurement that a judge holds up, and setting them again once he has ruled."""

from datetime import date, datetime, time, timedelta

from sqlmodel import Session

from models.outbox import Dispatch
from models.process.procurement import Procurement
from models.process.table import Gate, Timer, stage_of
from tasks import clock
from tasks.outgoing import outbox
from tasks.process import transitions


def hold_until(session: Session, procurement: Procurement, day: date) -> datetime | None:
    """Move the present date of a procurement to a day at the earliest; return the end that stood before.

    The wait of the standstill (or the due date of the signature) moves with its run and its reminders.
    """
    before = procurement.standstill_ends_at
    end = datetime.combine(day, time(), clock.PARIS)
    if before is not None and procurement.stage in ("information", "standstill"):
        procurement.standstill_ends_at = max(before, end)
    _reschedule(session, procurement, day)
    return before


def release(session: Session, procurement: Procurement, before: datetime | None, decided_on: date) -> None:
    """Set the dates again once nothing holds: the legal end of the standstill, not before the decision."""
    if before is not None and procurement.stage in ("information", "standstill"):
        procurement.standstill_ends_at = max(before, datetime.combine(decided_on, time(), clock.PARIS))
    _reschedule(session, procurement, decided_on)


def _reschedule(session: Session, procurement: Procurement, day: date) -> None:
    stage = stage_of(procurement.stage)
    stay = transitions.current_visit(session, procurement)
    if isinstance(stage, Timer) and stage.key == "standstill":
        stay.due_at = procurement.standstill_ends_at
    elif isinstance(stage, Gate) and stage.locked:
        stay.due_at = datetime.combine(day + timedelta(days=stage.due_days), time(8), clock.PARIS)
    else:
        return
    outbox.withdraw(session, procurement.ref, stage.key, procurement.visit)
    if stay.due_at is None:
        return
    run = (
        outbox.segment(procurement, ":echeance", stay.due_at)
        if isinstance(stage, Timer)
        else outbox.reminder(procurement, stay.reminders + 1, stay.due_at)
    )
    outbox.ask_run(session, _renamed(run, stay.due_at))


def _renamed(run: Dispatch, due_at: datetime) -> Dispatch:
    """Return the run under a key of its own: the one of the date before was withdrawn."""
    run.key = f"{run.key}:{due_at.isoformat()}"
    return run
