"""Ending a transaction: the rows touched after its last line are kept by that line, or by one of their own."""

from functools import lru_cache

from sqlmodel import Session

from models import decisive
from models.journal import Fact
from tasks import journal
from tasks.ledger import touched


def _before_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    if not touched.is_any(session):
        return
    found = touched.last(session)
    if found is not None:
        line, kept = found
        journal.amend(session, line, kept)
        return
    names = sorted({decisive.label(table) for table, _ in session.info[touched.ROWS]})
    count = len(session.info[touched.ROWS])
    journal.write(
        session,
        journal.Entry(fact=Fact.KEPT, subject=", ".join(names)[:200], reason=f"lignes écrites : {count}"),
    )


@lru_cache
def begin() -> None:
    """Follow what every session of this process writes, from now on."""
    touched.follow(_before_commit)
