"""Escalation: the risks that nobody took in hand climb a degree, hour after hour."""

from prefect import flow

from tasks import escalation as verbs
from tasks import risk_bells


@flow(name="escalation")
def escalation() -> verbs.Climbed:
    """Tell the people of every degree reached, outside quiet hours except for what is vital."""
    done = verbs.escalate()
    risk_bells.ring()
    return done
