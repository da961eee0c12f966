"""Notices and data sets that the law asks for: recorded, sent to the platform, each once."""

from sqlmodel import Session, select

from models.journal import Fact
from models.process.procurement import Document, Notice
from tasks import clock, journal, storage
from tasks.connectors import folder
from tasks.settings import settings
from tasks.store import reading, transaction


def find(session: Session, ref: str, kind: str, version: int) -> Notice | None:
    """Return a notice already published, or None."""
    return session.exec(
        select(Notice).where(Notice.ref == ref, Notice.kind == kind, Notice.version == version)
    ).first()


def publish(publication: folder.Publication, papers: list[Document]) -> None:
    """Send a notice with its documents to the platform, then record it with its journal line, once."""
    with reading() as session:
        if find(session, publication.ref, publication.kind, publication.version):
            return
    files = [(paper.path.rpartition("/")[2], storage.read(paper.path)) for paper in papers]
    where = folder.publish(settings().home / "publications", publication.model_copy(update={"files": files}))
    with transaction() as session:
        if find(session, publication.ref, publication.kind, publication.version):
            return
        session.add(
            Notice(
                ref=publication.ref,
                kind=publication.kind,
                version=publication.version,
                content=publication.content,
                published_at=clock.now(),
                where=where,
            )
        )
        journal.write(
            session,
            journal.Entry(
                fact=Fact.NOTICE,
                ref=publication.ref,
                subject=publication.kind,
                before=f"version {publication.version}",
                after=where,
            ),
        )
