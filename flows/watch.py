"""The watch (veille): one run each morning that sweeps everything."""

from prefect import flow

from models.risks.watch import Sweep
from tasks.risks import bells, escalation
from tasks.runs import artifacts
from tasks.runs import board as runs_board
from tasks.runs import watch as verbs


@flow(name="watch")
def watch(day: str | None = None) -> Sweep:
    """Look at every contract, gate, message and run for one day (today when none is given)."""
    if (sweep := verbs.begin(day)).remarques:
        return sweep
    sweep.remarques = verbs.expiring_contracts(sweep.jour) + verbs.other_checks(sweep.jour)
    sweep.relances = verbs.overdue_gates(sweep.jour)
    escalation.escalate(sweep.jour)
    sweep.reprises = verbs.resume_stopped()
    sweep = verbs.tell(sweep)
    artifacts.show_portfolio()
    artifacts.show_contracts(sweep.jour)
    runs_board.show_board(sweep.jour)
    bells.ring()
    return sweep
