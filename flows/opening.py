"""Record of the opening of tenders (procès-verbal d'ouverture des plis)."""

from prefect import flow

from tasks.award import opening as verbs


@flow(name="opening", flow_run_name="{ref} · Procès-verbal d'ouverture")
def opening_record(ref: str, visit: int) -> None:
    """Write the record of the opening: tenders received, in time or set aside, and who opened them."""
    verbs.write_record(ref)
