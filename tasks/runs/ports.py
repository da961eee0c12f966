"""The addresses and ports on which the service listens."""

import errno
import socket

from models.errors import BadInput
from tasks.settings import PAGES_PORT

HOST, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104 (an address that an operator may give)
WAITING = 64  # connections that wait to be accepted


def free_port(wanted: int | None, host: str = HOST) -> int:
    """Return the port asked for, or a free one; refuse a port that is taken, an address that is not this machine's."""
    with socket.socket() as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # as the server does: a port just left is free
        try:
            probe.bind((host, wanted or 0))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise BadInput(
                    f"ACHATS_PREFECT_HOST : {host} n'est pas une adresse de cette machine."
                ) from error
            raise BadInput(f"Le port {wanted} est déjà pris : choisissez-en un autre.") from error
        return int(probe.getsockname()[1])


def local(host: str) -> str:
    """Return the address by which this machine reaches what listens on an address."""
    return HOST if host == EVERYWHERE else host


def listen(wanted: int | None) -> socket.socket:
    """Return the socket of the pages, held here: a process that dies refuses nobody, the others answer meanwhile.

    Nobody asked for a port: the usual one, so that an address given yesterday still leads here, else a free one.
    """
    if wanted is not None:
        return _listening(free_port(wanted))
    try:
        return _listening(PAGES_PORT)
    except OSError:  # another home is served there
        return _listening(free_port(None))


def _listening(port: int) -> socket.socket:
    found = socket.socket()
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # what is accepted from it inherits this
        found.bind((HOST, port))
        found.listen(WAITING)
    except OSError:
        found.close()
        raise
    return found
