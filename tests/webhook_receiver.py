"""A tool of the hospital that receives webhooks: a real HTTP server on this machine, which keeps what it was sent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlmodel import Session, select

from models.outgoing.subscriptions import WebhookDelivery, WebhookSubscription
from tasks.store import reading, transaction
from tests.conftest import forget_settings

LOCAL = "127.0.0.1"


class Receiver(ThreadingHTTPServer):
    """Keeps each request; answers the statuses given, one after the other, then 200."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((LOCAL, 0), Handler)
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.location = ""
        self.arrived = threading.Event()
        self.answering = threading.Event()
        self.answering.set()

    @property
    def port(self) -> int:
        return self.server_address[1]

    @property
    def url(self) -> str:
        return f"http://{LOCAL}:{self.port}/achats?outil=1"

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.requests]


class Handler(BaseHTTPRequestHandler):
    """Reads a request whole, and answers when it is let."""

    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.server.arrived.set()
        self.server.answering.wait(120)
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        try:
            self.send_response(status)
            if self.server.location:
                self.send_header("Location", self.server.location)
            self.send_header("Content-Length", "7")
            self.end_headers()
            self.wfile.write(b"secret!")
        except OSError:
            pass

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def listening(patch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Start a receiver, and let webhooks reach it by the settings of the hospital."""
    server = Receiver()
    patch.setenv("ACHATS_WEBHOOK_PORTS", f"443, {server.port}")
    patch.setenv("ACHATS_WEBHOOK_HTTP_HOSTS", LOCAL)
    patch.setenv("ACHATS_WEBHOOK_INSIDE", "127.0.0.1/32")
    forget_settings()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.answering.set()
        server.shutdown()
        server.server_close()


def rows() -> list[WebhookDelivery]:
    """Return every delivery, in order."""
    with reading() as session:
        return list(session.exec(select(WebhookDelivery).order_by(WebhookDelivery.id)))


def subscription() -> WebhookSubscription:
    """Return the only subscription."""
    with reading() as session:
        return session.exec(select(WebhookSubscription)).one()


def time_passes() -> None:
    """Make everything that waits due now: delays, pauses and claims are over."""
    from tasks.access.accounts import real_now

    with transaction() as session:
        _make_due(session, real_now())


def _make_due(session: Session, now) -> None:
    for row in session.exec(select(WebhookDelivery).where(WebhookDelivery.next_attempt_at.is_not(None))):
        row.next_attempt_at = now
    for row in session.exec(select(WebhookSubscription)):
        row.paused_until = None
