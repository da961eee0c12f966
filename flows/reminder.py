"""Reminder at a gate (relance)."""

from prefect import flow, runtime
from prefect.client.schemas.objects import State
from prefect.states import Completed

from tasks.process import reminders
from tasks.runs import segments


@flow(name="reminder")
def reminder(ref: str, stage: str, visit: int) -> State[str]:
    """Remind those who are late; after the first reminder, tell those above them; « Sans objet » once decided."""
    if hindrance := segments.hindrance():
        return Completed(name=hindrance)
    reminders.await_date(ref, stage, visit, str(runtime.flow_run.id))
    sent = reminders.remind(ref, stage, visit)
    return Completed(name=f"Relance {sent}" if sent else "Sans objet", message=f"{ref} {stage}/{visit}")
