"""Writing, reading and verifying the journal."""

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.journal import JournalLine
from tasks.ledger import chain
from tasks.ledger.writing import APPLICATION, Entry, write

__all__ = ["APPLICATION", "Entry", "JournalLine", "Verdict", "read", "verify", "write"]


class Verdict(BaseModel):
    """Whether the journal is whole; otherwise the first bad line and why, in French, and everything else found."""

    valide: bool
    lignes: int
    empreinte: str
    premiere_anomalie: int | None = None
    motif: str = ""
    anomalies: list[str] = []
    signees_depuis: int | None = None  # the first signed line
    cle_publique: str | None = None  # of the last line
    remarques: list[str] = []


def read(session: Session, ref: str | None = None) -> list[JournalLine]:
    """Return the lines of one procurement, or all, in order."""
    query = select(JournalLine).order_by(col(JournalLine.seq))
    if ref:
        query = query.where(JournalLine.ref == ref)
    return list(session.exec(query))


def verify(session: Session) -> Verdict:
    """Recompute the whole chain; name the first line altered, missing, out of order, unsigned or cut off."""
    session.flush()
    found = chain.check(session.connection())
    if isinstance(found, chain.Break):
        return Verdict(
            valide=False,
            lignes=found.whole,
            empreinte=found.hash,
            premiere_anomalie=found.seq,
            motif=found.reason,
            anomalies=[found.reason],
        )
    return Verdict(
        valide=True,
        lignes=found.lines,
        empreinte=found.hash,
        signees_depuis=found.first_signed,
        cle_publique=found.key,
        remarques=found.remarks,
    )
