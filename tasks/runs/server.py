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
MOST_DEATHS = 5  # of Prefect or of its worker, within the window; the service stops at the next
WINDOW_SECONDS = 180
SILENT_SECONDS = 120  # a server that is alive and says nothing for so long is started again
LONGEST_REST = 60  # seconds before a process that dies again and again is started again
LOGS_SECONDS = 30  # between two looks at the size of the technical logs
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
    heard_at: float = 0  # when it was started, or last answered
    deaths: list[float] = []  # when it died, within the window
    is_vital: bool = True  # the service stops when it cannot be kept up: Prefect, its worker; not the pages
    needs_server: bool = False  # it cannot start before Prefect's server answers
    rests_until: float = 0

    @property
    def is_dead(self) -> bool:
        """Return whether it was started and has ended; what is still starting is not dead."""
        return self.process is not None and self.process.poll() is not None


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
    """Return Prefect's server, the worker, with its segments at once, and what starts again what stands still."""
    prefect = [sys.executable, "-m", "prefect"]
    server = [*prefect, "server", "start", "--host", settings().prefect_host, "--port", str(port)]
    worker = [*prefect, "worker", "start", "--pool", "ght", "--type", WORKER_TYPE, "--limit", str(workers)]
    lookout = [sys.executable, "-m", "tasks.runs.lookout"]
    return [
        Child(name="serveur", words=server, environment=environment),
        Child(name="worker", words=worker, environment=environment, needs_server=True),
        Child(name="veille", words=lookout, environment=environment, is_vital=False, needs_server=True),
    ]


def rest(deaths: int) -> float:
    """Return how many seconds a process rests before it is started again: none after its first death, then more.

    >>> [rest(deaths) for deaths in (1, 2, 3, 4, 7, 8, 5000)]
    [0, 1, 2, 4, 32, 60, 60]
    """
    return min(2 ** min(deaths - 2, 10), LONGEST_REST) if deaths > 1 else 0


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
        prefect, worker, lookout = prefect_processes(port, workers, environment)
        shown = [pages_process(self.listener, self.board, rank, environment) for rank in range(pages)]
        self.children = [prefect, worker, *shown, lookout]
        os.environ.update(own)

    def start(self, deploy: Callable[[], object], meanwhile: Callable[[], object] = bool) -> Server:
        """Start everything, wait until it answers, deploy the flows; stop everything when one part fails.

        Prefect's server takes ten seconds to answer: the pages start with it, and what can be done without it is
        done `meanwhile`.
        """
        prefect, worker, *pages, lookout = self.children
        try:
            for child in (prefect, *pages):
                self._start_child(child)
            meanwhile()
            self._wait(lambda: is_ready(self.server), prefect)
            storage.write(server_file().name, self.server.model_dump_json().encode())
            self._start_child(worker)
            deploy()
            self._start_child(lookout)
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
        child.heard_at = time.monotonic()

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
        """Watch the processes until asked to stop; one that dies is started again, after a pause that grows.

        Prefect and its worker five times within three minutes at most, then the service stops. The others as long as it
        takes: what ends one page must not end the work of the rest.
        """
        turned_at = time.monotonic()
        while not stopping():
            for child in self.children:
                if child.is_dead:
                    self._restart(child)
            self._listen_to_server()
            if time.monotonic() - turned_at > LOGS_SECONDS:
                turned_at = time.monotonic()
                technical_logs.turn()
            time.sleep(0.5)

    def _restart(self, child: Child) -> None:
        if not child.rests_until:
            self._count_death(child)
        if time.monotonic() < child.rests_until or (child.needs_server and not is_ready(self.server)):
            return
        child.rests_until = 0
        self._start_child(child)

    def _count_death(self, child: Child) -> None:
        now = time.monotonic()
        child.deaths = [*(at for at in child.deaths if now - at < WINDOW_SECONDS), now]
        if child.is_vital and len(child.deaths) > MOST_DEATHS:
            raise Unavailable(
                f"Le processus « {child.name} » s'arrête sans cesse : voir ses journaux techniques."
            )
        child.rests_until = now + rest(len(child.deaths))

    def _listen_to_server(self) -> None:
        """End a server that is alive and has not answered for two minutes: it is then started again like a dead one."""
        server = next((child for child in self.children if child.name == "serveur"), None)
        if server is None or server.process is None or server.is_dead:
            return
        silent = time.monotonic() - server.heard_at
        if silent < SILENT_SECONDS / 4:
            return
        if is_ready(self.server):
            server.heard_at = time.monotonic()
        elif silent > SILENT_SECONDS:
            os.killpg(server.process.pid, signal.SIGKILL)
            server.process.wait()

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
