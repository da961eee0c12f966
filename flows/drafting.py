"""Drafting of the common tender documents (rédaction du DCE commun)."""

from prefect import flow

from tasks.consultation import drafting as verbs


@flow(name="drafting", flow_run_name="{ref} · Rédaction du DCE")
def drafting(ref: str, visit: int) -> None:
    """Write every piece of the DCE and send it to the buyers."""
    verbs.set_deadline(ref, visit)
    verbs.write_pieces(ref, visit)
    verbs.pack_dossier(ref, visit)
    verbs.deliver_dossier(ref, visit)
