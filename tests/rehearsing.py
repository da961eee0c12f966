"""Moves the clock of a test's home, which is made one of a rehearsal although its journal has begun."""

from datetime import timedelta

from models.journal import REHEARSAL_HOME, Fact
from tasks import clock, journal
from tasks.rehearsal import home
from tasks.store import transaction


def begin() -> None:
    """Make the home one of a rehearsal, once."""
    if not clock.is_rehearsal():
        with transaction() as session:
            journal.write(session, journal.Entry(fact=Fact.CLOCK, subject=REHEARSAL_HOME))
        clock.mark_rehearsal()


def forward(**how_far: float) -> None:
    """Move the clock forward, as `timedelta(**how_far)` says."""
    begin()
    home.move_to(clock.now() + timedelta(**how_far))
