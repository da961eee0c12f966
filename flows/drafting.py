"""Drafting of the common tender documents (rédaction du DCE commun)."""

from prefect import flow

from tasks.consultation import drafting as verbs
from tasks.runs import segments


@flow(name="drafting", flow_run_name="{ref} · Rédaction du DCE")
def drafting(ref: str, visit: int) -> None:
    """Write every piece of the DCE, send it to the buyers, then leave the stage."""
    verbs.set_deadline(ref)
    verbs.write_pieces(ref, visit)
    verbs.pack_dossier(ref, visit)
    verbs.deliver_dossier(ref, visit)
    segments.finish(ref, "drafting", visit)
