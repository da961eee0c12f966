"""The technical logs of the service: bounded, the last ones kept beside; their processes go on writing meanwhile."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from tasks.settings import settings

LARGEST = 5_000_000  # bytes of a log in use
KEPT = 4  # former ones, NAME.log.1 the newest


def folder() -> Path:
    """Return the folder of the technical logs."""
    found = settings().home / "journaux-techniques"
    found.mkdir(parents=True, exist_ok=True)
    return found


def turn(largest: int = LARGEST) -> list[str]:
    """Put aside every log that has grown too large; return their names.

    A process holds its log open at its end: the file is copied and emptied, never moved. What is written between the
    two is lost, a few lines at most.
    """
    turned = []
    for log in sorted(folder().glob("*.log")):
        with suppress(OSError):
            if log.stat().st_size <= largest:
                continue
            for rank in range(KEPT - 1, 0, -1):
                former = log.with_name(f"{log.name}.{rank}")
                if former.exists():
                    former.replace(log.with_name(f"{log.name}.{rank + 1}"))
            shutil.copyfile(log, log.with_name(f"{log.name}.1"))
            os.truncate(log, 0)
            turned.append(log.name)
    return turned
