"""Measures the watch on large registers: the query for due contracts, a whole sweep, its memory, and their growth.

    python -m tests.bench_watch [size …]

Contracts end day after day over thirty years, a tenth of the past ones was never renewed. Prints, asserts nothing.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta

SIZES = (10_000, 100_000, 1_000_000)
FIRST, DAYS, TODAY = date(2010, 1, 1), 30 * 365, date(2026, 11, 23)
ROUNDS = 30
DUE_EACH_DAY = 5


def fill(size: int) -> None:
    """Fill the register: `size` contracts, all the past ones renewed but those of the last day."""
    from sqlalchemy import insert

    from models.contracts.register import Contract
    from tasks.store import transaction

    now = datetime(2026, 1, 1, tzinfo=UTC)
    with transaction() as session:
        for start in range(0, size, 20_000):
            rows = [_row(rank, size, now) for rank in range(start, min(size, start + 20_000))]
            session.execute(insert(Contract), rows)


def _row(rank: int, size: int, now: datetime) -> dict[str, object]:
    alert = FIRST + timedelta(days=rank * DAYS // size)
    is_due = TODAY - timedelta(days=1) < alert <= TODAY and rank % max(1, size // DAYS // DUE_EACH_DAY) == 0
    past = alert <= TODAY and not is_due
    return {
        "number": f"M{rank:07}",
        "lot": 1,
        "objet": "Fournitures",
        "family_code": "perfusion" if rank % 50 == 0 else None,
        "cpv": "33194000",
        "nature": "fournitures",
        "procedure": "",
        "buyer_siret": "26990001500018",
        "holder": "Exemple SAS",
        "holder_key": f"s{rank % 8000}",
        "holder_rank": 1,
        "amount_ht": 50_000,
        "ends_on": alert + timedelta(days=200),
        "alert_on": alert,
        "renewal_ref": "2020-001" if past else None,
        "source": "",
        "remarks": "",
        "registered_at": now,
    }


def measure(size: int) -> None:
    """Fill one register in this process and print one line."""
    from tasks.contracts import terms
    from tasks.loading.file import load_organisation
    from tasks.runs import watch
    from tasks.settings import ROOT
    from tasks.store import reading

    load_organisation(ROOT / "examples" / "ght-demo.toml")
    start = time.perf_counter()
    fill(size)
    filled = time.perf_counter() - start
    queries = []
    with reading() as session:
        for _ in range(ROUNDS):
            start = time.perf_counter()
            due = len(terms.due_rows(session, TODAY))
            queries.append(time.perf_counter() - start)
            session.expunge_all()
    start = time.perf_counter()
    told = watch.whole(TODAY)
    first = time.perf_counter() - start
    idle = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        watch.whole(TODAY)
        idle.append(time.perf_counter() - start)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    name = f"{size:,}".replace(",", "\u202f")
    query, quiet = statistics.median(queries) * 1000, statistics.median(idle) * 1000
    print(
        f"{name:>9} marchés : {due} à échéance, requête {query:.2f} ms ; veille du jour {first:.2f} s "
        f"({len(told.expirations)} alertes et renouvellements), sans rien de neuf {quiet:.1f} ms ; "
        f"mémoire {memory} Mo ; chargement {filled:.0f} s",
        flush=True,
    )


def main(sizes: tuple[int, ...] = SIZES) -> None:
    """Measure each size in a process and a home of its own."""
    print("Veille")
    for size in sizes:
        with tempfile.TemporaryDirectory() as home:
            environment = {**os.environ, "ACHATS_HOME": home}
            words = [sys.executable, "-m", "tests.bench_watch", "--une", str(size)]
            subprocess.run(words, check=True, env=environment)


if __name__ == "__main__":
    given = sys.argv[1:]
    if given[:1] == ["--une"]:
        measure(int(given[1]))
    else:
        main(tuple(map(int, given)) or SIZES)
