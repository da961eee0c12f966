"""Notification of the contract, award notice and essential data (CCP art. R. 2182-4, R. 2183-1, R. 2196-1)."""

from prefect import flow

from tasks.award import notification as verbs
from tasks.award import signed_papers
from tasks.runs import segments


@flow(name="notification", flow_run_name="{ref} · Notification")
def notification(ref: str, visit: int) -> str | None:
    """Notify the holders; once the letters have left, enter the contracts and publish what the law asks for."""
    signed_papers.sign_commitments(ref, visit)
    verbs.write_letters(ref, visit)
    if segments.awaits_letters(ref, "notification", visit):
        return segments.WAITS
    verbs.register_contracts(ref, visit)
    verbs.publish_award(ref, visit)
    verbs.publish_essential_data(ref, visit)
    return None
