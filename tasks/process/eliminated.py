"""What two people decided to destroy, its time over: the check of the journal does not miss it."""

from sqlmodel import Session, col, select

from models.archive.keeping import Elimination, Part, part_of
from models.process.procurement import Document


def is_document(session: Session, row: Document) -> bool:
    """Return whether the file of a document was destroyed by decision."""
    return any(row.path in one.paths for one in of(session, row.ref, part_of(row.kind)))


def of(session: Session, ref: str, part: Part) -> list[Elimination]:
    """Return the elimination of a part of a purchase, once two people have decided it."""
    done = select(Elimination).where(Elimination.ref == ref, Elimination.part == part)
    return list(session.exec(done.where(col(Elimination.decided_at).is_not(None))))
