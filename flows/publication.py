"""Publication of the consultation, or request for quotes below the dispense threshold."""

from prefect import flow

from tasks.consultation import publication as verbs


@flow(name="publication", flow_run_name="{ref} · Publication")
def publication(ref: str, visit: int) -> str | None:
    """Freeze the dossier and publish its notice; return why it goes back to drafting when the law has changed."""
    if change := verbs.changed_law(ref, visit):
        return change
    verbs.freeze_dossier(ref, visit)
    verbs.publish_notice(ref, visit)
    return None
