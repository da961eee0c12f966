"""One part of the service on a machine or under an account of its own: Prefect's server, the worker, the pages.

Each part has a home directory of its own. The parts meet in the database, in the shared place of the documents, and at
Prefect's address.
"""

import os
import socket
from collections.abc import Callable
from typing import Literal

from models.errors import BadInput, Unavailable
from tasks import storage
from tasks.home import make_prefect_access
from tasks.outgoing.dispatch import is_ready
from tasks.runs import server as whole
from tasks.runs.ports import HOST, free_port, listen, local
from tasks.settings import (
    Server,
    own_prefect,
    prefect_access_file,
    prefect_elsewhere,
    prefect_environment,
    running_server,
    server_file,
    settings,
)

Part = Literal["prefect", "worker", "pages"]


class PartOfService(whole.Service):
    """Some of the processes of the service; the others are on other machines, or under other accounts."""

    def __init__(self, parts: set[Part], ports: whole.Ports, workers: int = 2, pages: int = 1) -> None:
        _refuse_a_second_start()
        self.parts = parts
        self.listener = listen(ports.pages) if "pages" in parts else socket.socket()
        port = free_port(ports.prefect, settings().prefect_host) if "prefect" in parts else 0
        self.server = _own_server(port) if "prefect" in parts else _server_elsewhere()
        if "pages" in parts:
            self.server.portal_url = f"http://{HOST}:{self.listener.getsockname()[1]}"
        own = own_prefect(self.server, _access("prefect" in parts))
        environment = {**os.environ, **prefect_environment(), **own}
        self.board = whole.pages_board(pages)
        prefect, *working = whole.prefect_processes(port, workers, environment)
        shown = [whole.pages_process(self.listener, self.board, rank, environment) for rank in range(pages)]
        self.children = [
            *([prefect] if "prefect" in parts else []),
            *(shown if "pages" in parts else []),
            *(working if "worker" in parts else []),
        ]
        os.environ.update(own)

    def start(self, deploy: Callable[[], object], meanwhile: Callable[[], object] = bool) -> Server:
        """Start the parts; the worker once Prefect answers, here or elsewhere. The part that has Prefect deploys."""
        working = [child for child in self.children if child.needs_server]
        try:
            for child in self.children:
                if child not in working:
                    self._start_child(child)
            meanwhile()
            if self.parts != {"pages"}:  # people answer while Prefect is away
                self._wait(lambda: is_ready(self.server), self.children[0] if self.owns_server else None)
            storage.write(server_file().name, self.server.model_dump_json().encode())
            if self.owns_server:
                deploy()
            for child in working:
                self._start_child(child)
            if "pages" in self.parts:
                shown = next(child for child in self.children if child.name == "pages")
                self._wait(lambda: whole.pages_answer(self.server), shown)
        except BaseException:
            self.stop()
            raise
        return self.server

    @property
    def owns_server(self) -> bool:
        """Return whether Prefect's server is one of these parts."""
        return "prefect" in self.parts


def _refuse_a_second_start() -> None:
    already = running_server()
    if already and _lives(already.pid) and is_ready(already):
        raise BadInput(f"Déjà démarré pour {settings().home} (processus {already.pid}).")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _own_server(port: int) -> Server:
    address = f"http://{local(settings().prefect_host)}:{port}"
    return Server(api_url=f"{address}/api", ui_url=address, pid=os.getpid())


def _server_elsewhere() -> Server:
    url = prefect_elsewhere()
    if not url:
        raise BadInput("Dites où est Prefect : PREFECT_API_URL=http://MACHINE:PORT/api.")
    return Server(api_url=url.rstrip("/"), ui_url=url.rstrip("/").removesuffix("/api"), pid=os.getpid())


def _access(is_own: bool) -> str:
    """Return the access to Prefect: made here for a server of ours, else copied from the machine that has it."""
    path = prefect_access_file()
    if is_own:
        return make_prefect_access(path)
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Unavailable(
            f"L'accès à Prefect manque ({path}, {error.strerror}) : copiez le fichier acces-prefect de la machine qui "
            "porte Prefect, ou nommez-le par ACHATS_PREFECT_AUTH_FILE."
        ) from error
