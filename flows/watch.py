"""The watch (veille): one run each morning that sweeps everything."""

from prefect import flow

from models.watch import Sweep
from tasks import artifacts, escalation, risk_bells, risk_board
from tasks import watch as verbs


@flow(name="watch")
def watch(day: str | None = None) -> Sweep:
    """Look at every contract, gate, message and run for one day (today when none is given)."""
    sweep = Sweep(jour=verbs.day_of(day))
    sweep.remarques = verbs.expiring_contracts(sweep.jour) + verbs.other_checks(sweep.jour)
    sweep.relances = verbs.overdue_gates(sweep.jour)
    escalation.escalate(sweep.jour)
    sweep.reprises = verbs.resume_stopped()
    sweep = verbs.tell(sweep)
    artifacts.show_portfolio()
    artifacts.show_contracts(sweep.jour)
    risk_board.show_board(sweep.jour)
    risk_bells.ring()
    return sweep
