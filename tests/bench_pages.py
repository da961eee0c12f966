"""Measures the pages with many purchases and 20 people at once: `python -m tests.bench_pages` prints a table.

The pages are served as `achats demarrer` serves them, on what `tests.bench_fill` writes. Two readings of « 20 people
at once »: each asks for her next page as soon as she has the last one (nobody reads: the hardest that 20 people can
do), and each reads for one second before the next. Every answer is whole, from another process, over HTTP; the
purchases and people differ from one request to the next. CPU is that of the processes that serve the pages.
"""

import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import NamedTuple

import httpx

from tasks.access import sessions
from tests.bench_fill import PREVIEW, fill, one_of_each
from tests.portal_scene import (
    ADMINISTRATOR,
    BUYER,
    DIRECTOR,
    LEGAL,
    MEMBER,
    PRESCRIBER,
    PURCHASING,
    give_access,
)

PEOPLE, TURNS, PAUSED_TURNS = 20, 25, 10
WARM_SECONDS = 20
ALL = "tous"
SCREENS = (
    ("À faire", "/", ALL),
    ("À faire, page 4", "/?page=4", ALL),
    ("Achats", "/achats", ALL),
    ("Achats, recherche", "/achats?q=perfusion&tri=montant", ALL),
    ("Un achat", "/achats/{ref}", ALL),
    ("Versions", "/achats/{ref}/versions", ALL),
    ("Recueil des besoins", "/achats/{needs}/repondre", MEMBER),
    ("Visa", "/achats/{review}/repondre", LEGAL),
    ("Signature", "/achats/{dce_approval}/repondre", DIRECTOR),
    ("Aperçu du DCE", PREVIEW, ALL),
    ("Contrats", "/contrats", ALL),
    ("Contrats, recherche", "/contrats?q=titulaire+12&etat=tous", ALL),
    ("Un contrat", "/contrats/fiche?cle={contract}", DIRECTOR),
    ("Risques", "/risques", ALL),
    ("Délégations", "/delegations", ALL),
    ("Organisation", "/organisation", ADMINISTRATOR),
)


class Measured(NamedTuple):
    """What one screen took: milliseconds, sorted, and the CPU of the server for each answer."""

    took: list[float]
    cpu: float

    @property
    def median(self) -> float:
        """Return half of the answers took less."""
        return statistics.median(self.took)

    @property
    def p95(self) -> float:
        """Return 95 of 100 answers took less."""
        return self.took[int(len(self.took) * 0.95)]


class Crowd:
    """Twenty people, each with a session and a connection that stays open, as browsers do."""

    def __init__(self, port: int, tokens: list[str], servers: list[int]) -> None:
        self.servers = servers
        self.people = [
            (http.client.HTTPConnection("127.0.0.1", port, timeout=60), {"Cookie": f"achats_session={token}"})
            for token in tokens
        ]
        self._ranks = count()

    def visit(self, path: str, turns: int, pause: float = 0) -> Measured:
        """Return what a page takes when everybody asks for it so many times."""
        before = self._cpu()
        with ThreadPoolExecutor(len(self.people)) as crowd:
            every = list(crowd.map(lambda who: self._turns(*who, path, turns, pause), self.people))
        took = sorted(one for some in every for one in some)
        return Measured(took, (self._cpu() - before) / len(took) * 1000)

    def _turns(
        self, line: http.client.HTTPConnection, headers: dict[str, str], path: str, turns: int, pause: float
    ):
        found = []
        for _ in range(turns):
            rank = next(self._ranks)
            if pause:  # people do not start together, nor keep in step
                time.sleep(pause * (0.5 + rank * 0.618 % 1))
            address = path.format(**one_of_each(rank * 37))
            before = time.perf_counter()
            status = _ask(line, address, headers)
            found.append((time.perf_counter() - before) * 1000)
            assert status == httpx.codes.OK, (address, status)
        return found

    def _cpu(self) -> float:
        ticks = 0
        for pid in self.servers:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def _ask(line: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> int:
    """Return the status of an answer read whole; a connection that idled too long is opened again, as browsers do."""
    try:
        line.request("GET", path, headers=headers)
        answer = line.getresponse()
    except (http.client.RemoteDisconnected, ConnectionError):
        line.close()
        line.request("GET", path, headers=headers)
        answer = line.getresponse()
    answer.read()
    return answer.status


@contextmanager
def pages(folder: Path, processes: int) -> Iterator[tuple[int, list[int]]]:
    """Serve the pages as `achats demarrer` does; give their port and processes."""
    from tasks.runs.ports import listen
    from tasks.runs.server import pages_board, pages_process

    with listen(None) as listener, pages_board(processes) as board, (folder / "pages.log").open("wb") as log:
        port = listener.getsockname()[1]
        children = [pages_process(listener, board, rank, dict(os.environ)) for rank in range(processes)]
        running = [
            subprocess.Popen(
                child.words, env=child.environment, pass_fds=child.descriptors, stdout=log, stderr=log
            )
            for child in children
        ]
        try:
            httpx.get(f"http://127.0.0.1:{port}/sante", timeout=60)
            time.sleep(WARM_SECONDS)  # the client of Prefect loads behind the first pages
            yield port, [one.pid for one in running]
        finally:
            for one in running:
                one.terminate()
            for one in running:
                one.wait()


def main() -> None:
    """Fill a home (or take the one that ACHATS_BENCH_HOME keeps), serve its pages, measure."""
    processes = [int(word) for word in sys.argv[1:]] or [1]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(os.environ.get("ACHATS_BENCH_HOME", folder))
        os.environ["ACHATS_HOME"] = str(home)
        sessions = _prepare(home)
        for number in processes:
            with pages(home, number) as (port, servers):
                _measure({name: Crowd(port, some, servers) for name, some in sessions.items()}, number)


def _prepare(home: Path) -> dict[str, list[str]]:
    """Return twenty sessions of each person, and twenty of the seven taking turns."""
    people = (BUYER, DIRECTOR, LEGAL, MEMBER, PURCHASING, PRESCRIBER, ADMINISTRATOR)
    if not (home / "achats.sqlite").exists():
        before = time.perf_counter()
        fill()
        for email in people:
            give_access(email)
        print(f"rempli en {time.perf_counter() - before:.0f} s")
    crowds = {one: [one] * PEOPLE for one in people}
    crowds[ALL] = [people[rank % len(people)] for rank in range(PEOPLE)]
    return {
        name: [sessions.open_session(one, "bench").token for one in some] for name, some in crowds.items()
    }


def _measure(crowds: dict[str, Crowd], processes: int) -> None:
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"\n{PEOPLE} personnes ; {processes} processus des pages ; {os.cpu_count()} cœurs, charge {load}")
    print(f"{'':22} {'sans pause (ms)':>20} {'CPU':>7} {'1 s de lecture (ms)':>24}")
    print(f"{'écran':22} {'médiane':>10} {'p95':>9} {'ms':>7} {'médiane':>14} {'p95':>9}", flush=True)
    for name, path, who in SCREENS:
        crowd = crowds[who]
        crowd.visit(path, 2)
        hard, easy = crowd.visit(path, TURNS), crowd.visit(path, PAUSED_TURNS, 1)
        figures = f"{hard.median:10.0f} {hard.p95:9.0f} {hard.cpu:7.1f} {easy.median:14.0f} {easy.p95:9.0f}"
        print(f"{name:22} {figures}", flush=True)


if __name__ == "__main__":
    main()
