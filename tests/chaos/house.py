"""The house that is damaged: a home on a small disk, its databases, and the service that a service manager keeps up."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx
import psycopg

from tasks.settings import ROOT

DISK = "2g"
AGAIN_SECONDS = 5  # as a service manager does (RestartSec=5)
PEOPLE = "tests.chaos.people"
PROGRAMS = Path("/usr/lib/postgresql")


def free_port() -> int:
    """Return a port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgres:
    """A PostgreSQL server for the application and for Prefect, started again when it dies."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.port = folder / "pg", folder / "pg" / "cluster", free_port()
        self.programs = max(PROGRAMS.glob("*/bin"))
        self.process: subprocess.Popen[bytes] | None = None
        self.folder.mkdir(parents=True)
        self.user: list[str] = []
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            self.user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
            shutil.chown(self.folder, "nobody", "nogroup")
            folder.chmod(0o755)  # it must reach its own
        words = [
            *self.user,
            str(self.programs / "initdb"),
            "-D",
            str(self.data),
            "-U",
            "achats",
            "-A",
            "trust",
        ]
        subprocess.run(words, check=True, capture_output=True, cwd=self.folder)

    def start(self) -> None:
        """Start the server and make its two databases the first time."""
        words = [
            str(self.programs / "postgres"),
            "-D",
            str(self.data),
            "-p",
            str(self.port),
            "-k",
            str(self.folder),
        ]
        self.process = subprocess.Popen(
            [*self.user, *words], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        while not self.answers():
            time.sleep(0.3)
        with psycopg.connect(self.address("postgres", ""), autocommit=True) as link:
            known = {row[0] for row in link.execute("SELECT datname FROM pg_database")}
            for name in {"achats", "prefect"} - known:
                link.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]

    def answers(self) -> bool:
        """Return whether the server takes a question."""
        with suppress(psycopg.Error), psycopg.connect(self.address("postgres", ""), connect_timeout=3):
            return True
        return False

    def address(self, name: str, driver: str) -> str:
        """Return the address of a database for a driver of SQLAlchemy."""
        return f"postgresql{driver}://achats@127.0.0.1:{self.port}/{name}"

    def pids(self) -> list[int]:
        """Return the processes of the server."""
        if self.process is None or self.process.poll() is not None:
            return []
        with suppress(OSError, ValueError):
            first = int((self.data / "postmaster.pid").read_text(encoding="ascii").split()[0])
            return [first, *_children(first)]
        return []

    def keep_up(self) -> None:
        """Start the server again once it has died."""
        if self.process and self.process.poll() is not None and not self.pids():
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            self.start()

    def stop(self) -> None:
        """End the server."""
        if self.process and self.process.poll() is None:
            for pid in self.pids():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait()


def _children(parent: int) -> list[int]:
    with suppress(OSError):
        return [
            int(one)
            for one in Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
        ]
    return []


class House:
    """One home directory, its databases, its service and its people."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.home = folder, folder / "disque" / "home"
        self.is_small = self._mount()
        self.home.mkdir(parents=True, exist_ok=True)
        self.port, self.pages = free_port(), free_port()
        self.environment = {**os.environ, "ACHATS_HOME": str(self.home), "PYTHONUNBUFFERED": "1"}
        for name in ("PREFECT_API_URL", "ACHATS_DATABASE_URL", "PREFECT_LOGGING_LEVEL"):
            self.environment.pop(name, None)
        self.postgres = Postgres(folder) if database == "postgres" else None
        if self.postgres:
            self.postgres.start()
            self.environment["ACHATS_DATABASE_URL"] = self.postgres.address("achats", "+psycopg")
            self.environment["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = self.postgres.address(
                "prefect", "+asyncpg"
            )
        os.environ.update(
            {
                name: self.environment[name]
                for name in ("ACHATS_HOME", "ACHATS_DATABASE_URL")
                if name in self.environment
            }
        )
        self.supervisor: subprocess.Popen[bytes] | None = None
        self.people: subprocess.Popen[bytes] | None = None
        self.starts, self.down_at = 0, 0.0

    def _mount(self) -> bool:
        """Put the home on a disk of its own that can be filled; False when this machine does not allow it."""
        disk = self.folder / "disque"
        disk.mkdir(parents=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(disk)],
            capture_output=True,
            check=False,
        )
        return done.returncode == 0

    def load(self) -> None:
        """Load the demonstration group."""
        group = str(ROOT / "examples" / "ght-demo.toml")
        for words in (["repetition", "preparer"], ["importer", "organisation", group]):
            achats = [sys.executable, "-m", "flows", *words]
            subprocess.run(achats, cwd=ROOT, env=self.environment, check=True, capture_output=True)

    def start(self) -> None:
        """Start the service, as a service manager does."""
        words = [sys.executable, "-m", "flows", "demarrer", "--port-prefect", str(self.port)]
        words += ["--port-pages", str(self.pages), "--processus-pages", "1"]
        self.starts += 1
        with (self.folder / "demarrer.log").open("ab") as log:
            self.supervisor = subprocess.Popen(
                words, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def keep_up(self) -> None:
        """Do what the service manager and the people do: start the service again, come back to the screen."""
        if self.postgres:
            self.postgres.keep_up()
        if self.supervisor is None or self.supervisor.poll() is not None:
            self.down_at = self.down_at or time.monotonic()
            if time.monotonic() - self.down_at > AGAIN_SECONDS:
                self.down_at = 0.0
                self.start()
        if self.people is None or self.people.poll() is not None:
            with (self.folder / "personnes.log").open("ab") as log:
                self.people = subprocess.Popen(
                    [sys.executable, "-m", PEOPLE], cwd=ROOT, env=self.environment, stdout=log, stderr=log
                )

    def answers(self, path: str) -> bool:
        """Return whether an address of the service answers; `/api` is Prefect's."""
        port = self.port if path.startswith("/api") else self.pages
        with suppress(httpx.HTTPError):
            return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=2).is_success
        return False

    def processes(self, *words: str) -> list[int]:
        """Return the living processes of this home whose command line holds all the words."""
        mark = f"ACHATS_HOME={self.home}".encode()
        found = []
        for one in Path("/proc").iterdir():
            if not one.name.isdigit() or int(one.name) == os.getpid():
                continue
            with suppress(OSError):
                if mark not in (one / "environ").read_bytes().split(b"\0"):
                    continue
                line = (one / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if line and all(word in line for word in words):
                    found.append(int(one.name))
        return found

    def segments(self) -> list[int]:
        """Return the processes of runs: forks of the fork server."""
        forks = set(self.processes("multiprocessing.forkserver"))
        return [pid for pid in forks if _parent(pid) in forks]

    def close(self) -> None:
        """End every process of the home, and take its disk away."""
        for _ in range(3):
            for pid in self.processes():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(1)
        if self.postgres:
            self.postgres.stop()
        if self.is_small:
            subprocess.run(["umount", "-l", str(self.folder / "disque")], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


def _parent(pid: int) -> int:
    with suppress(OSError, IndexError, ValueError):
        return int(
            Path(f"/proc/{pid}/stat")
            .read_text(encoding="ascii", errors="replace")
            .rpartition(")")[2]
            .split()[1]
        )
    return 0
