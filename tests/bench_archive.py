"""Measure what a home of many years costs to copy, verify, export, bring back and keep small; prints, asserts nothing.

`python -m tests.bench_archive [LINES]` fills a home of 2,000 purchases, 20,000 contracts and so many lines of journal.
"""

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests import bench_fill
from tests.conftest import forget_settings


def told(what: str, work: Callable[[], object]) -> None:
    """Do something and print how long it took."""
    begin, cpu = time.monotonic(), time.process_time()
    work()
    print(f"{what:<42} {time.monotonic() - begin:7.1f} s   CPU {time.process_time() - cpu:6.1f} s")


def main(lines: int) -> None:
    """Fill, then measure."""
    from tasks.archive import backup, copies, envelope, exporting, restoring
    from tasks.process import journal_check
    from tasks.settings import settings

    bench_fill.LINES = lines
    with tempfile.TemporaryDirectory(prefix="achats-bench-") as name:
        root = Path(name)
        os.environ["ACHATS_HOME"] = str(root / "home")
        told(f"fill ({lines} lines of journal)", bench_fill.fill)
        print(f"database {(settings().home / 'achats.sqlite').stat().st_size / 1e6:.0f} MB")
        order = backup.Order(folder=root / "copies", by_code=False)
        told("first backup", lambda: backup.back_up(order))
        told("second backup", lambda: backup.back_up(order))
        manifest = copies.load(root / "copies")
        told("verify the backup", lambda: copies.verify(root / "copies", manifest))
        told("export of the group", lambda: exporting.export("TOUT", root / "tout.zip", envelope.Sealing()))
        print(f"export {(root / 'tout.zip').stat().st_size / 1e6:.0f} MB")
        told(
            "export of one purchase",
            lambda: exporting.export(bench_fill.ref(1), root / "un.zip", envelope.Sealing()),
        )
        told("journal verifier", journal_check.verified)
        told("write the database again (VACUUM)", compact)
        os.environ["ACHATS_HOME"] = str(root / "autre")
        forget_settings()
        told(
            "restore on another machine", lambda: restoring.restore(restoring.Return(folder=root / "copies"))
        )
        print(f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
        forget_settings()


def compact() -> None:
    """Write the database again whatever it holds."""
    from tasks import compaction
    from tasks.settings import settings

    compaction.WORTH_IT, compaction.LEAST = 0, 0
    compaction.compact(settings().home / "achats.sqlite")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else bench_fill.LINES)
