"""The damage: which process is killed, frozen or set to a wrong time, what disk is filled; when all is well again."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median

from pydantic import BaseModel
from sqlmodel import select

from models.leases import Lease
from models.process.procurement import StageVisit
from tasks.settings import ROOT
from tasks.store import reading
from tests.chaos.house import PEOPLE, House

FROZEN = (3, 45)  # seconds
FULL = (5, 20)
STEPS = (-7200, -600, -20, 20, 600, 7200)


class Hit(BaseModel):
    """One piece of damage: its kind, when, how long it lasted, and after how many seconds all was well again."""

    kind: str
    at: float
    healed: float | None = None  # the process is back and answers
    onward: float | None = None  # what it worked on is done
    stays: set[tuple[str, str, int]] = set()
    processes: int = 0


class Damage:
    """Does damage at random, each kind as often as the others, and watches until it is mended."""

    def __init__(self, house: House, seed: int) -> None:
        self.house, self.random = house, random.Random(seed)
        self.hits: list[Hit] = []
        self.frozen: dict[int, float] = {}
        self.silent: set[int] = (
            set()
        )  # the processes of the database that are frozen: nothing can be asked of it
        self.filled: tuple[Path, float] | None = None
        self.stranger: subprocess.Popen[bytes] | None = None
        self.left_out: list[str] = []
        self.kinds = self._kinds()

    def _kinds(self) -> list[str]:
        names = ["segment", "forkserver", "worker", "server", "pages", "supervisor", "lookout", "player"]
        if self.house.postgres:
            names.append("database")
        kinds = [f"{how} {name}" for name in names for how in ("kill", "freeze")] + ["clock worker"]
        if self.house.is_small:
            kinds.append("full disk")
        else:
            self.left_out.append("full disk (no disk of its own: not root)")
        if not self.house.postgres:
            self.left_out.append("database (a file: SQLite has no process)")
        return kinds

    def targets(self, name: str) -> list[int]:
        """Return the processes of that name."""
        house = self.house
        look: dict[str, Callable[[], list[int]]] = {
            "segment": house.segments,
            "forkserver": lambda: house.processes("multiprocessing.forkserver"),
            "worker": lambda: house.processes("worker", "start"),
            "server": lambda: house.processes("server", "start"),
            "pages": lambda: house.processes("portal.app"),
            "supervisor": lambda: house.processes("flows", "demarrer"),
            "lookout": lambda: house.processes("lookout"),
            "player": lambda: house.processes(PEOPLE),
            "database": lambda: house.postgres.pids() if house.postgres else [],
        }
        return look[name]()

    def strike(self) -> Hit | None:
        """Do one piece of damage; None when there was nothing to hit."""
        kind = self.random.choice(self.kinds)
        hit = Hit(kind=kind, at=time.monotonic(), stays=self._at_work())
        how, _, name = kind.partition(" ")
        if how == "full":
            hit.processes = self._fill()
        elif how == "clock":
            hit.processes = self._wrong_clock()
        else:
            hit.processes = self._hit(how, name)
        if not hit.processes:
            return None
        self.hits.append(hit)
        return hit

    def _hit(self, how: str, name: str) -> int:
        found = self.targets(name)
        if name == "segment" and found:
            found = [self.random.choice(found)]
        until = time.monotonic() + self.random.uniform(*FROZEN)
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if how == "kill" else signal.SIGSTOP)
                if how == "freeze":
                    self.frozen[pid] = until
                    self.silent |= {pid} if name == "database" else set()
        return len(found)

    def _fill(self) -> int:
        """Fill the disk of the home for some seconds."""
        if self.filled:
            return 0
        file = self.house.folder / "disque" / "plein"
        with suppress(OSError), file.open("wb") as stream:
            while True:
                stream.write(b"\0" * 1_000_000)
        self.filled = (file, time.monotonic() + self.random.uniform(*FULL))
        return 1

    def _wrong_clock(self) -> int:
        """Start a second worker whose clock is wrong, in place of the one before."""
        self.end_stranger()
        step = self.random.choice(STEPS)
        access = {
            "PREFECT_API_URL": f"http://127.0.0.1:{self.house.port}/api",
            "ACHATS_CLOCK_STEP": str(step),
        }
        words = [sys.executable, "-m", "tests.chaos.stranger"]
        with (self.house.folder / "autre-worker.log").open("ab") as log:
            self.stranger = subprocess.Popen(
                words, cwd=ROOT, env={**self.house.environment, **access}, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        return 1

    def end_stranger(self) -> None:
        """End the worker whose clock is wrong, as a power cut does."""
        if self.stranger and self.stranger.poll() is None:
            os.killpg(self.stranger.pid, signal.SIGKILL)
            self.stranger.wait()

    def _at_work(self) -> set[tuple[str, str, int]]:
        if self.silent:
            return set()
        with suppress(Exception), reading() as session:
            return {(one.ref, one.work, one.visit) for one in session.exec(select(Lease)) if one.ref}
        return set()

    def mend(self, everything: bool = False) -> None:
        """Let go on what was frozen long enough, empty the disk again."""
        now = time.monotonic()
        for pid, until in list(self.frozen.items()):
            if now >= until or everything:
                del self.frozen[pid]
                self.silent.discard(pid)
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
        if self.filled and (now >= self.filled[1] or everything):
            self.filled[0].unlink(missing_ok=True)
            self.filled = None

    def watch(self) -> None:
        """Note what is well again."""
        now = time.monotonic()
        for hit in () if self.silent else self.hits:
            if hit.healed is None and self._is_well(hit):
                hit.healed = now - hit.at
            if hit.onward is None and hit.stays and self._is_done(hit.stays):
                hit.onward = now - hit.at

    def _is_well(self, hit: Hit) -> bool:
        _, _, name = hit.kind.partition(" ")
        if self.frozen or (name == "disk" and self.filled):
            return False
        match name:
            case "segment" | "forkserver":
                return True  # made again when a run needs it
            case "server" | "supervisor" | "disk":
                return self.house.answers("/api/health")
            case "pages":
                return self.house.answers("/sante")
            case "database":
                return self.house.postgres is not None and self.house.postgres.answers()
            case _:
                return bool(self.targets(name))

    def _is_done(self, stays: set[tuple[str, str, int]]) -> bool:
        with suppress(Exception), reading() as session:
            rows = session.exec(select(StageVisit)).all()
            state = {(row.ref, row.stage, row.visit): row.settled_at or row.left_at for row in rows}
            return all(state.get(stay) for stay in stays)
        return False

    def table(self) -> str:
        """Return the hits by kind, with the seconds until each was well again and until its work was done."""
        lines = [
            f"{'damage':<20}{'hits':>6}{'well again: median':>22}{'worst':>8}{'work done: median':>22}{'worst':>8}"
        ]
        for kind in sorted({hit.kind for hit in self.hits}):
            hits = [hit for hit in self.hits if hit.kind == kind]
            healed = [hit.healed for hit in hits if hit.healed is not None]
            onward = [hit.onward for hit in hits if hit.onward is not None]
            lines.append(f"{kind:<20}{len(hits):>6}{_two(healed, 22)}{_two(onward, 22)}")
        every = [hit.healed for hit in self.hits if hit.healed is not None]
        worked = [hit.onward for hit in self.hits if hit.onward is not None]
        lines.append(f"{'all':<20}{len(self.hits):>6}{_two(every, 22)}{_two(worked, 22)}")
        return "\n".join(lines)


def _two(seconds: list[float], width: int) -> str:
    return f"{median(seconds):>{width}.1f}{max(seconds):>8.1f}" if seconds else f"{'-':>{width}}{'-':>8}"
