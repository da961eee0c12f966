"""Signed webhooks: told in the transaction of the fact, sent once each, tried again, never to who may not see."""

import base64
import hashlib
import hmac
import json
import re
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from sqlmodel import select

from models.errors import BadInput
from models.outbox import Message
from models.outgoing.subscriptions import MOST_TRIES, SubscriptionState, WebhookSubscription
from models.process.procurement import Procurement
from models.process.table import stage_of
from tasks.access import accounts
from tasks.outgoing import deliveries, subscriptions, telling
from tasks.process import filing
from tasks.settings import ROOT
from tasks.store import reading, transaction
from tests.portal_scene import BUYER, MEMBER, give_access
from tests.signing_scene import journal_is_valid, journal_lines, waiting
from tests.webhook_receiver import listening, rows, subscription, time_passes

SENT_ONCE = deliveries.Round(remis=1)


@pytest.fixture
def tool(group, monkeypatch):
    with listening(monkeypatch) as receiver:
        yield receiver


def subscribe(tool, *events: str, email: str = BUYER) -> subscriptions.Subscribed:
    return subscriptions.subscribe(email, tool.url, list(events) or ["ght.procurement.*"])


def paper(kind: str, folder: str, content: bytes = b"PK") -> filing.Paper:
    return filing.Paper(
        ref="2026-001", kind=kind, title=kind, folder=folder, file_name=f"{kind}.docx", content=content
    )


def test_what_is_sent_verifies_as_the_standard_says(tool):
    """The signature is computed here again, from the text of the specification and nothing of the product."""
    secret = subscribe(tool).secret
    waiting(stage="needs")
    assert deliveries.send_due() == SENT_ONCE
    [(headers, body)] = tool.requests
    key = base64.b64decode(secret[len("whsec_") :])
    signed = headers["webhook-id"].encode() + b"." + headers["webhook-timestamp"].encode() + b"." + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert headers["content-type"].startswith("application/json")
    assert headers["host"] == f"127.0.0.1:{tool.port}"


def test_the_specification_s_own_example_gives_its_signature():
    """The example that the specification and its libraries publish."""
    from pydantic import SecretStr

    from models.outgoing.subscriptions import signature

    made = signature(
        SecretStr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_program_of_the_documentation_takes_what_is_sent_and_nothing_else(tool):
    guide = (ROOT / "docs" / "formats" / "webhooks.md").read_text(encoding="utf-8")
    reader: dict = {}
    exec(re.search(r"```python\n(.*?)```", guide, re.DOTALL)[1], reader)
    secret = subscribe(tool).secret
    waiting(stage="needs")
    deliveries.send_due()
    [(headers, body)] = tool.requests
    assert reader["is_genuine"](secret, headers, body)
    assert not reader["is_genuine"](secret, headers, body.replace(b"2026-001", b"2026-002"))
    assert not reader["is_genuine"](secret, headers | {"webhook-id": "evt_0"}, body)
    old = headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) - 301)}
    assert not reader["is_genuine"](secret, old, body)


def test_the_body_says_what_where_and_when_and_no_amount(tool):
    subscribe(tool)
    waiting(stage="needs", amount="480000")
    deliveries.send_due()
    said = json.loads(tool.requests[0][1])
    assert (said["type"], said["ref"]) == ("ght.procurement.needs", "2026-001")
    assert said["id"] == tool.ids()[0]
    assert said["link"].endswith("/achats/2026-001")
    assert said["timestamp"].endswith("Z")
    assert said["data"] == {
        "family": "perfusion",
        "stage": "needs",
        "label": "Recueil des besoins",
        "visit": 1,
    }
    assert b"480" not in tool.requests[0][1].replace(said["id"].encode(), b"")


def test_each_subscription_hears_what_it_asked_and_nothing_else(tool):
    subscribe(tool, "ght.decision.asked")
    subscribe(tool, "ght.document.ready")
    waiting(stage="needs")
    assert [row.type for row in rows()] == ["ght.decision.asked"]


def test_a_fact_told_again_is_one_delivery_and_a_fact_undone_is_none(tool):
    subscribe(tool)
    waiting(stage="needs")
    with transaction() as session:
        row = session.get_one(Procurement, "2026-001")
        telling.stage_reached(session, row, stage_of("needs").label, is_gate=True)
    assert len(rows()) == 1
    with pytest.raises(RuntimeError), transaction() as session:
        row = session.get_one(Procurement, "2026-001")
        row.visit = 2
        telling.stage_reached(session, row, stage_of("needs").label, is_gate=True)
        raise RuntimeError
    assert len(rows()) == 1


def test_who_may_not_read_a_document_does_not_hear_of_it(tool):
    waiting()
    subscribe(tool, "ght.document.ready", email=BUYER)
    member = subscribe(tool, "ght.document.ready", email=MEMBER)
    filing.keep(paper("rapport_analyse", "passation"))
    filing.keep(paper("rc", "dce-v1", b"PK2"))
    heard = [(row.subscription_id == member.id, json.loads(row.body)["data"]["document"]) for row in rows()]
    assert sorted(heard) == [(False, "rapport_analyse"), (False, "rc"), (True, "rc")]


def test_an_access_ended_meanwhile_sends_nothing(tool):
    give_access(BUYER)
    subscribe(tool)
    waiting(stage="needs")
    accounts.disable(BUYER)
    assert deliveries.send_due().remis == 0
    assert tool.requests == []
    assert "abonnement retiré" in rows()[0].error


def test_a_failure_is_tried_again_later_under_the_same_identifier(tool):
    subscribe(tool)
    waiting(stage="needs")
    tool.statuses = [500, 503]
    assert deliveries.send_due().motif == "réponse 500"
    [row] = rows()
    wait = row.next_attempt_at - accounts.real_now()
    assert timedelta(seconds=3) < wait <= timedelta(seconds=6)
    assert deliveries.send_due() == deliveries.Round()  # not due yet
    time_passes()
    assert deliveries.send_due().motif == "réponse 503"
    wait = rows()[0].next_attempt_at - accounts.real_now()
    assert timedelta(minutes=4) < wait <= timedelta(minutes=6)
    time_passes()
    assert deliveries.send_due() == SENT_ONCE
    assert len(set(tool.ids())) == 1
    assert rows()[0].attempts == 3
    assert deliveries.send_due() == deliveries.Round()
    assert len(tool.requests) == 3


def test_a_receiver_that_is_down_holds_up_nobody_else(tool):
    other = subscriptions.subscribe(BUYER, f"http://127.0.0.1:{tool.port}/autre", ["ght.procurement.*"])
    subscribe(tool)
    for number in (1, 2, 3):
        waiting(f"2026-00{number}", stage="needs")
    with transaction() as session:  # nobody listens there
        session.get_one(WebhookSubscription, other.id).url = "http://127.0.0.1:9/"
    done = deliveries.send_due()
    assert (done.remis, done.en_attente) == (3, 1)
    assert sum(row.attempts for row in rows() if row.subscription_id == other.id) == 1


def test_a_receiver_that_does_not_answer_is_left(tool, monkeypatch):
    monkeypatch.setattr("tasks.connectors.webhook.TOTAL_SECONDS", 0.3)
    subscribe(tool)
    waiting(stage="needs")
    tool.answering.clear()
    before = time.monotonic()
    assert deliveries.send_due().motif == "délai dépassé"
    assert time.monotonic() - before < 2


def test_a_redirection_is_not_followed(tool):
    subscribe(tool)
    waiting(stage="needs")
    tool.statuses, tool.location = [302], f"http://127.0.0.1:{tool.port}/ailleurs"
    assert deliveries.send_due().motif == "redirection refusée (302)"
    assert len(tool.requests) == 1


@pytest.mark.slow
def test_a_sender_killed_in_the_middle_loses_nothing_and_the_receiver_knows_the_double(tool):
    subscribe(tool)
    waiting(stage="needs")
    tool.answering.clear()
    code = "from tasks.outgoing.deliveries import send_due; send_due()"
    sender = subprocess.Popen([sys.executable, "-c", code])
    assert tool.arrived.wait(90)
    sender.kill()
    sender.wait()
    tool.answering.set()
    assert rows()[0].delivered_at is None
    assert deliveries.send_due() == deliveries.Round()  # still claimed by the dead one, for a minute
    time_passes()
    assert deliveries.send_due() == SENT_ONCE
    assert len(tool.requests) == 2
    assert len(set(tool.ids())) == 1


def test_two_senders_at_once_send_once(tool):
    subscribe(tool)
    waiting(stage="needs")
    number = rows()[0].id
    assert deliveries._claim(number) is not None
    assert deliveries._claim(number) is None


def test_410_suspends_the_subscription_and_tells_its_owner(tool):
    number = subscribe(tool).id
    waiting(stage="needs")
    tool.statuses = [410]
    deliveries.send_due()
    assert subscription().state is SubscriptionState.SUSPENDED
    waiting("2026-002", stage="needs")
    assert len(rows()) == 1
    with reading() as session:
        [message] = session.exec(select(Message).where(Message.key.startswith("webhook:")))
    assert message.to == BUYER
    assert number in message.body
    said = [line.after for line in journal_lines("abonnement")]
    assert said == ["abonnement créé", "abonnement suspendu"]


def test_three_days_of_failures_suspend_and_a_delivery_sent_again_takes_it_up(tool):
    number = subscribe(tool).id
    waiting(stage="needs")
    tool.statuses = [500, 500]
    deliveries.send_due()
    with transaction() as session:
        session.get_one(WebhookSubscription, number).failing_since -= timedelta(days=3)
    time_passes()
    deliveries.send_due()
    assert subscription().state is SubscriptionState.SUSPENDED
    time_passes()
    assert deliveries.send_due() == deliveries.Round()
    [line] = subscriptions.deliveries(number, BUYER)
    assert (line.etat, line.code, line.motif) == ("en attente", 500, "réponse 500")
    subscriptions.send_again(number, line.numero, BUYER)
    assert deliveries.send_due() == SENT_ONCE
    assert subscription().state is SubscriptionState.ACTIVE
    assert len(set(tool.ids())) == 1


def test_one_event_that_a_receiver_never_takes_is_given_up_alone(tool):
    number = subscribe(tool).id
    waiting(stage="needs")
    tool.statuses = [400] * MOST_TRIES
    for _ in range(MOST_TRIES):
        time_passes()
        deliveries.send_due()
    assert subscriptions.deliveries(number, BUYER)[0].etat == "abandonné"
    assert subscription().state is SubscriptionState.ACTIVE


def test_the_secret_is_neither_in_the_database_nor_in_the_journal(tool):
    made = subscribe(tool)
    assert made.secret.startswith("whsec_")
    assert len(base64.b64decode(made.secret[6:])) == 32
    row = subscription()
    assert made.secret not in row.model_dump_json()
    assert made.secret[6:] not in row.model_dump_json()
    assert all(made.secret[6:] not in line.model_dump_json() for line in journal_lines("abonnement"))
    assert journal_is_valid()


def test_a_subscription_removed_forgets_its_secret_and_sends_nothing_more(tool):
    number = subscribe(tool).id
    waiting(stage="needs")
    subscriptions.remove(number, BUYER)
    assert deliveries.send_due() == deliveries.Round()
    assert subscription().sealed_secret == ""
    assert subscriptions.listed(BUYER) == []
    with pytest.raises(BadInput):
        subscriptions.deliveries(number, BUYER)
    assert journal_lines("abonnement")[-1].after == "abonnement retiré"


def test_an_address_that_the_settings_no_longer_allow_is_not_reached(tool, monkeypatch):
    from tests.conftest import forget_settings

    subscribe(tool)
    waiting(stage="needs")
    monkeypatch.setenv("ACHATS_WEBHOOK_INSIDE", "")
    forget_settings()
    assert "refusée" in deliveries.send_due().motif
    assert tool.requests == []


@pytest.mark.parametrize("events", [[], ["ght.nimporte"], ["*"], ["prefect.*"]])
def test_an_event_that_does_not_exist_is_refused(tool, events):
    with pytest.raises(BadInput, match="vénement"):
        subscriptions.subscribe(BUYER, tool.url, events)
