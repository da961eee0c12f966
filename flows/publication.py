"""Publication of the consultation, or request for quotes below the dispense threshold."""

from prefect import flow

from tasks import publication as verbs
from tasks import segments


@flow(name="publication")
def publication(ref: str, visit: int) -> None:
    """Freeze the dossier, publish the notice, set the deadline; go back to drafting when the law has changed."""
    stage = segments.place(ref).stage
    if change := verbs.changed_law(ref):
        segments.finish(ref, stage, visit, "fallback", change)
        return
    verbs.set_deadline(ref)
    verbs.freeze_dossier(ref, visit)
    verbs.publish_notice(ref, visit)
    segments.finish(ref, stage, visit)
