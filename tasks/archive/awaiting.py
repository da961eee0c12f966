"""The report of a restoration that nobody has confirmed yet, as it was kept; Prefect is not asked."""

from models.archive.since import Since
from models.errors import Unavailable
from tasks import storage
from tasks.archive import aftermath
from tasks.outgoing import restored
from tasks.store import reading


def place_of(number: int) -> str:
    """Return where the report of a restoration is kept in the home directory."""
    return f"restaurations/{number}.json"


def report() -> Since | None:
    """Return the report of the restoration that waits, None when none does."""
    with reading() as session:
        row = restored.awaiting(session)
        if row is None:
            return None
        seen = aftermath.since(session, row, None, [])
    try:
        return Since.model_validate_json(storage.read(place_of(row.number)))
    except Unavailable:  # an import, or a restoration killed before its report was written
        return seen
