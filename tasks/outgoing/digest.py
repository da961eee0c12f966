"""The daily digest: what a person chose to read once a day leaves as one message, grouped by purchase.

The digest and the mark on each message that it holds are written in one transaction, under a key of the person and the
day: killed before, nothing was gathered; after, the digest leaves as every message does, once.
"""

from itertools import groupby

from sqlmodel import Session, col, select, update

from models.access.accounts import Account
from models.organisation.group import Person
from models.outbox import Message
from models.process.procurement import Procurement
from tasks import clock
from tasks.outgoing import outbox
from tasks.settings import pages_url
from tasks.store import reading, transaction

ELSEWHERE = "Hors achat"
WAITING = (col(Message.is_gathered).is_(True), col(Message.digest_key).is_(None))


def gather() -> int:
    """Write the digest of each person for whom messages wait, one a day at most; return how many were written."""
    with reading() as session:
        waiting = session.exec(select(Message.to).where(*WAITING).distinct()).all()
    return sum(_gather_for(email) for email in sorted(waiting))


def release(session: Session, email: str) -> None:
    """Let what was gathered for a person leave message by message."""
    free = update(Message).where(col(Message.to) == email, *WAITING)
    session.exec(free.values(is_gathered=False))


def _gather_for(email: str) -> bool:
    day = clock.today()
    key = f"resume:{email}:{day.isoformat()}"
    with transaction() as session:
        session.get(Account, email, with_for_update=True)  # two sweeps at once make one digest
        query = select(Message).where(Message.to == email, *WAITING).order_by(col(Message.created_at))
        held = session.exec(query).all()
        if not held or session.get(Message, key) is not None:
            return False
        someone = session.get(Person, email)
        letter = outbox.Letter(
            key=key,
            to=email,
            template="resume_du_jour",
            values={
                "nom": someone.name if someone else email,
                "jour": day.strftime("%d/%m/%Y"),
                "nombre": len(held),
                "blocs": _blocks(session, list(held)),
            },
            at_once=True,
        )
        outbox.write_message(session, letter)
        for message in held:
            message.digest_key = key
    return True


def _blocks(session: Session, held: list[Message]) -> list[str]:
    """Return the text of each purchase, in the order of its first message, and of what belongs to none last."""
    first: dict[str, int] = {}
    for rank, message in enumerate(held):
        first.setdefault(message.ref or "", rank if message.ref else len(held))
    ordered = sorted(held, key=lambda one: first[one.ref or ""])
    return [
        "\n".join([_title(session, ref), *(_said(one) for one in of_one)])
        for ref, of_one in groupby(ordered, key=lambda one: one.ref or "")
    ]


def _title(session: Session, ref: str) -> str:
    procurement = session.get(Procurement, ref) if ref else None
    return procurement.title if procurement else ref or ELSEWHERE


def _said(message: Message) -> str:
    lines = "\n".join(f"  - {line}" for line in message.lines)
    return f"{lines}\n    {pages_url()}{message.page}"


def choose_digest(email: str, wanted: bool) -> None:
    """Keep the choice of one message a day; what was gathered leaves at once when it is given up."""
    with transaction() as session:
        session.get_one(Account, email).wants_digest = wanted
        if not wanted:
            release(session, email)
