"""End without a contract: without follow-up, unsuccessful, joined, abandoned."""

from prefect import flow

from tasks.award import closing as verbs


@flow(name="closing", flow_run_name="{ref} · Fin de la procédure")
def closing(ref: str, visit: int) -> None:
    """Write the decision that ends the procurement, and the letters to those who tendered."""
    verbs.write_decision(ref, visit)
    verbs.write_letters(ref, visit)
