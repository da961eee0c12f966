"""Taking documents of a purchase: one by its hash, or the last version of each that the person may read in one ZIP."""

from pydantic import BaseModel

from models.access.sight import Viewer
from models.errors import Unavailable
from models.process.procurement import Document, Procurement
from tasks import storage
from tasks.consultation import withdrawals
from tasks.documents import archives
from tasks.store import reading
from tasks.views import files

DOSSIER = "dce"  # the archive of the dossier, whose pieces are in this one


class File(BaseModel):
    """A file and its name."""

    name: str
    content: bytes


def one(viewer: Viewer, ref: str, digest: str) -> File | None:
    """Return a document by its SHA-256, or None when the person may read none of that hash in the purchase.

    Raises `Unavailable` when the file is no longer the one that was recorded.
    """
    document = files.document(viewer, ref, digest)
    if document is None:
        return None
    content = _content(document)
    withdrawals.note_download(viewer, document)
    return File(name=document.path.rpartition("/")[2], content=content)


def every(viewer: Viewer, ref: str) -> File | None:
    """Return the archive, or None when the purchase is unknown or shows the person no document.

    Each document is read as when it is downloaded alone: same rights, same lines in the journal.
    """
    with reading() as session:
        procurement = session.get(Procurement, ref)
        shown = files.shown_documents(session, viewer, procurement) if procurement else []
    wanted = dict.fromkeys(one.sha256 for one in shown if one.is_latest and one.kind != DOSSIER)
    found = [document for digest in wanted if (document := files.document(viewer, ref, digest))]
    if not found:
        return None
    entries = [archives.Entry(name=_name(one), content=_content(one)) for one in found]
    for one in found:
        withdrawals.note_download(viewer, one)
    return File(name=f"{ref}-documents.zip", content=archives.zipped(entries))


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
