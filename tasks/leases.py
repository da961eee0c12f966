"""Leases: who is at work on a stay, told by a heartbeat in the application's own database.

A lease is taken in the transaction that starts the work and follows it from stay to stay in the transactions that move
it. A run that dies stops renewing: its lease ends by itself, on whatever machine it was. One that was only frozen finds
its lease taken over and moves nothing any more.
"""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from uuid import uuid4

from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, delete, select, update

from models.errors import AlreadyDone, Unavailable
from models.leases import Lease
from tasks import store
from tasks.store import transaction

BEAT_SECONDS = 5
LASTS = timedelta(seconds=30)
KEPT = timedelta(minutes=10)  # a lease that ended says until then that its run has died


class Work(BaseModel):
    """What one run at a time may be at work on: a stay of a purchase, or a task of the service."""

    work: str
    ref: str | None = None
    visit: int = 0


def take(session: Session, work: Work, run_id: str | None) -> str | None:
    """Take the lease of a work in the caller's transaction and return its token, or None while another run holds it.

    The same run may take its own lease again: it was started a second time.
    """
    now = store.instant(session)
    for row in _of(session, work):
        if row.expires_at > now and (run_id is None or row.run_id != run_id):
            return None
        session.delete(row)
    lease = Lease(
        token=uuid4().hex,
        run_id=run_id,
        holder=f"{socket.gethostname()}:{os.getpid()}",
        taken_at=now,
        expires_at=now + LASTS,
        **work.model_dump(),
    )
    session.add(lease)
    session.flush()
    return lease.token


def _of(session: Session, work: Work) -> list[Lease]:
    same = (Lease.ref == work.ref, Lease.work == work.work, Lease.visit == work.visit)
    return list(session.exec(select(Lease).where(*same)))


def follow(session: Session, token: str, work: Work) -> None:
    """Carry a lease to the stay just reached; refuse when another run has taken the work over meanwhile."""
    moved = session.exec(update(Lease).where(col(Lease.token) == token).values(**work.model_dump()))
    if moved.rowcount != 1:
        raise AlreadyDone(f"{work.ref} : un autre traitement a repris ce travail.")


def beat(token: str) -> bool:
    """Renew a lease; return whether it is still held."""
    with transaction() as session:
        until = store.instant(session) + LASTS
        renewed = session.exec(update(Lease).where(col(Lease.token) == token).values(expires_at=until))
        return renewed.rowcount == 1


def release(token: str) -> None:
    """End a lease whose work is done or given up."""
    with transaction() as session:
        session.exec(delete(Lease).where(col(Lease.token) == token))


def release_run(run_id: str) -> None:
    """End the leases of a run whose process is known to have ended."""
    with transaction() as session:
        session.exec(delete(Lease).where(col(Lease.run_id) == run_id))


def is_held(session: Session, token: str) -> bool:
    """Return whether a lease is still held."""
    row = session.get(Lease, token, populate_existing=True)
    return row is not None and row.expires_at > store.instant(session)


def living(session: Session) -> list[Lease]:
    """Return the leases that still hold."""
    return list(session.exec(select(Lease).where(col(Lease.expires_at) > store.instant(session))))


def ended(session: Session) -> list[Lease]:
    """Return the leases that ended a good while ago: nobody is left to release them."""
    return list(session.exec(select(Lease).where(col(Lease.expires_at) < store.instant(session) - KEPT)))


def bury(session: Session) -> None:
    """Take those away."""
    session.exec(delete(Lease).where(col(Lease.expires_at) < store.instant(session) - KEPT))


@contextmanager
def kept(token: str) -> Iterator[None]:
    """Renew a lease while the block runs, and release it at the end."""
    ended = threading.Event()
    heart = threading.Thread(target=_keep, args=(token, ended), daemon=True, name="bail")
    heart.start()
    try:
        yield
    finally:
        ended.set()
        heart.join(BEAT_SECONDS)
        with suppress(SQLAlchemyError, Unavailable):  # it then ends by itself
            release(token)


def _keep(token: str, ended: threading.Event) -> None:
    while not ended.wait(BEAT_SECONDS):
        try:
            if not beat(token):
                return
        except (SQLAlchemyError, Unavailable):
            continue  # the database is away: tried again at the next beat


@contextmanager
def at_work(work: str, run_id: str | None) -> Iterator[bool]:
    """Hold a task of the service while the block runs; False when another run is on it."""
    with transaction() as session:
        token = take(session, Work(work=work), run_id)
    if token is None:
        yield False
        return
    with kept(token):
        yield True
