"""Writing a SQLite database again without its empty pages.

Prefect is not loaded here: this is done before the service says where its server is.
"""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from pydantic import BaseModel

from tasks.store import BUSY_SECONDS

WORTH_IT = 0.2  # part of a database that must be empty pages before it is written again
LEAST = 10_000_000  # bytes: a small database is left alone


class Compacted(BaseModel):
    """A database before and after: its size in bytes, and whether it was written again."""

    avant: int = 0
    apres: int = 0
    est_compactee: bool = False
    motif: str = ""


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
