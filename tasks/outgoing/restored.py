"""A home brought back from a backup: nothing leaves before a person confirms, its runs have keys of their own."""

from sqlmodel import Session, col, select

from models.archive.restorations import Restoration, SentBefore
from models.errors import NotAllowed
from models.outbox import Message
from tasks import storage
from tasks.store import reading

CONFIRM = "restauration à confirmer (achats restaurer confirmer)"
STATE = "En attente : restauration à confirmer"
ADDRESS = "\n\nDans l'application :\n"
HELD = "parti avant la restauration"
MARK = "r"  # as in 2026-017:tendering:1:echeance:r2


def last(session: Session) -> Restoration | None:
    """Return the last restoration of this home, or None when it never was one."""
    return session.exec(select(Restoration).order_by(col(Restoration.number).desc()).limit(1)).first()


def awaiting(session: Session) -> Restoration | None:
    """Return the restoration that nobody has confirmed yet."""
    found = last(session)
    return found if found is not None and found.confirmed_at is None else None


def hold() -> str:
    """Return why nothing may leave this home now, empty when it may."""
    with reading() as session:
        return CONFIRM if awaiting(session) else ""


def refuse_while_held() -> None:
    """Refuse what acts outside while the restoration waits for a person."""
    if reason := hold():
        raise NotAllowed(f"Rien ne repart : {reason}.")


def mark() -> str:
    """Return what the restoration adds to the key of a run: Prefect must not give back one of the former life."""
    with reading() as session:
        found = last(session)
    return f":{MARK}{found.number}" if found else ""


def is_of_former_life(key: str | None) -> bool:
    """Return whether a run was asked for under such a key before the last restoration."""
    own = mark().removeprefix(":")
    return bool(own) and key is not None and own not in key.split(":")


def words_of(to: str, subject: str, body: str) -> str:
    """Return the digest of what a message says to whom, the address of the pages left out."""
    said = body.partition(ADDRESS)[0].strip()
    return storage.sha256(f"{to}\n{subject}\n{said}".encode())


def has_left(session: Session, message: Message) -> bool:
    """Return whether the same words left to the same person before the restoration."""
    found = session.get(SentBefore, message.key)
    return found is not None and found.digest == words_of(message.to, message.subject, message.body)


def first_number(session: Session, year: int) -> int:
    """Return the first number that a reference of that year may take: none given since the copy is given again."""
    rows = session.exec(select(Restoration)).all()
    return max((row.first_numbers.get(str(year), 1) for row in rows), default=1)
