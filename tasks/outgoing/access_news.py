"""Telling each person of every change of her access: what the journal says of it is written to her, once.

Nobody enrols a telephone, takes a token or makes a link in her name without her hearing of it.
"""

from itertools import groupby

from sqlmodel import Session, col, func, select

from models.access.requests import AccessTold
from models.journal import Fact, JournalLine
from models.organisation.group import Person
from tasks import clock
from tasks.outgoing import mail, outbox
from tasks.store import reading, transaction

ABOUT = (Fact.ACCESS, Fact.IDENTITY)
SKIPPED = 500  # lines about other things, after which the place reached is kept all the same


def gather() -> int:
    """Write to each person what changed of her access since the last time; return how many messages are new."""
    with reading() as session:
        last = session.exec(select(func.max(JournalLine.seq))).one() or 0
        told_to = _told_to(session)
        if last == told_to or (last - told_to < SKIPPED and not _lines(session)):
            return 0
    with transaction() as session:
        told = session.get(AccessTold, 1, with_for_update=True) or AccessTold()
        lines = _lines(session)
        written = 0
        for email, hers in groupby(sorted(lines, key=lambda one: one.subject), key=lambda one: one.subject):
            someone = session.get(Person, email)
            if someone is not None:
                written += outbox.write_message(session, _letter(someone, list(hers)))
        told.seq = session.exec(select(func.max(JournalLine.seq))).one() or 0
        session.add(told)
    return written


def _told_to(session: Session) -> int:
    told = session.get(AccessTold, 1)
    return told.seq if told else 0


def _lines(session: Session) -> list[JournalLine]:
    query = select(JournalLine).where(
        col(JournalLine.seq) > _told_to(session), col(JournalLine.fact).in_(ABOUT)
    )
    return list(session.exec(query.order_by(col(JournalLine.seq))))


def _letter(someone: Person, lines: list[JournalLine]) -> outbox.Letter:
    return outbox.Letter(
        key=f"acces:{someone.email}:{lines[-1].seq}",
        to=someone.email,
        template="acces_change",
        at_once=True,
        values={
            "nom": someone.name,
            "changements": [
                f"{clock.local(one.at):%d/%m/%Y à %H:%M} : {one.reason} (par {one.actor})" for one in lines
            ],
        },
    )


def leave() -> None:
    """Write what people must hear of, and send it now; a mail server that is away gets it later."""
    gather()
    mail.send_pending()
