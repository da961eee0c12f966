"""The watch (veille): one run each morning that sweeps everything."""

from prefect import flow

from tasks import artifacts
from tasks import watch as verbs


@flow(name="watch")
def watch(day: str | None = None) -> verbs.Sweep:
    """Look at every contract, gate, message and run for one day (today when none is given)."""
    sweep = verbs.Sweep(jour=verbs.day_of(day))
    sweep.expirations = verbs.expiring_contracts(sweep.jour)
    sweep.relances = verbs.overdue_gates()
    sweep.reprises = verbs.resume_stopped()
    artifacts.show_portfolio()
    artifacts.show_contracts(sweep.jour)
    return sweep
