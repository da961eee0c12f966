"""Keeping a home small for years: previews not read lately, technical logs, room given back by databases."""

import shutil
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

from pydantic import BaseModel
from sqlalchemy.engine import make_url

from tasks import technical_logs
from tasks.runs import leftovers
from tasks.settings import prefect_folder, settings
from tasks.steps import step
from tasks.store import BUSY_SECONDS

WORTH_IT = 0.2  # part of a database that must be empty pages before it is written again
LEAST = 10_000_000  # bytes: a small database is left alone
DAY = 86_400


class Compacted(BaseModel):
    """A database before and after: its size in bytes, and whether it was written again."""

    avant: int = 0
    apres: int = 0
    est_compactee: bool = False
    motif: str = ""


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


def compact(file: Path) -> Compacted:
    """Write a SQLite database again without its empty pages when they are many and the disk has room for it."""
    if not file.exists():
        return Compacted()
    before = file.stat().st_size
    try:
        with closing(sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("PRAGMA optimize")
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            (free,) = connection.execute("PRAGMA freelist_count").fetchone()
            if before < LEAST or free < WORTH_IT * pages:
                return Compacted(avant=before, apres=file.stat().st_size)
            if shutil.disk_usage(file.parent).free < 2 * before:
                return Compacted(avant=before, apres=before, motif="pas assez de place libre pour la récrire")
            connection.execute("VACUUM")
    except sqlite3.OperationalError as error:
        return Compacted(avant=before, apres=before, motif=f"occupée ({error})")
    return Compacted(avant=before, apres=file.stat().st_size, est_compactee=True)
