"""The documents of one purchase in one ZIP: the last version of each that the person may read, folder by folder."""

from pydantic import BaseModel

from models.access import Viewer
from models.errors import Unavailable
from models.procurement import Document, Procurement
from tasks import archives, purchase_view, storage, withdrawals
from tasks.store import reading

DOSSIER = "dce"  # the archive of the dossier, whose pieces are in this one


class Archive(BaseModel):
    """A ZIP and its name."""

    name: str
    content: bytes


def of(viewer: Viewer, ref: str) -> Archive | None:
    """Return the archive, or None when the purchase is unknown or shows the person no document.

    Each document is read as when it is downloaded alone: same rights, same lines in the journal.
    """
    with reading() as session:
        procurement = session.get(Procurement, ref)
        shown = purchase_view.shown_documents(session, viewer, procurement) if procurement else []
    wanted = dict.fromkeys(one.sha256 for one in shown if one.is_latest and one.kind != DOSSIER)
    found = [document for digest in wanted if (document := purchase_view.document(viewer, ref, digest))]
    if not found:
        return None
    entries = [archives.Entry(name=_name(one), content=_content(one)) for one in found]
    for one in found:
        withdrawals.note_download(viewer, one)
    return Archive(name=f"{ref}-documents.zip", content=archives.zipped(entries))


def _name(document: Document) -> str:
    """Return the name inside the archive: the folder of the document, then its own."""
    return "/".join(document.path.split("/")[2:])


def _content(document: Document) -> bytes:
    content = storage.read(document.path)
    if storage.sha256(content) != document.sha256:
        raise Unavailable(
            f"Le fichier « {document.title} » n'est plus celui qui a été enregistré : prévenez l'administrateur."
        )
    return content
