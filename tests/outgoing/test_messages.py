"""Messages leave once: as files without a mail server, by SMTP with one; what fails stays and is tried again."""

import socket
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from sqlmodel import select

from models.outbox import Message
from tasks import storage
from tasks.outgoing import mail as outgoing_mail
from tasks.outgoing import outbox
from tasks.store import reading, transaction
from tests.conftest import forget_settings


def write(key, to="julie@x.invalid", attachments=()):
    """Put in the outbox a letter to a candidate, which needs no procurement."""
    with transaction() as session:
        letter = outbox.Letter(
            key=key,
            to=to,
            template="courrier_candidat",
            values={"nom": "Soins & Dispositifs"},
            attachments=[*attachments],
        )
        return outbox.write_message(session, letter, _Purchase())


class _Purchase:
    ref, objet, title = "2026-001", "Dispositifs d'été", "2026-001 · Dispositifs d'été"


def rows():
    with reading() as session:
        return {message.key: message for message in session.exec(select(Message))}


def files(home):
    return sorted((home / "messages").rglob("*.eml"))


def test_without_a_mail_server_each_message_is_one_file(home):
    storage.write("documents/lettre.docx", b"PK bonjour")
    assert write("2026-001:lettre:1", attachments=["documents/lettre.docx"])
    assert outgoing_mail.send_pending().envoyes == 1
    [file] = files(home)
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert mail["To"] == "julie@x.invalid"
    assert "Dispositifs d'été" in mail["Subject"] + mail.get_body().get_content()
    [attached] = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("lettre.docx", b"PK bonjour")
    assert mail["Auto-Submitted"] == "auto-generated"


def test_the_same_key_writes_one_message_and_sending_again_sends_nothing(home):
    assert write("k")
    assert not write("k")
    assert outgoing_mail.send_pending().envoyes == 1
    assert outgoing_mail.send_pending() == outgoing_mail.Sent()
    assert len(files(home)) == 1


def test_a_crash_between_the_file_and_its_mark_makes_no_second_file(home):
    write("k")
    outgoing_mail.send_pending()
    before = files(home)[0].read_bytes()
    with transaction() as session:
        session.get_one(Message, "k").sent_at = None
    assert outgoing_mail.send_pending().envoyes == 1
    assert [file.read_bytes() for file in files(home)] == [before]


def test_a_lost_attachment_keeps_the_message_and_lets_the_others_leave(home):
    write("a", attachments=["documents/absent.docx"])
    write("b")
    done = outgoing_mail.send_pending()
    assert (done.envoyes, done.en_attente) == (1, 1)
    assert "documents/absent.docx" in rows()["a"].error
    assert rows()["b"].sent_at


class Inbox:
    """What a mail server received; it refuses one address."""

    def __init__(self) -> None:
        self.received = []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 (the name aiosmtpd calls)
        if address == "refuse@x.invalid":
            return "550 unknown"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.received.append((envelope.rcpt_tos, mail["Message-ID"]))
        return "250 OK"


@pytest.fixture
def smtp(home, monkeypatch):
    """A mail server that is not started yet, and settings that name it."""
    inbox = Inbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    monkeypatch.setenv("ACHATS_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("ACHATS_SMTP_PORT", str(port))
    forget_settings()
    yield server, inbox
    if server.loop.is_running():
        server.stop()


def test_a_server_that_is_away_then_back_receives_each_message_once(smtp):
    server, inbox = smtp
    write("a")
    write("b", to="marc@x.invalid")
    done = outgoing_mail.send_pending()
    assert (done.envoyes, done.en_attente) == (0, 2)
    assert {row.attempts for row in rows().values()} == {1}
    server.start()
    assert outgoing_mail.send_pending().envoyes == 2
    assert outgoing_mail.send_pending().envoyes == 0
    assert sorted(to for [to], _ in inbox.received) == ["julie@x.invalid", "marc@x.invalid"]
    assert len({identifier for _, identifier in inbox.received}) == 2
    assert all(row.error == "" and row.attempts == 2 for row in rows().values())


def test_one_refused_address_does_not_stop_the_others(smtp):
    server, inbox = smtp
    server.start()
    write("a", to="refuse@x.invalid")
    write("b")
    for waiting in (1, 1):
        done = outgoing_mail.send_pending()
        assert done.en_attente == waiting
    assert [to for to, _ in inbox.received] == [["julie@x.invalid"]]
    assert "550" in rows()["a"].error


def test_a_message_that_hides_a_header_in_an_address_is_not_sent(home):
    write("a", to="x@x.invalid\nBcc: tous@x.invalid")
    write("b")
    done = outgoing_mail.send_pending()
    assert (done.envoyes, done.en_attente) == (1, 1)
    assert len(files(home)) == 1
