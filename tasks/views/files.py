"""The documents of a purchase that a person may read: listed, found by their hash, reads of tenders written down."""

import re
from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.access.sight import Viewer, is_confidential, sees_document
from models.process.procurement import Document, Procurement
from tasks.store import reading
from tasks.tendering import reads

LOT = re.compile(r"[-_]lot[-_]?0*(\d+)(?!\d)", re.IGNORECASE)


class Shown(BaseModel):
    """A document that the person may download."""

    title: str
    kind: str
    version: int
    recipient: str
    name: str
    sha256: str
    size: int
    created_at: datetime
    is_latest: bool

    @property
    def label(self) -> str:
        """What people read."""
        return label_of(self.title, self.name)


def label_of(title: str, name: str) -> str:
    r"""Return the title of a document as people read it: with its lot, which the name of its file says.

    >>> label_of("Acte d'engagement", "2026-001_AE_lot-02.docx").replace("\u00a0", " ")
    "Acte d'engagement – lot 2"
    >>> label_of("Règlement de la consultation", "2026-001_RC.docx")
    'Règlement de la consultation'
    """
    found = LOT.search(name)
    return f"{title} – lot\u00a0{found[1]}" if found and "lot " not in title.lower() else title


def shown_documents(session: Session, viewer: Viewer, procurement: Procurement) -> list[Shown]:
    """Return the documents of a purchase that the person may read, in the order in which they were made."""
    query = select(Document).where(Document.ref == procurement.ref).order_by(col(Document.id))
    return shown(viewer, procurement, session.exec(query).all())


def shown(viewer: Viewer, procurement: Procurement, rows: Sequence[Document]) -> list[Shown]:
    """Return those of the documents of a purchase that the person may read, in the same order."""
    latest: dict[tuple[str, str], int] = {}
    for row in rows:
        latest[row.kind, row.recipient] = max(latest.get((row.kind, row.recipient), 0), row.version)
    return [
        Shown(
            title=row.title,
            kind=row.kind,
            version=row.version,
            recipient="" if row.recipient == row.path.rpartition("/")[2] else row.recipient,
            name=row.path.rpartition("/")[2],
            sha256=row.sha256,
            size=row.bytes,
            created_at=row.created_at,
            is_latest=latest[row.kind, row.recipient] == row.version,
        )
        for row in rows
        if sees_document(viewer, row.path, row.kind, procurement.notified_on is not None)
    ]


def document(viewer: Viewer, ref: str, digest: str) -> Document | None:
    """Return the document of a purchase that has that hash, if the person may read it.

    What was written on the tenders leaves a line in the journal, whether it is given or refused.
    """
    with reading() as session:
        procurement = session.get(Procurement, ref)
        row = session.exec(
            select(Document)
            .where(Document.ref == ref, Document.sha256 == digest)
            .order_by(col(Document.id).desc())
        ).first()
    if procurement is None or row is None:
        return None
    is_notified = procurement.notified_on is not None
    allowed = sees_document(viewer, row.path, row.kind, is_notified)
    if is_confidential(row.path, row.kind, is_notified):
        reads.note(
            reads.Attempt(
                person=viewer.email,
                ref=ref,
                subject=row.kind,
                refusal="" if allowed else reads.NOT_HERS,
                detail=f"sha256 {digest}",
            )
        )
    return row if allowed else None
