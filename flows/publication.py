"""Publication of the consultation, or request for quotes below the dispense threshold."""

from prefect import flow

from tasks.consultation import publication as verbs
from tasks.runs import segments


@flow(name="publication", flow_run_name="{ref} · Publication")
def publication(ref: str, visit: int) -> None:
    """Freeze the dossier and publish its notice; go back to drafting when the law has changed meanwhile."""
    stage = segments.place(ref).stage
    if change := verbs.changed_law(ref):
        segments.finish(ref, stage, visit, "fallback", change)
        return
    verbs.freeze_dossier(ref, visit)
    verbs.publish_notice(ref, visit)
    segments.finish(ref, stage, visit)
