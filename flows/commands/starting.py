"""What `achats demarrer` does before anything starts: leftovers taken away, the database opened, parts chosen."""

from typing import TYPE_CHECKING, NamedTuple

from flows.commands.application import print_line
from models.errors import BadInput, Failure

if TYPE_CHECKING:
    from tasks.runs.parts import Part
    from tasks.runs.server import Service


class Ports(NamedTuple):
    """The ports asked for."""

    prefect: int | None
    pages: int | None


def prepared(asked: Ports, limit: int, processes: int | None, parts: "set[Part]") -> "Service":
    """Return the service, whole, or the parts of it that are asked for."""
    from tasks.runs import server
    from tasks.runs.parts import PartOfService

    pages = server.usual_pages() if processes is None else processes
    if pages < 1:
        raise BadInput("--processus-pages : il faut au moins un processus.")
    ports = server.Ports(prefect=asked.prefect, pages=asked.pages)
    return PartOfService(parts, ports, limit, pages) if parts else server.Service(ports, limit, pages)


def open_database() -> None:
    """Open the database, so that its faults are said before anything starts, and look at the keys."""
    from tasks.store import engine

    engine()
    _check_keys()


def clean_up() -> None:
    """Take away what killed processes left."""
    from tasks import compaction
    from tasks.runs import leftovers
    from tasks.settings import prefect_folder, running_server

    done = leftovers.clean()
    if done.fichiers:
        print_line(f"Nettoyés    {done.fichiers} restes de processus interrompus ({done.octets // 1000} ko)")
    if (
        running_server() is None
        and (file := compaction.compact(prefect_folder() / "prefect.db")).est_compactee
    ):
        print_line(f"Compactée   base de Prefect, de {file.avant // 1000} à {file.apres // 1000} ko")


def _check_keys() -> None:
    """Say now what is wrong with the sealing key; what needs it is refused until it is put back."""
    from tasks import key_files
    from tasks.access import sealed_secrets
    from tasks.settings import settings

    try:
        if (settings().home / sealed_secrets.KEY_FILE).exists():
            key_files.read(sealed_secrets.key_of_home())
    except Failure as failure:
        print_line(f"Clés        {failure}")
