"""A home made for a rehearsal: its clock may be moved forward, and the journal says so from its first line."""

from datetime import datetime

from sqlmodel import select

from models.errors import NotAllowed
from models.journal import REHEARSAL_HOME, Fact, JournalLine
from tasks import clock, journal
from tasks.store import transaction

CLOCK = "horloge de répétition"


def begin() -> None:
    """Make this home one of a rehearsal; refused where the journal of a real group has begun."""
    if clock.is_rehearsal():
        return
    with transaction() as session:
        if session.exec(select(JournalLine.seq).limit(1)).first() is not None:
            raise NotAllowed(
                "Ce dossier est celui d'un vrai groupement : une répétition se joue dans un dossier neuf "
                "(ACHATS_HOME=…)."
            )
        entry = journal.Entry(fact=Fact.CLOCK, subject=REHEARSAL_HOME, reason="l'horloge peut y avancer")
        journal.write(session, entry)
        clock.mark_rehearsal()


def move_to(instant: datetime) -> None:
    """Move the clock of a rehearsal forward; the journal keeps from when to when."""
    before = clock.now()
    clock.move_to(instant)
    entry = journal.Entry(
        fact=Fact.CLOCK,
        subject=CLOCK,
        before=before.isoformat(timespec="seconds"),
        after=instant.isoformat(timespec="seconds"),
    )
    with transaction() as session:
        journal.write(session, entry)
