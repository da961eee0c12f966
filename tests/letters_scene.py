"""A purchase whose candidates are written to, with a mail server that may be away, slow or refusing; no Prefect."""

import socket
import time
from collections.abc import Iterable
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from sqlmodel import col, select

from models.organisation.group import Person
from models.outgoing.letters import CandidateLetter
from models.process.procurement import Document, Procurement, Tender
from tasks import clock, storage
from tasks.outgoing import letters
from tasks.preparation import launch
from tasks.store import reading, transaction
from tests.conftest import forget_settings
from tests.signing_scene import waiting

REF = "2026-001"
CANDIDATES = (
    ("Exemple SAS", "un@candidat.fr"),
    ("Autre Labo", "deux@candidat.fr"),
    ("Trois & Cie", "trois@candidat.fr"),
)


def written_to(*candidates: tuple[str, str], amount: str = "480000", stage: str = "information") -> str:
    """Put a formalised purchase where its candidates (name, address) are written to, their letters entered."""
    waiting(REF, amount, stage)
    chosen = candidates or CANDIDATES
    with transaction() as session:
        procurement = session.get_one(Procurement, REF)
        launch.estimate_regime(session, procurement)
        for number, (name, _) in enumerate(chosen, 1):
            row = {"number": number, "supplier": name, "siret": f"{number:014}", "sha256": "0" * 64}
            session.add(Tender(ref=REF, received_at=clock.now(), **row))
        enter(session, chosen)
    return REF


def enter(session, candidates: Iterable[tuple[str, str]]) -> None:
    """Enter the letters of the present stay, as the action that writes them does."""
    procurement = session.get_one(Procurement, REF)
    for name, address in candidates:
        path = f"documents/{REF}/passation/{storage.slug(name)}-{procurement.visit}.docx"
        digest = storage.write(path, b"PK lettre")
        kept = {
            "ref": REF,
            "kind": "lettre_rejet",
            "version": procurement.visit,
            "recipient": f"{name}, lot 1",
        }
        session.add(
            Document(**kept, title="Lettre", path=path, sha256=digest, bytes=9, created_at=clock.now())
        )
        who = {"recipient": f"{name}, lot 1", "company": name, "address": address}
        letters.enter(session, procurement, letters.Written(kind="lettre_rejet", path=path, **who))


def real_group() -> None:
    """Let one person of the group have an address that exists: nothing is played, letters must really leave."""
    with transaction() as session:
        someone = session.exec(select(Person).order_by(col(Person.email))).first()
        session.add(
            Person(**{**someone.model_dump(), "email": "a.martin@ch-rocheval.fr", "name": "A. Martin"})
        )


def rows() -> list[CandidateLetter]:
    """Return every letter, oldest first."""
    with reading() as session:
        return list(session.exec(select(CandidateLetter).order_by(col(CandidateLetter.id))))


class Inbox:
    """What a mail server received, the answers it gives to some addresses, and how long it takes."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str]] = []
        self.answers: dict[str, str] = {}
        self.seconds = 0.0

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 (the name aiosmtpd calls)
        if refusal := self.answers.get(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        time.sleep(self.seconds)  # the thread of the server alone waits
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.received += [(address, mail["Message-ID"]) for address in envelope.rcpt_tos]
        return "250 OK"

    @property
    def addresses(self) -> list[str]:
        """Return who received something from the application, in order of address."""
        return sorted(address for address, _ in self.received)


class Server(Controller):
    """A server that says whether it takes addresses with accents."""

    def __init__(self, inbox: Inbox, port: int, takes_accents: bool = False) -> None:
        super().__init__(inbox, hostname="127.0.0.1", port=port)
        self.takes_accents = takes_accents

    def factory(self) -> SMTP:
        """Return what answers one conversation."""
        return SMTP(self.handler, enable_SMTPUTF8=self.takes_accents)


def set_server(monkeypatch) -> int:
    """Set a mail server that does not run yet; return its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    monkeypatch.setenv("ACHATS_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("ACHATS_SMTP_PORT", str(port))
    forget_settings()
    return port
