"""Sending one webhook: the name is resolved, every address checked, and the connection made to a checked address.

Nothing resolves the name a second time, so that a name server which changes its answer gains nothing. No proxy, no
redirection, no reading of the body of the answer: only its status leaves this module.
"""

import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLong
from functools import lru_cache

import httpcore
from pydantic import BaseModel

from models.outgoing.destinations import Destination, Policy, refusal

TOTAL_SECONDS = 10.0
RESOLVING_SECONDS = 4.0
LATE = "délai dépassé"
SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


class Answer(BaseModel):
    """What came of a try: the status of the answer, or why there is none."""

    status: int | None = None
    failure: str = ""


class Refusal(Exception):
    """The destination is refused, or does not answer; the message is for the owner of the subscription."""


def post(to: Destination, headers: Mapping[str, str], body: bytes, policy: Policy) -> Answer:
    """Send a body once; never raises, never takes longer than `TOTAL_SECONDS` after the name is resolved."""
    try:
        addresses = checked_addresses(to, policy)
        return Answer(status=_send(to, headers, body, addresses))
    except Refusal as refused:
        return Answer(failure=str(refused))
    except httpcore.TimeoutException:
        return Answer(failure=LATE)
    except httpcore.ConnectError as error:
        is_certificate = any(isinstance(one, ssl.SSLCertVerificationError) for one in error.args)
        return Answer(failure="certificat refusé" if is_certificate else "connexion impossible")
    except (httpcore.NetworkError, httpcore.ProtocolError):
        return Answer(failure="échange interrompu")


def checked_addresses(to: Destination, policy: Policy) -> list[str]:
    """Return the addresses of a destination, or refuse it when a single one of them may not be reached."""
    found = _resolved(to.host, to.port)
    for address in found:
        if said := refusal(address, to.host, policy):
            raise Refusal(f"adresse refusée ({said})")
    return found


def _resolved(host: str, port: int) -> list[str]:
    helper = ThreadPoolExecutor(1)
    try:
        asked = helper.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = [str(one[4][0]) for one in asked.result(RESOLVING_SECONDS)]
    except TooLong as error:
        raise Refusal(LATE) from error
    except (OSError, UnicodeError) as error:
        raise Refusal("nom de machine introuvable") from error
    finally:
        helper.shutdown(wait=False)
    return list(dict.fromkeys(found))


def _send(to: Destination, headers: Mapping[str, str], body: bytes, addresses: list[str]) -> int:
    """Return the status of the answer, its body left unread."""
    network = Pinned(addresses, time.monotonic() + TOTAL_SECONDS)
    sent = {"Host": to.host_header, "Connection": "close", "Content-Length": str(len(body)), **headers}
    url = httpcore.URL(
        scheme="https" if to.is_tls else "http", host=to.host, port=to.port, target=to.target.encode()
    )
    with (
        httpcore.ConnectionPool(ssl_context=_trusted(), network_backend=network, retries=0) as pool,
        pool.stream("POST", url, headers=list(sent.items()), content=body) as answer,
    ):
        return int(answer.status)


@lru_cache
def _trusted() -> ssl.SSLContext:
    """Return the certificates that the system trusts, those of the hospital included when it has added them."""
    return ssl.create_default_context()


class Pinned(httpcore.NetworkBackend):
    """A network that reaches the given addresses only, whatever name is asked, until a monotonic instant."""

    def __init__(self, addresses: list[str], until: float) -> None:
        self.addresses = addresses
        self.until = until
        self.system = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        """Return a connection to the first address that answers."""
        for address in self.addresses[:-1]:
            try:
                return self._connect(address, port)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connect(self.addresses[-1], port)

    def _connect(self, address: str, port: int) -> httpcore.NetworkStream:
        left = _left(self.until, httpcore.ConnectTimeout)
        return Timed(self.system.connect_tcp(address, port, timeout=left), self.until)


class Timed(httpcore.NetworkStream):
    """A connection whose every exchange ends before one instant: a receiver that drips bytes gains no time."""

    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self.stream = stream
        self.until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what was received."""
        return self.stream.read(max_bytes, _left(self.until, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes."""
        self.stream.write(buffer, _left(self.until, httpcore.WriteTimeout))

    def close(self) -> None:
        """End the connection."""
        self.stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Return the connection in TLS; the certificate is checked against the name, not the address."""
        left = _left(self.until, httpcore.ConnectTimeout)
        return Timed(self.stream.start_tls(ssl_context, server_hostname, left), self.until)

    def get_extra_info(self, info: str) -> object:
        """Return what the system knows of the connection."""
        return self.stream.get_extra_info(info)


def _left(until: float, late: type[httpcore.TimeoutException]) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise late(LATE)
    return left
