"""Notification of the contract, award notice and essential data (CCP art. R. 2182-4, R. 2183-1, R. 2196-1)."""

from prefect import flow

from tasks.award import notification as verbs
from tasks.award import signed_papers


@flow(name="notification", flow_run_name="{ref} · Notification")
def notification(ref: str, visit: int) -> None:
    """Notify the holders, enter the contracts in the register, publish what the law asks for."""
    signed_papers.sign_commitments(ref, visit)
    verbs.write_letters(ref, visit)
    verbs.register_contracts(ref)
    verbs.publish_award(ref, visit)
    verbs.publish_essential_data(ref, visit)
