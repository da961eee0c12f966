"""Telling the administrators that the disk fills up, even when the database can no longer be written."""

import logging
import smtplib

from sqlalchemy.exc import SQLAlchemyError

from models.errors import Failure
from models.organisation.group import Person, Role
from models.outbox import Message
from tasks import clock
from tasks.organisation import people
from tasks.outgoing import mail, outbox
from tasks.settings import settings
from tasks.space import Room, RoomState, room
from tasks.store import reading, transaction

LOG = logging.getLogger("achats.place")
TEMPLATE = "place_disque"
_told: set[str] = set()


def look() -> Room:
    """Look at the room left; below a threshold, write to the administrators, once a day for each state.

    When the outbox cannot be written any more, the message leaves directly by the mail server.
    """
    found = room()
    day = f"{found.etat}:{clock.today()}"
    if found.etat is RoomState.ENOUGH or day in _told:
        return found
    try:
        _write(found, day)
        mail.send_pending()
    except (SQLAlchemyError, Failure, OSError) as error:
        LOG.warning("place %s, file des messages impossible à écrire : %s", found.etat, error)
        _send_at_once(found, day)
    _told.add(day)
    return found


def _administrators() -> list[Person]:
    with reading() as session:
        return people.holders(session, [Role.ADMINISTRATOR], clock.today())


def _letter(found: Room, day: str, someone: Person) -> outbox.Letter:
    values: dict[str, str | int | list[str] | None] = {
        "nom": someone.name,
        "etat": found.etat.value,
        "libre": found.libre_mo,
        "total": found.total_mo,
        "refus": found.refus_mo,
        "refuse": "oui" if found.etat is RoomState.NONE else None,
    }
    key = f"place:{day}:{someone.email}"
    return outbox.Letter(key=key, to=someone.email, template=TEMPLATE, values=values, at_once=True)


def _write(found: Room, day: str) -> None:
    concerned = _administrators()
    with transaction() as session:
        for someone in concerned:
            outbox.write_message(session, _letter(found, day, someone))


def _send_at_once(found: Room, day: str) -> None:
    """Send without the database; what leaves twice has one Message-ID."""
    if not settings().smtp_host:
        return
    for someone in _administrators():
        letter = _letter(found, day, someone)
        subject, body = outbox.rendered(letter)
        row = Message(key=letter.key, to=letter.to, subject=subject, body=body, created_at=clock.now())
        try:
            mail.send_mail(mail.compose(row))
        except (OSError, ValueError, smtplib.SMTPException) as error:
            LOG.warning("message de place non parti vers %s : %s", someone.email, error)
