"""Sending the messages of the outbox: by SMTP when it is configured, else as `.eml` files in the home directory.

Each message has one key, one Message-ID, one file name and one sender at a time: sending again after a crash makes no
second file. A letter to a candidate that leaves moves its procedure (`tasks.outgoing.letters`).
"""

import hashlib
import mimetypes
import time
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from pydantic import BaseModel
from sqlmodel import col, func, or_, select, update

from models.errors import Failure
from models.outbox import Held, Message
from models.process.procurement import Procurement
from tasks import clock, storage
from tasks.outgoing import dispatch, letters, restored, sealed_parts, smtp
from tasks.outgoing.smtp import Conversation, ServerAway, Undeliverable
from tasks.settings import settings
from tasks.store import reading, transaction

ROUND_SECONDS = 60  # a slow server holds no step longer: the rest leaves in the next round
CLAIM = timedelta(seconds=90)  # longer than a server may take for one message: then its sender has died
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=15)
NO_SERVER = "aucun serveur d'envoi n'est réglé : à remettre autrement (« achats courrier remettre »)"
TOO_LONG = f"le serveur d'envoi est lent : la suite part au prochain tour, après {ROUND_SECONDS} secondes"
UNSENT = (col(Message.sent_at).is_(None), col(Message.is_gathered).is_(False))


class NoServer(Undeliverable):
    """A message must really leave and no mail server is set."""


class Sent(BaseModel):
    """What a round of sending did; `refuses` wait for a person."""

    envoyes: int = 0
    en_attente: int = 0
    refuses: int = 0
    motif: str = ""


def send_pending() -> Sent:
    """Send every message that waits for no digest; one that fails stays and does not stop the others.

    Nothing leaves a restored home before a person has confirmed it.
    """
    return _round(_waiting())


def send_due() -> Sent:
    """Send the messages whose next try has come: a server that is away is asked again less and less often."""
    return _round(_waiting(_real_now()))


def _real_now() -> datetime:
    return clock.real(clock.now())


def _waiting(by: datetime | None = None) -> list[str]:
    query = select(Message.key).where(*UNSENT)
    if settings().smtp_host:
        query = query.where(or_(col(Message.held).is_(None), Message.held == Held.NO_SERVER))
    else:
        query = query.where(col(Message.held).is_(None))
    if by is not None:
        query = query.where(or_(col(Message.next_try_at).is_(None), col(Message.next_try_at) <= by))
    with reading() as session:
        return list(session.exec(query.order_by(col(Message.created_at), col(Message.key))))


def _round(keys: list[str]) -> Sent:
    if keys and (reason := restored.hold()):
        return Sent(en_attente=len(keys), motif=reason)
    done, moved, stuck = Sent(), set[str](), set[str]()
    over_at = time.monotonic() + ROUND_SECONDS
    with Conversation() as server:
        for rank, key in enumerate(keys):
            if time.monotonic() > over_at:
                done.motif = TOO_LONG
                break
            try:
                done.envoyes += _send(key, server, moved)
            except ServerAway as error:
                done.motif = str(error)
                _put_off(keys[rank:], done.motif)
                break
            except Undeliverable as error:
                done.motif = str(error)
                stuck |= _hold(key, error)
            except Failure as error:
                done.motif = str(error)
                _put_off([key], done.motif)
    _follow(moved, stuck)
    return _counted(done)


def _follow(moved: set[str], stuck: set[str]) -> None:
    """Ask for the runs of the purchases that go on, and tell the team of those whose letters wait for a person."""
    for ref in sorted(stuck):
        with transaction() as session:
            letters.tell_team(session, session.get_one(Procurement, ref))
    for ref in sorted(moved):
        dispatch.deliver(ref)


def _counted(done: Sent) -> Sent:
    with reading() as session:
        rows = session.exec(select(Message.held, func.count()).where(*UNSENT).group_by(col(Message.held)))
        left = {held: number for held, number in rows if held is not Held.HANDED_OVER}
    done.en_attente, done.refuses = sum(left.values()), left.get(Held.REFUSED, 0)
    return done


def _send(key: str, server: Conversation, moved: set[str]) -> int:
    """Send one message that nobody else has in hand; return how many left, and note the purchase that goes on."""
    if settings().smtp_host:
        server.open()  # before the claim, which lasts no longer than one message
    message = _claim(key)
    if message is None:
        return 0
    if settings().smtp_host:
        server.send(compose(message))
    elif _must_leave(message):
        raise NoServer(NO_SERVER)
    else:
        storage.write(eml_path(message), smtp.as_bytes(compose(message)))
    with transaction() as session:
        row = session.get_one(Message, key, with_for_update=True)
        row.attempts, row.error, row.sent_at = row.attempts + 1, "", clock.now()
        row.held = row.claimed_at = row.next_try_at = None
        held = update(Message).where(col(Message.digest_key) == key)
        session.exec(held.values(sent_at=row.sent_at))  # what a digest holds has left with it
        if ref := letters.note_message(session, key, row.sent_at):
            moved.add(ref)
    return 1


def _claim(key: str) -> Message | None:
    """Take a message in hand, or return None when another sender has it: two senders never deliver it twice.

    A file written twice is the same file: it is not claimed, and who dies with it in hand holds nothing up.
    """
    with transaction() as session:
        row = session.get(Message, key, with_for_update=True)
        if row is None or row.sent_at is not None or row.held is Held.HANDED_OVER or is_in_hand(row):
            return None
        row.claimed_at = _real_now() if settings().smtp_host else None
    return row


def is_in_hand(message: Message) -> bool:
    """Return whether a sender has the message in hand."""
    return message.claimed_at is not None and _real_now() < message.claimed_at + CLAIM


def release_held(message: Message) -> None:
    """Let a message that waits for a person be sent again."""
    message.held, message.error, message.next_try_at = None, "", None


def _must_leave(message: Message) -> bool:
    """Return whether a file is not enough: for a letter to a candidate, except in a rehearsal."""
    with reading() as session:
        return letters.of_message(session, message.key) is not None and not letters.is_rehearsal(session)


def _hold(key: str, error: Undeliverable) -> set[str]:
    """Keep a message until a person does something about it; return the purchase whose letter it carries."""
    with transaction() as session:
        row = session.get_one(Message, key)
        row.held = Held.NO_SERVER if isinstance(error, NoServer) else Held.REFUSED
        row.error, row.attempts = str(error), row.attempts + 1
        row.claimed_at = None
        letter = letters.of_message(session, key)
        return {letter.ref} if letter else set()


def _put_off(keys: list[str], reason: str) -> None:
    """Say on each message why it did not leave, and when it is tried again; the first is no longer in hand."""
    now = _real_now()
    with transaction() as session:
        for row in session.exec(select(Message).where(col(Message.key).in_(keys), *UNSENT)):
            row.attempts, row.error = row.attempts + 1, reason
            row.next_try_at = now + _pause(row.attempts)
            if row.key == keys[0]:
                row.claimed_at = None


def _pause(attempts: int) -> timedelta:
    doubled: int = 2 ** min(attempts - 1, 10)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


def identifier(message: Message) -> str:
    """Return the stable name of a message: the same for each attempt to send it."""
    return hashlib.sha256(message.key.encode()).hexdigest()[:32]


def eml_path(message: Message) -> str:
    """Return where a message is kept in the home directory when no mail server is set."""
    day = message.created_at.astimezone(clock.PARIS).date().isoformat()
    return f"messages/{day}/{identifier(message)}.eml"


def compose(message: Message) -> EmailMessage:
    """Return the e-mail, its attachments read from the home directory; `Undeliverable` when a header cannot be."""
    mail = EmailMessage()
    try:
        mail["From"] = settings().mail_from
        mail["To"] = smtp.address_for(message.to) if settings().smtp_host else message.to
        mail["Subject"] = " ".join(message.subject.split())
    except ValueError as error:
        raise Undeliverable(f"l'en-tête du message ne peut pas être écrit : {error}") from error
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = f"<{identifier(message)}@achats-ght>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(sealed_parts.revealed(message.body))
    for path in message.attachments:
        kind = (mimetypes.guess_type(path)[0] or "application/octet-stream").split("/")
        mail.add_attachment(storage.read(path), maintype=kind[0], subtype=kind[1], filename=Path(path).name)
    return mail


def send_mail(mail: EmailMessage) -> None:
    """Hand one e-mail to the mail server of the settings."""
    with Conversation() as server:
        server.send(mail)
