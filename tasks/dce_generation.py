"""The tender documents of a procurement of the register, written to a folder of the person's choice."""

from pathlib import Path

from models.errors import BadInput
from models.procurement import Procurement
from tasks.consultation import dossier_of
from tasks.dossiers import Manifest, write_set
from tasks.store import reading
from tasks.versions import drafted


def generate(ref: str, folder: Path) -> Manifest:
    """Write the set of a procurement as it stands today and return its manifest.

    Raises `BadInput` for an unknown reference, or when the needs and the strategy are not settled yet.
    """
    with reading() as session:
        procurement = session.get(Procurement, ref)
        if procurement is None:
            raise BadInput(f"Achat inconnu : {ref}.")
        if not procurement.strategy or procurement.tenders_due_at is None:
            raise BadInput(
                f"{ref} : le dossier n'est pas encore rédigé, la stratégie et les besoins manquent."
            )
        dossier = dossier_of(session, procurement, drafted(session, ref))
    return write_set(dossier, folder)
