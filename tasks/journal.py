"""Writing and verifying the journal."""

from datetime import datetime

from pydantic import BaseModel
from sqlmodel import Session, String, cast, col, select

from models.journal import GENESIS, Fact, JournalHead, JournalLine
from tasks import clock

APPLICATION = "achats"


class Entry(BaseModel):
    """What a line says, before it is numbered and chained."""

    fact: Fact
    subject: str
    ref: str | None = None
    actor: str = APPLICATION
    before: str | None = None
    after: str | None = None
    reason: str = ""


class Verdict(BaseModel):
    """Whether the journal is whole; otherwise the first bad line and why, in French."""

    valide: bool
    lignes: int
    empreinte: str
    premiere_anomalie: int | None = None
    motif: str = ""


def write(session: Session, entry: Entry, at: datetime | None = None) -> JournalLine:
    """Append a line in the caller's transaction; the lock on the head makes writers take turns."""
    head = session.get(JournalHead, 1, with_for_update=True, populate_existing=True)
    if head is None:
        head = JournalHead()
        session.add(head)
    line = JournalLine(
        seq=head.seq + 1,
        at=at or clock.now(),
        **entry.model_dump(),
        previous_hash=head.hash,
        hash="",
    )
    line.hash = line.computed_hash()
    head.seq, head.hash = line.seq, line.hash
    session.add(line)
    session.flush()
    return line


def read(session: Session, ref: str | None = None) -> list[JournalLine]:
    """Return the lines of one procurement, or all, in order."""
    query = select(JournalLine).order_by(col(JournalLine.seq))
    if ref:
        query = query.where(JournalLine.ref == ref)
    return list(session.exec(query))


def verify(session: Session) -> Verdict:
    """Recompute the whole chain; name the first line altered, missing, out of order or cut off."""
    previous, expected = GENESIS, 1
    unreadable = _first_unreadable(session)
    query = select(JournalLine).order_by(col(JournalLine.seq)).execution_options(yield_per=2000)
    if unreadable is not None:
        query = query.where(JournalLine.seq < unreadable)
    for line in session.exec(query):
        fault = _fault(line, expected, previous)
        if fault:
            return Verdict(
                valide=False, lignes=expected - 1, empreinte=previous, premiere_anomalie=expected, motif=fault
            )
        previous, expected = line.hash, expected + 1
    if unreadable is not None:
        return Verdict(
            valide=False,
            lignes=expected - 1,
            empreinte=previous,
            premiere_anomalie=expected,
            motif=f"la ligne {unreadable} a été modifiée",
        )
    head = session.get(JournalHead, 1) or JournalHead()
    if (head.seq, head.hash) != (expected - 1, previous):
        return Verdict(
            valide=False,
            lignes=expected - 1,
            empreinte=previous,
            premiere_anomalie=expected,
            motif=f"fin du journal coupée : {head.seq} lignes ont été écrites, {expected - 1} restent",
        )
    return Verdict(valide=True, lignes=expected - 1, empreinte=previous)


def _first_unreadable(session: Session) -> int | None:
    """Return the number of the first line whose kind the application does not write, or None."""
    kinds = [fact.value for fact in Fact]
    strange = select(JournalLine.seq).where(cast(col(JournalLine.fact), String).not_in(kinds))
    return session.exec(strange.order_by(col(JournalLine.seq))).first()


def _fault(line: JournalLine, expected: int, previous: str) -> str:
    if line.seq != expected:
        return f"la ligne {expected} manque (la suivante porte le numéro {line.seq})"
    if line.previous_hash != previous:
        return f"la ligne {line.seq} ne suit pas la ligne {expected - 1} : ordre ou contenu changé"
    if line.computed_hash() != line.hash:
        return f"la ligne {line.seq} a été modifiée"
    return ""
