"""Letters to candidates: written once at a stay, left by a mail server or by the word of a person.

A procedure waits until the letters of its stay have left; the one that leaves last, whoever says it, starts it again.
"""

from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256

from pydantic import BaseModel
from sqlmodel import Session, col, func, or_, select

from models.journal import Fact
from models.law.days import legal_day
from models.organisation.group import Person, Role
from models.outbox import Message
from models.outgoing.letters import CandidateLetter, Means
from models.process.procurement import Procurement, StageVisit
from tasks import clock, journal
from tasks.organisation import people
from tasks.outgoing import outbox
from tasks.store import transaction

AWAITED = "envoi des lettres"
LEFT, WAITING, TO_HAND_OVER = "parti", "en_attente", "a_remettre"
NOT_YET = "pas encore essayé"
NO_ADDRESS = "le candidat n'a pas donné d'adresse : à remettre autrement"
NOWHERE = (".invalid", ".test", ".example", ".localhost", "@example.com", "@example.net", "@example.org")


class Written(BaseModel):
    """A letter just written: its document, and the candidate to whom it goes (no address: a person hands it over)."""

    kind: str
    recipient: str
    company: str
    address: str
    path: str


def is_rehearsal(session: Session) -> bool:
    """Return whether nobody of the group could receive anything: every address is reserved for examples (RFC 2606).

    There letters leave as files, so that a rehearsal plays through; in a real group only what really left has left.
    """
    until = col(Person.active_until)
    present = session.exec(select(Person.email).where(or_(until.is_(None), until >= clock.today()))).all()
    return bool(present) and all(email.endswith(NOWHERE) for email in present)


def enter(session: Session, procurement: Procurement, letter: Written) -> None:
    """Enter a letter of the present stay, and put it in the outbox when the candidate has an address; once."""
    query = select(CandidateLetter).where(
        CandidateLetter.ref == procurement.ref,
        CandidateLetter.kind == letter.kind,
        CandidateLetter.visit == procurement.visit,
        CandidateLetter.recipient == letter.recipient,
    )
    if session.exec(query).first() is not None:
        return
    row = CandidateLetter(
        ref=procurement.ref,
        stage=procurement.stage,
        visit=procurement.visit,
        written_at=clock.now(),
        **letter.model_dump(),
    )
    session.add(row)
    session.flush()
    if letter.address:
        put_in_outbox(session, procurement, row)
    elif is_rehearsal(session):
        note(session, row, Departure(means=Means.BY_HAND, at=clock.now(), receipt="répétition"))


def put_in_outbox(session: Session, procurement: Procurement, row: CandidateLetter) -> None:
    """Put the message that carries a letter in the outbox; one that already left is noted."""
    row.message_key = f"{row.ref}:{row.kind}:{row.recipient}:{row.path}"
    message = outbox.Letter(
        key=row.message_key,
        to=row.address,
        template="courrier_candidat",
        values={"nom": row.company},
        attachments=[row.path],
    )
    if not outbox.write_message(session, message, procurement):
        known = session.get_one(Message, row.message_key)
        if known.sent_at is not None:
            note(session, row, Departure(means=Means.EMAIL, at=known.sent_at))


class Departure(BaseModel):
    """How and when a letter left, and who says so."""

    means: Means
    at: datetime
    receipt: str = ""
    by: str = journal.APPLICATION


def note(session: Session, row: CandidateLetter, departure: Departure) -> str | None:
    """Write that a letter left; return the purchase when it was the last one that it waited for."""
    row.left_at, row.means, row.receipt = departure.at, departure.means, departure.receipt
    row.recorded_by, row.recorded_at = departure.by, clock.now()
    session.add(row)
    session.flush()
    said = clock.local(departure.at).strftime("le %d/%m/%Y à %H:%M")
    receipt = f", récépissé {departure.receipt}" if departure.receipt else ""
    journal.write(
        session,
        journal.Entry(
            fact=Fact.LETTER,
            ref=row.ref,
            actor=departure.by,
            subject=row.kind,
            after=row.recipient,
            reason=f"parti {said} par {departure.means.label}{receipt}",
        ),
    )
    return _go_on(session, row)


def of_message(session: Session, key: str) -> CandidateLetter | None:
    """Return the letter that a message carries, None for any other message."""
    return session.exec(select(CandidateLetter).where(CandidateLetter.message_key == key)).first()


def note_message(session: Session, key: str, at: datetime) -> str | None:
    """Write that the letter of a message left with it; return the purchase that goes on because of it."""
    row = of_message(session, key)
    return note(session, row, Departure(means=Means.EMAIL, at=at)) if row and row.left_at is None else None


def of_stay(session: Session, ref: str, stage: str, visit: int) -> list[CandidateLetter]:
    """Return the letters of a stay, in the order in which they were written."""
    query = select(CandidateLetter).where(
        CandidateLetter.ref == ref, CandidateLetter.stage == stage, CandidateLetter.visit == visit
    )
    return list(session.exec(query.order_by(col(CandidateLetter.id))))


def state(row: CandidateLetter, message: Message | None) -> tuple[str, str]:
    """Return where a letter stands (parti, en_attente, a_remettre by a person), and why it has not left."""
    if row.left_at is not None:
        return LEFT, ""
    if message is None:
        return TO_HAND_OVER, NO_ADDRESS
    return (TO_HAND_OVER if message.held else WAITING), message.error or NOT_YET


def with_messages(session: Session, ref: str) -> list[tuple[CandidateLetter, Message | None]]:
    """Return the letters of a purchase with the messages that carry them, oldest first."""
    query = (
        select(CandidateLetter, Message)
        .join(Message, col(Message.key) == col(CandidateLetter.message_key), isouter=True)
        .where(CandidateLetter.ref == ref)
        .order_by(col(CandidateLetter.id))
    )
    return [(row, message) for row, message in session.exec(query)]


def tell_team(session: Session, procurement: Procurement, day: date | None = None) -> None:
    """Write to the buyers and lawyers which letters of the present stay have not left, and why.

    Once for each set of letters that a person must hand over; once more each `day` that the watch looks.
    """
    found = [
        (row, *state(row, message))
        for row, message in with_messages(session, procurement.ref)
        if (row.stage, row.visit) == (procurement.stage, procurement.visit) and row.left_at is None
    ]
    if not found:
        return
    theirs = "-".join(str(row.id) for row, what, _ in found if what == TO_HAND_OVER)
    mark = day.isoformat() if day else sha256(theirs.encode()).hexdigest()[:12]
    for someone in people.holders(session, (Role.BUYER, Role.LEGAL_OFFICER), clock.today()):
        letter = outbox.Letter(
            key=f"{procurement.ref}:{procurement.stage}:{procurement.visit}:courriers:{mark}:{someone.email}",
            to=someone.email,
            template="courriers_en_attente",
            values={
                "nom": someone.name,
                "nombre": len(found),
                "courriers": [f"n° {row.id}, {row.recipient} : {why}" for row, _, why in found],
            },
        )
        outbox.write_message(session, letter, procurement)


def check(on: date) -> list[str]:
    """Write once a day to the team of every purchase that waits for its letters to leave."""
    with transaction() as session:
        waiting = (
            select(Procurement)
            .join(StageVisit, col(StageVisit.ref) == col(Procurement.ref))
            .where(StageVisit.stage == Procurement.stage, StageVisit.visit == Procurement.visit)
            .where(StageVisit.awaits == AWAITED)
        )
        for procurement in session.exec(waiting.order_by(col(Procurement.ref))).all():
            tell_team(session, procurement, on)
    return []


def are_awaited(ref: str, stage: str, visit: int) -> bool:
    """Return whether letters of a stay have not left, and note it on the stay: its run ends there."""
    with transaction() as session:
        session.get(Procurement, ref, with_for_update=True)
        stay = _stay(session, ref, stage, visit)
        missing = _missing(session, stay)
        stay.awaits = AWAITED if missing else ""
        return bool(missing)


def last_day_left(sent: Sequence[CandidateLetter]) -> date | None:
    """Return the day of the legal calendar on which the last of some letters left, None when none did."""
    left = [row.left_at for row in sent if row.left_at is not None]
    return legal_day(max(left)) if left else None


def _stay(session: Session, ref: str, stage: str, visit: int) -> StageVisit:
    query = select(StageVisit).where(
        StageVisit.ref == ref, StageVisit.stage == stage, StageVisit.visit == visit
    )
    return session.exec(query).one()


def _missing(session: Session, stay: StageVisit) -> int:
    query = select(func.count()).where(
        CandidateLetter.ref == stay.ref,
        CandidateLetter.stage == stay.stage,
        CandidateLetter.visit == stay.visit,
        col(CandidateLetter.left_at).is_(None),
    )
    return session.exec(query).one()


def _go_on(session: Session, row: CandidateLetter) -> str | None:
    """Ask for the run that goes on when a purchase waited for this letter alone."""
    procurement = session.get_one(Procurement, row.ref, with_for_update=True)
    if (procurement.stage, procurement.visit) != (row.stage, row.visit):
        return None
    stay = _stay(session, row.ref, row.stage, row.visit)
    if not stay.awaits or _missing(session, stay):
        return None
    stay.awaits, stay.settled_at = "", None
    outbox.ask_run(session, outbox.segment(procurement, ":lettres"))
    return procurement.ref
