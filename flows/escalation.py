"""Escalation: the risks that nobody took in hand climb a degree, hour after hour."""

from prefect import flow

from tasks.outgoing import restored
from tasks.risks import bells
from tasks.risks import escalation as verbs


@flow(name="escalation")
def escalation() -> verbs.Climbed:
    """Tell the people of every degree reached, outside quiet hours except for what is vital."""
    if restored.hold():
        return verbs.Climbed()
    done = verbs.escalate()
    bells.ring()
    return done
