"""Keeping a home small for years: previews not read lately, technical logs, room given back by databases."""

import time
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel
from sqlalchemy.engine import make_url

from tasks import technical_logs
from tasks.compaction import Compacted, compact
from tasks.runs import leftovers
from tasks.settings import prefect_folder, settings
from tasks.steps import step

DAY = 86_400


class Upkeep(BaseModel):
    """What an upkeep did."""

    apercus: int = 0
    octets_rendus: int = 0
    restes: int = 0
    journaux: list[str] = []
    base: Compacted = Compacted()
    prefect: Compacted = Compacted()


@step("Entretenir")
def keep_up(prefect_rests: bool = False) -> Upkeep:
    """Take away what can be made again, turn the logs, write again the databases that are largely empty.

    Prefect's own database is written again only while its server rests (`prefect_rests`), at the start of the service.
    """
    done = Upkeep()
    for path in _old_previews():
        with suppress(OSError):
            size = path.stat().st_size
            path.unlink()
            done.apercus, done.octets_rendus = done.apercus + 1, done.octets_rendus + size
    left = leftovers.clean()
    done.restes, done.octets_rendus = left.fichiers, done.octets_rendus + left.octets
    done.journaux = technical_logs.turn()
    url = settings().database
    if url.startswith("sqlite"):
        done.base = compact(Path(make_url(url).database or ""))
    if prefect_rests:
        done.prefect = compact(prefect_folder() / "prefect.db")
    return done


def _old_previews() -> list[Path]:
    """Return the previews that nobody has read for longer than the settings say: they are made again at need."""
    limit = time.time() - settings().preview_days * DAY
    found = [path for path in (settings().home / "apercus").glob("*.pdf") if path.is_file()]
    return [path for path in found if max(path.stat().st_atime, path.stat().st_mtime) < limit]
