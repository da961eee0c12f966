"""The register of generated documents: each kind, version and recipient exists once, with its hash."""

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.journal import Fact
from models.process.procurement import Document
from tasks import clock, journal, storage
from tasks.outgoing import telling
from tasks.store import reading, transaction


class Paper(BaseModel):
    """A document just rendered, to be kept."""

    ref: str
    kind: str
    title: str
    folder: str  # the stage that makes it, "dce-v1"
    file_name: str
    content: bytes
    version: int = 1
    recipient: str = ""


def find(session: Session, paper: Paper) -> Document | None:
    """Return the document already kept under the same key, or None."""
    return session.exec(
        select(Document).where(
            Document.ref == paper.ref,
            Document.kind == paper.kind,
            Document.version == paper.version,
            Document.recipient == paper.recipient,
        )
    ).first()


def keep(paper: Paper) -> Document:
    """Keep a document once: the file first, then its row and journal line together; a second call changes nothing."""
    with reading() as session:
        if known := find(session, paper):
            return known
    path = f"documents/{paper.ref}/{paper.folder}/{paper.file_name}"
    digest = storage.write(path, paper.content)
    with transaction() as session:
        if known := find(session, paper):
            return known
        document = Document(
            ref=paper.ref,
            kind=paper.kind,
            version=paper.version,
            recipient=paper.recipient,
            title=paper.title,
            path=path,
            sha256=digest,
            bytes=len(paper.content),
            created_at=clock.now(),
        )
        session.add(document)
        journal.write(
            session,
            journal.Entry(
                fact=Fact.DOCUMENT,
                ref=paper.ref,
                subject=paper.kind,
                before=f"version {paper.version}",
                after=path,
                reason=f"sha256 {digest}",
            ),
        )
        telling.document_ready(session, document)
    return document


def of(ref: str) -> list[Document]:
    """Return the documents of a procurement, in the order in which they were made."""
    with reading() as session:
        return list(session.exec(select(Document).where(Document.ref == ref).order_by(col(Document.id))))
