"""What time it is: the real clock, or one moved forward for a rehearsal.

The shift lives in the home directory, so that every process of a rehearsal agrees; it can only grow. It counts only in
a home made for a rehearsal: a file laid in a real home moves no legal date.
"""

import time as time_module
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.errors import BadInput, NotAllowed
from tasks import storage
from tasks.settings import settings

PARIS = ZoneInfo("Europe/Paris")
SHIFT_FILE = "horloge-de-repetition"
PATIENCE = timedelta(seconds=60)
LARGEST_SKEW = timedelta(hours=1)
REHEARSAL_FILE = "dossier-de-repetition"


def is_rehearsal() -> bool:
    """Return whether this home was made for a rehearsal."""
    return (settings().home / REHEARSAL_FILE).is_file()


def mark_rehearsal() -> None:
    """Make this home one of a rehearsal, for ever; see `tasks.rehearsal.playing.begin`."""
    (settings().home / REHEARSAL_FILE).write_text("L'horloge de ce dossier peut avancer.\n", encoding="utf-8")


def is_laid_beside() -> bool:
    """Return whether a shift was laid in a home that is not one of a rehearsal; it has no effect."""
    return (settings().home / SHIFT_FILE).exists() and not is_rehearsal()


def shift() -> timedelta:
    """Return how far the clock of this home is ahead of the real one (zero outside rehearsals)."""
    try:
        text = (settings().home / SHIFT_FILE).read_text(encoding="utf-8")
        return timedelta(seconds=int(text)) if is_rehearsal() else timedelta()
    except (FileNotFoundError, ValueError):
        return timedelta()


def machine() -> datetime:
    """Return what time it is for this process, rehearsal left out; `ACHATS_CLOCK_STEP` sets it wrong, to try that."""
    return datetime.now(UTC) + timedelta(seconds=settings().clock_step)


def now() -> datetime:
    """Return the present instant, in UTC."""
    return machine() + shift()


def today() -> date:
    """Return the present day of the legal calendar (Europe/Paris)."""
    return now().astimezone(PARIS).date()


def local(instant: datetime) -> datetime:
    """Return an instant in the time of the legal calendar, for people to read."""
    return instant.astimezone(PARIS)


def at(day: date) -> datetime:
    """Return the present instant when the day is today; for another day, eight in the morning in Paris."""
    return now() if day == today() else datetime.combine(day, time(8), PARIS)


def real(instant: datetime) -> datetime:
    """Return when an instant of this clock happens on the real one: what Prefect schedules by."""
    return instant - shift()


def wait_for(instant: datetime) -> bool:
    """Wait for an instant that is about to come, a minute at most; return whether it has come.

    A machine whose clock is behind the one that started its run wakes too early: it waits, it does not give up.
    """
    ahead = instant - now()
    if ahead > PATIENCE:
        return False
    if ahead > timedelta():
        time_module.sleep(ahead.total_seconds())
    return True


def again_at(due_at: datetime) -> datetime:
    """Return when a run that woke too early for its date must be asked again: later by as much as it was early.

    Prefect asks by its own clock, ahead of this one by so much. A run that somebody started by hand days before its
    date says nothing of clocks: it is asked again at its date.
    """
    early = due_at - now()
    return due_at + early if timedelta() < early < LARGEST_SKEW else due_at


def move_to(instant: datetime) -> None:
    """Move the clock of this home forward to an instant (rehearsals only); moving it back is refused."""
    if not is_rehearsal():
        raise NotAllowed(
            "L'horloge n'avance que dans un dossier de répétition (achats demo, ou achats repetition preparer) : "
            "celui-ci est celui d'un vrai groupement."
        )
    ahead = instant - datetime.now(UTC)
    if ahead < shift():
        raise BadInput("L'horloge de répétition ne recule pas.")
    storage.write(SHIFT_FILE, str(int(ahead.total_seconds()) + 1).encode())
