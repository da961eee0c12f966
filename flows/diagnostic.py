"""Shared diagnostic (diagnostic partagé)."""

from prefect import flow

from tasks.spend import diagnosis as verbs


@flow(name="diagnostic", flow_run_name="{ref} · Diagnostic partagé")
def diagnostic(ref: str, visit: int) -> None:
    """Show what the group spends in the family, with whom, and what escapes its contracts."""
    verbs.write_diagnostic(ref, visit)
