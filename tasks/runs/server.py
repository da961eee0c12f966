"""Starting Prefect's server, its worker and the pages for one home directory, keeping them up, stopping them."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import httpx
from pydantic import BaseModel, ConfigDict

from models.errors import BadInput, Unavailable
from tasks import storage, technical_logs
from tasks.home import make_prefect_access
from tasks.outgoing.dispatch import is_ready
from tasks.runs.ports import HOST, WAITING, free_port, listen, local
from tasks.settings import (
    ROOT,
    Server,
    own_prefect,
    prefect_access_file,
    prefect_environment,
    running_server,
    server_file,
    settings,
)

READY_SECONDS = 90
STOP_SECONDS = 15
MOST_PAGES = 4
RESTARTS_IN_A_ROW = 5
STEADY_SECONDS = 60
LOGS_SECONDS = 30  # between two looks at the size of the technical logs
LONGEST_REST = 60  # seconds before a process of the pages that dies again and again is started again
WORKER_TYPE = "ght"  # see tasks/runs/worker.py, which costs two seconds to import
PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)


class Ports(BaseModel):
    """The ports asked for, 0 for a free one; None takes a free one too, for the pages the usual one when it is free."""

    prefect: int | None = None
    pages: int | None = None


class Child(BaseModel):
    """One process of the service: its name, command, and how often it was started again."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    name: str
    words: list[str]
    environment: dict[str, str]
    descriptors: tuple[int, ...] = ()  # files kept open for it
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0
    failures: int = 0
    is_vital: bool = True  # the service stops when it cannot be kept up: Prefect, its worker; not the pages
    rests_until: float = 0
    needs_server: bool = False  # it cannot start before Prefect's server answers


def _die_with_parent() -> None:
    """Ask Linux to end this child if the supervisor is killed: no server is left alone on the database."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)


def usual_pages() -> int:
    """Return how many processes serve the pages when nobody says: one for each core, four at most."""
    return min(os.cpu_count() or 1, MOST_PAGES)


def pages_board(processes: int) -> IO[bytes]:
    """Return the memory in which each process of the pages says how many wait there (`portal.frame.turns`)."""
    board = tempfile.TemporaryFile()  # noqa: SIM115 (open for as long as the service runs)
    board.truncate(processes)
    return board


def pages_process(listener: socket.socket, board: IO[bytes], rank: int, environment: dict[str, str]) -> Child:
    """Return a process that serves the pages, the first has rank 0; a proxy on this machine may add TLS in front."""
    words = [sys.executable, "-m", "uvicorn", "portal.app:create_app", "--factory"]
    options = ["--fd", str(listener.fileno()), "--backlog", str(WAITING)]
    quiet = ["--no-server-header", "--no-access-log", "--log-level", "warning"]
    return Child(
        name=f"pages-{rank + 1}" if rank else "pages",
        words=[*words, *options, *quiet],
        environment={**environment, "ACHATS_PAGES_BOARD": f"{board.fileno()}:{rank}"},
        descriptors=(listener.fileno(), board.fileno()),
        is_vital=False,
    )


def prefect_processes(port: int, workers: int, environment: dict[str, str]) -> list[Child]:
    """Return Prefect's server and the worker, which runs so many segments at once."""
    prefect = [sys.executable, "-m", "prefect"]
    server = [*prefect, "server", "start", "--host", settings().prefect_host, "--port", str(port)]
    worker = [*prefect, "worker", "start", "--pool", "ght", "--type", WORKER_TYPE, "--limit", str(workers)]
    return [
        Child(name="serveur", words=server, environment=environment),
        Child(name="worker", words=worker, environment=environment, needs_server=True),
    ]


def rest(failures: int) -> float:
    """Return how many seconds a process of the pages rests before it is started again: none the first time, then more.

    >>> [rest(failures) for failures in (1, 2, 3, 4, 7, 8, 5000)]
    [0, 1, 2, 4, 32, 60, 60]
    """
    return min(2 ** min(failures - 2, 10), LONGEST_REST) if failures > 1 else 0


def pages_answer(server: Server) -> bool:
    """Return whether the pages answer."""
    try:
        return httpx.get(f"{server.portal_url}/sante", timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


class Service:
    """The processes that serve one home directory."""

    def __init__(self, ports: Ports, workers: int = 2, pages: int = 1) -> None:
        already = running_server()
        if already and is_ready(already):
            raise BadInput(
                f"Déjà démarré pour {settings().home} : {already.ui_url} (processus {already.pid})."
            )
        host = settings().prefect_host
        port, self.listener = free_port(ports.prefect, host), listen(ports.pages)
        address = f"http://{local(host)}:{port}"
        self.server = Server(
            api_url=f"{address}/api",
            ui_url=address,
            portal_url=f"http://{HOST}:{self.listener.getsockname()[1]}",
            pid=os.getpid(),
        )
        own = own_prefect(self.server, make_prefect_access(prefect_access_file()))
        environment = {**os.environ, **prefect_environment(), **own}
        self.board = pages_board(pages)
        self.children = [
            *prefect_processes(port, workers, environment),
            *(pages_process(self.listener, self.board, rank, environment) for rank in range(pages)),
        ]
        os.environ.update(own)

    def start(self, deploy: Callable[[], object], meanwhile: Callable[[], object] = bool) -> Server:
        """Start everything, wait until it answers, deploy the flows; stop everything when one part fails.

        Prefect's server takes ten seconds to answer: the pages start with it, and what can be done without it is
        done `meanwhile`.
        """
        prefect, worker, *pages = self.children
        try:
            for child in (prefect, *pages):
                self._start_child(child)
            meanwhile()
            self._wait(lambda: is_ready(self.server), prefect)
            storage.write(server_file().name, self.server.model_dump_json().encode())
            self._start_child(worker)
            deploy()
            self._wait(lambda: pages_answer(self.server), pages[-1])
        except BaseException:
            self.stop()
            raise
        return self.server

    def _start_child(self, child: Child) -> None:
        with self._log(child.name) as log:
            child.process = subprocess.Popen(
                child.words,
                cwd=ROOT,
                env=child.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                pass_fds=child.descriptors,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 (the supervisor has one thread)
            )
        child.started_at = time.monotonic()

    def _log(self, name: str) -> IO[bytes]:
        technical_logs.turn()
        return (technical_logs.folder() / f"{name}.log").open("ab")

    def _wait(self, answers: Callable[[], bool], child: Child | None) -> None:
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            if answers():
                return
            if child is not None and (child.process is None or child.process.poll() is not None):
                break
            time.sleep(0.2)
        if child is None:
            raise Unavailable(f"Prefect ne répond pas à {self.server.api_url}.")
        log: Path = settings().home / "journaux-techniques" / f"{child.name}.log"
        raise Unavailable(f"Le processus « {child.name} » ne démarre pas : voir {log}.")

    def keep_up(self, stopping: Callable[[], bool]) -> None:
        """Watch the processes until asked to stop; one that dies is started again.

        Prefect and its worker five times in a row at most, then the service stops. One of the pages as long as it
        takes, after a pause that grows: what ends one page must not end the work of the others.
        """
        turned_at = time.monotonic()
        while not stopping():
            for child in self.children:
                if child.process and child.process.poll() is not None:
                    self._restart(child)
            if time.monotonic() - turned_at > LOGS_SECONDS:
                turned_at = time.monotonic()
                technical_logs.turn()
            time.sleep(0.5)

    def _restart(self, child: Child) -> None:
        if not child.rests_until:
            self._count_failure(child)
        if time.monotonic() < child.rests_until:
            return
        child.rests_until = 0
        self._start_child(child)
        if child.name == "serveur":
            self._wait(lambda: is_ready(self.server), child)

    def _count_failure(self, child: Child) -> None:
        steady = time.monotonic() - child.started_at > STEADY_SECONDS
        child.failures = 1 if steady else child.failures + 1
        if child.is_vital and child.failures > RESTARTS_IN_A_ROW:
            raise Unavailable(
                f"Le processus « {child.name} » s'arrête sans cesse : voir ses journaux techniques."
            )
        child.rests_until = time.monotonic() + (0 if child.is_vital else rest(child.failures))

    def stop(self) -> None:
        """Stop everything, the worker first, so that no run is left half-way when it can be helped."""
        for child in reversed(self.children):
            if child.process and child.process.poll() is None:
                child.process.terminate()
                try:
                    child.process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    os.killpg(child.process.pid, signal.SIGKILL)
                    child.process.wait()
        self.listener.close()
        self.board.close()
        server_file().unlink(missing_ok=True)
