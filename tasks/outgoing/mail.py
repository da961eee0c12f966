"""Sending the messages of the outbox: by SMTP when it is configured, else as `.eml` files in the home directory.

Each message has one key, one Message-ID and one file name: sending again after a crash makes no second one.
"""

import hashlib
import mimetypes
import smtplib
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from pydantic import BaseModel
from sqlmodel import col, select, update

from models.errors import Failure
from models.outbox import Message
from tasks import clock, storage
from tasks.outgoing import restored, sealed_parts
from tasks.settings import settings
from tasks.store import reading, transaction

SMTP_SECONDS = 20


class Sent(BaseModel):
    """What a round of sending did."""

    envoyes: int = 0
    en_attente: int = 0
    motif: str = ""


def send_pending() -> Sent:
    """Send every message that waits for no digest; one that fails stays and does not stop the others.

    Nothing leaves a restored home before a person has confirmed it.
    """
    with reading() as session:
        waiting = session.exec(
            select(Message)
            .where(col(Message.sent_at).is_(None), col(Message.is_gathered).is_(False))
            .order_by(col(Message.created_at))
        ).all()
    if waiting and (reason := restored.hold()):
        return Sent(en_attente=len(waiting), motif=reason)
    done = Sent()
    for message in waiting:
        error = _send(message)
        if error:
            done.en_attente, done.motif = done.en_attente + 1, error
        else:
            done.envoyes += 1
    return done


def _send(message: Message) -> str:
    try:
        mail = compose(message)
        if settings().smtp_host:
            send_mail(mail)
        else:
            storage.write(eml_path(message), mail.as_bytes(policy=SMTP))
    except (
        OSError,
        ValueError,
        smtplib.SMTPException,
        Failure,
    ) as error:  # ValueError: a header that cannot be
        reason = f"{type(error).__name__} : {error}"[:500]
        with transaction() as session:
            row = session.get_one(Message, message.key)
            row.attempts, row.error = row.attempts + 1, reason
        return reason
    with transaction() as session:
        row = session.get_one(Message, message.key)
        row.attempts, row.error, row.sent_at = row.attempts + 1, "", clock.now()
        held = update(Message).where(col(Message.digest_key) == message.key)
        session.exec(held.values(sent_at=row.sent_at))  # what a digest holds has left with it
    return ""


def identifier(message: Message) -> str:
    """Return the stable name of a message: the same for each attempt to send it."""
    return hashlib.sha256(message.key.encode()).hexdigest()[:32]


def eml_path(message: Message) -> str:
    """Return where a message is kept in the home directory when no mail server is set."""
    day = message.created_at.astimezone(clock.PARIS).date().isoformat()
    return f"messages/{day}/{identifier(message)}.eml"


def compose(message: Message) -> EmailMessage:
    """Return the e-mail, its attachments read from the home directory."""
    mail = EmailMessage()
    mail["From"] = settings().mail_from
    mail["To"] = message.to
    mail["Subject"] = message.subject
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
    chosen = settings()
    with smtplib.SMTP(chosen.smtp_host or "", chosen.smtp_port, timeout=SMTP_SECONDS) as server:
        if chosen.smtp_starttls:
            server.starttls()
        if chosen.smtp_user and chosen.smtp_password:
            server.login(chosen.smtp_user, chosen.smtp_password.get_secret_value())
        server.send_message(mail)
