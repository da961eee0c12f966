"""Runs that fail: told to the administrators and buyers, even when the database was the cause and comes back later.

The report is written in the outbox; while the database is away it is kept as a file of the home directory, which the
next round that finds the database puts in the outbox, once.
"""

import logging
from contextlib import suppress

from pydantic import BaseModel, ValidationError

from models.errors import Failure
from models.organisation.group import Role
from models.process.procurement import Procurement
from models.process.table import stage_of
from tasks import clock, storage
from tasks.organisation import people
from tasks.outgoing import mail, outbox
from tasks.settings import settings
from tasks.store import transaction

LOG = logging.getLogger("achats.runs")
FOLDER = "echecs"
LONGEST_REASON = 1000


class Report(BaseModel):
    """A run that failed: its number and name, the purchase that it carried if any, and why."""

    run: str
    name: str
    ref: str
    reason: str


def report(found: Report) -> None:
    """Tell a failure now, or keep it until the database is back; never raises for a database or a disk that fails."""
    try:
        _write(found)
    except Failure as error:
        LOG.warning("échec du run %s gardé dans %s : %s", found.name, FOLDER, error)
        with suppress(Failure):
            storage.write(f"{FOLDER}/{found.run}.json", found.model_dump_json().encode())
        return
    mail.send_pending()


def tell_kept() -> int:
    """Tell the failures that were kept while the database was away; return how many."""
    told = 0
    for file in sorted((settings().home / FOLDER).glob("*.json")):
        try:
            _write(Report.model_validate_json(file.read_bytes()))
        except (OSError, ValidationError) as error:
            LOG.warning("compte rendu d'échec illisible : %s (%s)", file.name, error)
            continue
        file.unlink(missing_ok=True)
        told += 1
    if told:
        mail.send_pending()
    return told


def _write(found: Report) -> None:
    with transaction() as session:
        procurement = session.get(Procurement, found.ref) if found.ref else None
        roles = [Role.ADMINISTRATOR, Role.BUYER] if procurement else [Role.ADMINISTRATOR]
        for someone in people.holders(session, roles, clock.today()):
            letter = _letter(found, procurement, someone.email, someone.name)
            outbox.write_message(session, letter, procurement)


def _letter(found: Report, procurement: Procurement | None, email: str, name: str) -> outbox.Letter:
    return outbox.Letter(
        key=f"{found.ref}:echec:{found.run}:{email}",
        to=email,
        template="traitement_en_echec",
        values={
            "nom": name,
            "etape": stage_of(procurement.stage).label if procurement else found.name,
            "motif": found.reason.replace("\x00", "")[:LONGEST_REASON],
        },
    )
