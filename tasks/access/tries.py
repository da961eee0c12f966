"""Wrong passwords, counted where they are typed: nobody who stands outside keeps a person out of her own place.

A browser that she logged in from before, an address, an open session: each place has its own count, so that five
wrong passwords typed elsewhere delay that place and no other.
"""

from datetime import datetime, timedelta

from pydantic import BaseModel
from sqlmodel import Session, col, delete, func, select

from models.access.accounts import LoginEvent, LoginOutcome, WrongTries
from models.errors import NotAllowed, Refused
from tasks.access import sealed_secrets

TRIES = 5
DELAY = timedelta(minutes=15)
TRIES_PER_ADDRESS = 40
TRIES_PER_ACCOUNT = 60  # from places unknown to her, all together
KNOWN_FOR = timedelta(days=90)
FORGOTTEN_AFTER = timedelta(days=1)
TOO_MANY = "Trop d'essais depuis cette adresse : attendez un quart d'heure."
FAULTS = (LoginOutcome.WRONG, LoginOutcome.LOCKED)
IN_SESSION = "session"


class Place(BaseModel):
    """Where a password is typed: an address, a browser already known, or a session that is open."""

    address: str
    device: str = ""  # number of a browser from which this person logged in before
    is_open: bool = False  # she is logged in

    @property
    def key(self) -> str:
        """Return the name under which wrong tries are counted."""
        if self.is_open:
            return IN_SESSION
        return f"appareil:{self.device}" if self.device else f"adresse:{self.address}"[:90]


def check(session: Session, email: str, place: Place, now: datetime) -> None:
    """Refuse a login from a place unknown to the person while that address, or her account, is tried too often."""
    if place.is_open or place.device or _is_known(session, email, place, now):
        return
    if _recent(session, LoginEvent.address == place.address, now) >= TRIES_PER_ADDRESS:
        raise NotAllowed(TOO_MANY)
    if _recent(session, LoginEvent.typed == email, now) >= TRIES_PER_ACCOUNT:
        raise NotAllowed(TOO_MANY)


def _is_known(session: Session, email: str, place: Place, now: datetime) -> bool:
    """Return whether the person logged in from that address lately: others may share it, her own count remains."""
    found = session.exec(
        select(LoginEvent.id).where(
            LoginEvent.typed == email,
            LoginEvent.address == place.address,
            LoginEvent.outcome == LoginOutcome.IN,
            LoginEvent.at > now - KNOWN_FOR,
        )
    ).first()
    return found is not None


def _recent(session: Session, whose: bool, now: datetime) -> int:
    faults = select(func.count()).select_from(LoginEvent).where(whose, col(LoginEvent.at) > now - DELAY)
    return session.exec(faults.where(col(LoginEvent.outcome).in_(FAULTS))).one()


def waits(session: Session, email: str, place: Place, now: datetime) -> bool:
    """Return whether passwords of the person are refused in that place for the time being, even the right one."""
    row = session.get(WrongTries, (email, place.key), with_for_update=True, populate_existing=True)
    return row is not None and row.until is not None and now < row.until


def count(session: Session, email: str, place: Place, now: datetime) -> bool:
    """Count a wrong password; return whether this one begins a delay."""
    session.exec(delete(WrongTries).where(col(WrongTries.last_at) < now - FORGOTTEN_AFTER))
    row = session.get(WrongTries, (email, place.key), with_for_update=True, populate_existing=True)
    if row is None:
        row = WrongTries(person_email=email, place=place.key, last_at=now)
        session.add(row)
    row.failures, row.last_at = row.failures + 1, now
    if row.failures < TRIES:
        return False
    row.failures, row.until = 0, now + DELAY
    return True


def forget(session: Session, email: str, place: Place | None = None) -> None:
    """Forget the wrong passwords of a person in a place, everywhere when none is given."""
    gone = delete(WrongTries).where(col(WrongTries.person_email) == email)
    session.exec(gone.where(col(WrongTries.place) == place.key) if place else gone)


def delayed(session: Session, now: datetime) -> set[str]:
    """Return the people whose passwords are refused somewhere at that instant."""
    return set(session.exec(select(WrongTries.person_email).where(col(WrongTries.until) > now)))


def known_browser(email: str, cookie: str) -> str:
    """Return the number of a browser that this person logged in from before; empty for any other."""
    owner, _, number = _read(cookie).partition(" ")
    return number if owner == email.strip().lower() else ""


def mark_browser(email: str, number: str) -> str:
    """Return the cookie that makes a browser known to a person."""
    return sealed_secrets.seal(f"{email} {number}")


def _read(cookie: str) -> str:
    try:
        return sealed_secrets.unseal(cookie) if cookie else ""
    except (Refused, UnicodeError):
        return ""
