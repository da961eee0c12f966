"""Escalation: the risks that nobody took in hand climb a degree, hour after hour."""

from prefect import flow

from tasks import escalation as verbs


@flow(name="escalation")
def escalation() -> verbs.Climbed:
    """Tell the people of every degree reached, outside quiet hours except for what is vital."""
    return verbs.escalate()
