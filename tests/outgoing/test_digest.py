"""The daily digest: gathered by choice, sent once a day by a real mail server, never what is vital, never empty."""

from datetime import timedelta

import pytest
from sqlmodel import select

from models.access.accounts import Account
from models.outbox import Message
from models.risks.register import Level, Observation, RiskKind
from tasks import clock
from tasks.outgoing import digest, outbox
from tasks.outgoing import mail as outgoing_mail
from tasks.risks import escalation, register
from tasks.runs import segments
from tasks.store import reading, transaction
from tests.outgoing.test_messages import smtp  # noqa: F401 (a fixture)
from tests.risks.test_escalation import at, seen
from tests.signing_scene import waiting
from tests.watching import day

PURCHASING = "karim.benali@ch-rocheval.invalid"
PHARMACIST = "paul.renaud@ch-rocheval.invalid"
BUYER = "julie.perrin@ch-rocheval.invalid"


@pytest.fixture
def chosen(group):
    """Two people who read once a day, and two purchases that wait for the first."""
    with transaction() as session:
        for email in (PURCHASING, PHARMACIST):
            session.add(Account(person_email=email, created_at=clock.now(), wants_digest=True))
    for ref in ("2026-001", "2026-002"):
        waiting(ref, "150000", "strategy")


def rows(to=PURCHASING):
    with reading() as session:
        return session.exec(select(Message).where(Message.to == to).order_by(Message.created_at)).all()


def mails(home, to=PURCHASING):
    from email import message_from_bytes, policy

    read = [message_from_bytes(f.read_bytes(), policy=policy.default) for f in home.rglob("*.eml")]
    return [mail for mail in read if mail["To"] == to]


def tell_all():
    segments.tell.fn(segments.place("2026-001"))
    segments.tell.fn(segments.place("2026-002"))


def test_the_messages_of_a_day_leave_as_one_grouped_by_purchase_each_with_its_page(group, chosen):
    tell_all()
    assert mails(group) == []
    assert digest.gather() == 1
    outgoing_mail.send_pending()
    [mail] = mails(group)
    assert mail["Subject"].startswith("Achats du groupement : 2 messages au ")
    text = mail.get_content().replace("\r\n", "\n")
    first, second = (text.index(f"{ref} · Dispositifs de perfusion\n") for ref in ("2026-001", "2026-002"))
    assert first < text.index("http://127.0.0.1:4280/achats/2026-001/repondre\n") < second
    assert text.index("http://127.0.0.1:4280/achats/2026-002/repondre\n") > second
    assert "Stratégie d'achat : votre réponse est attendue" in text
    assert all(row.sent_at for row in rows())


def test_nothing_leaves_when_nothing_waits_and_nothing_twice_a_day(group, chosen, monkeypatch):
    assert digest.gather() == 0
    tell_all()
    assert digest.gather() == 1
    segments_of = [row.digest_key for row in rows() if row.is_gathered]
    assert len(set(segments_of)) == 1
    with transaction() as session:
        outbox.write_message(session, letter("plus-tard"))
    assert digest.gather() == 0
    outgoing_mail.send_pending()
    assert len(mails(group)) == 1
    tomorrow = clock.now() + timedelta(days=1)
    monkeypatch.setattr("tasks.clock.now", lambda: tomorrow)
    assert digest.gather() == 1
    outgoing_mail.send_pending()
    assert len(mails(group)) == 2


def letter(key, to=PURCHASING, **more):
    values = {
        "nom": "K",
        "reference": "D-1",
        "delegataire": "x",
        "dernier_jour": "01/01/2027",
        "motif": "fin",
    }
    return outbox.Letter(key=key, to=to, template="delegation_finit", values=values, **more)


def test_who_did_not_choose_it_is_written_to_at_once(group, chosen):
    with transaction() as session:
        outbox.write_message(session, letter("a", BUYER))
    outgoing_mail.send_pending()
    assert len(mails(group, BUYER)) == 1
    assert digest.gather() == 0


def test_what_is_vital_leaves_at_once_and_the_rest_waits(group, chosen):
    seen()  # a vital risk, told to the pharmacist
    with transaction() as session:
        calm = Observation(
            key="rupture:2", kind=RiskKind.STOCK_OUT, level=Level.RED, title="Gants", action="commander"
        )
        register.record(session, calm, day("2026-03-02"))
    escalation.climb(at("2026-03-02T12:00"))
    outgoing_mail.send_pending()
    at_once = mails(group, PHARMACIST)
    assert at_once
    assert all(mail["Subject"].startswith("VITAL") for mail in at_once)
    held = [row for row in rows(PHARMACIST) if row.is_gathered]
    assert [row.page for row in held] == ["/risques"]
    digest.gather()
    outgoing_mail.send_pending()
    last = next(mail for mail in mails(group, PHARMACIST) if "message" in mail["Subject"])
    assert "Gants" in last.get_content()
    assert "Perfuseurs" not in last.get_content()


def test_a_document_is_never_held(group, chosen):
    from tasks import storage

    storage.write("documents/lettre.docx", b"PK")
    with transaction() as session:
        outbox.write_message(session, letter("a", attachments=["documents/lettre.docx"]))
    outgoing_mail.send_pending()
    assert len(mails(group)) == 1


def test_killed_while_it_is_written_nothing_is_gathered_and_the_next_sweep_does_it_whole(
    group, chosen, monkeypatch
):
    tell_all()
    with monkeypatch.context() as patch:
        patch.setattr(
            "tasks.outgoing.digest.outbox.write_message",
            lambda *_: (_ for _ in ()).throw(SystemExit("killed")),
        )
        with pytest.raises(SystemExit):
            digest.gather()
    assert [row.digest_key for row in rows()] == [None, None]
    assert digest.gather() == 1
    outgoing_mail.send_pending()
    assert len(mails(group)) == 1


def test_killed_between_the_writing_and_the_sending_the_server_receives_it_once(smtp, chosen):  # noqa: F811
    server, inbox = smtp
    tell_all()
    digest.gather()
    assert outgoing_mail.send_pending().en_attente > 0  # the server is away
    assert not any(row.sent_at for row in rows())
    server.start()
    assert digest.gather() == 0
    outgoing_mail.send_pending()
    outgoing_mail.send_pending()
    received = [identifier for [to], identifier in inbox.received if to == PURCHASING]
    assert len(received) == 1
    assert all(row.sent_at for row in rows())


def test_giving_the_choice_up_frees_what_was_gathered(group, chosen):
    tell_all()
    digest.choose_digest(PURCHASING, wanted=False)
    outgoing_mail.send_pending()
    assert len(mails(group)) == 2
    assert digest.gather() == 0


def test_the_watch_sends_the_digests(group, chosen):
    from tasks.runs import watch

    tell_all()
    watch.whole(clock.today())
    assert len([mail for mail in mails(group) if "Achats du groupement :" in mail["Subject"]]) == 1
