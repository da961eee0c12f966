"""Reminder at a gate (relance)."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from tasks.process import reminders


@flow(name="reminder")
def reminder(ref: str, stage: str, visit: int) -> State[str]:
    """Remind those who are late; after the first reminder, tell those above them; « Sans objet » once decided."""
    sent = reminders.remind(ref, stage, visit)
    return Completed(name=f"Relance {sent}" if sent else "Sans objet", message=f"{ref} {stage}/{visit}")
