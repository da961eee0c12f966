"""Which facts are told, to whom, on both databases, and by the process of the pages without being asked."""

import json
import time
from itertools import product

import pytest
from sqlmodel import select

from models.access.sight import Held, Viewer, sees_risk
from models.disputes.ruling import DisputeKind
from models.organisation.group import Role
from models.outgoing.happenings import KNOWN, Audience, checked_patterns, hears
from models.risks.register import Level, Observation, Risk, RiskKind
from tasks import clock
from tasks.contracts.importing import import_contracts
from tasks.disputes import ruling
from tasks.outgoing import deliveries, subscriptions
from tasks.risks import register
from tasks.runs import watch
from tasks.store import reading, transaction
from tasks.views import risks as views_risks
from tests.portal_scene import BUYER, LEGAL
from tests.signing_scene import load, waiting
from tests.watching import contracts_file, day
from tests.webhook_receiver import listening, rows

SUPPORT, HOUSE, OTHER = "1" * 14, "2" * 14, "3" * 14
PERF = "P1;1;Perfuseurs;perfusion;Exemple SAS;180000;;2022-05-15;2026-05-14;48"
PAPER = Audience(document_path="documents/2026-001/passation/a.docx", document_kind="acte_engagement")


@pytest.fixture
def tool(group, monkeypatch):
    with listening(monkeypatch) as receiver:
        yield receiver


def said() -> list[dict]:
    return [json.loads(row.body) for row in rows()]


def person(siret: str, *roles: Role) -> Viewer:
    held = tuple(Held(role=role, siret=siret) for role in roles)
    return Viewer(email="a@b.fr", name="A", siret=siret, support_siret=SUPPORT, held=held)


MEMBER = person(HOUSE, Role.PURCHASING_CORRESPONDENT)
TEAM = person(SUPPORT, Role.BUYER)
ADMINISTRATOR = person(SUPPORT, Role.ADMINISTRATOR)


@pytest.mark.parametrize(
    ("who", "audience", "is_notified", "heard"),
    [
        (MEMBER, Audience(), False, True),
        (MEMBER, PAPER, False, False),
        (MEMBER, PAPER, True, True),
        (ADMINISTRATOR, PAPER, False, False),
        (TEAM, PAPER, False, True),
        (MEMBER, Audience(buyer_siret=SUPPORT), False, True),
        (MEMBER, Audience(buyer_siret=HOUSE), False, True),
        (MEMBER, Audience(buyer_siret=OTHER), False, False),
        (TEAM, Audience(buyer_siret=OTHER), False, True),
        (MEMBER, Audience(house_siret=HOUSE), False, True),
        (MEMBER, Audience(house_siret=OTHER), False, False),
        (TEAM, Audience(house_siret=OTHER), False, True),
        (MEMBER, Audience(key=f"carence:P1@{OTHER}:2026-05-14"), False, False),
        (MEMBER, Audience(key=f"carence:P1@{HOUSE}:2026-05-14"), False, True),
        (TEAM, Audience(key=f"carence:P1@{OTHER}:2026-05-14"), False, True),
    ],
)
def test_who_hears_of_what(who, audience, is_notified, heard):
    assert hears(who, audience, is_notified) is heard


def test_a_risk_is_told_to_those_who_see_it_on_the_board(group):
    """The board asks the database, webhooks ask the rule: both say the same."""
    on = clock.today()
    with transaction() as session:
        for rank, (house, siret) in enumerate(product((None, HOUSE, OTHER), ("", HOUSE, OTHER))):
            key = f"carence:P{rank}{f'@{siret}' if siret else ''}:2026-05-14"
            seen = Observation(
                key=key, kind=RiskKind.CONTRACT_GAP, level=Level.RED, title="R", establishment_siret=house
            )
            register.record(session, seen, on)
    with reading() as session:
        every = session.exec(select(Risk)).all()
        for who in (MEMBER, TEAM, ADMINISTRATOR, person(OTHER, Role.PHARMACIST)):
            shown = set(session.exec(select(Risk.key).where(*views_risks.visible(who))))
            assert shown == {one.key for one in every if sees_risk(who, one.establishment_siret, one.key)}
            assert len(every) == 9


def test_every_event_that_prefect_knows_may_be_asked_for():
    assert "ght.procurement.review" in KNOWN
    assert checked_patterns(["ght.contract.expiring ", "ght.*", "ght.*"]) == [
        "ght.*",
        "ght.contract.expiring",
    ]


def test_a_contract_that_expires_is_told_once_however_often_the_watch_looks(tool, tmp_path):
    subscriptions.subscribe(BUYER, tool.url, ["ght.contract.*", "ght.risk.raised"])
    import_contracts(contracts_file(tmp_path, PERF))
    for _ in range(2):
        watch.whole(day("2026-03-01"))
    told = said()
    assert sorted(one["type"] for one in told) == ["ght.contract.expiring", "ght.risk.raised"]
    expiring = next(one for one in told if one["type"] == "ght.contract.expiring")
    assert expiring["ref"] is None
    assert expiring["data"]["contract"] == "P1:2026-05-14"
    assert expiring["data"]["ends_on"] == "2026-05-14"
    assert "180000" not in json.dumps(told)
    assert "Exemple SAS" not in json.dumps(told)


def test_a_dispute_is_told_without_its_applicant(tool):
    subscriptions.subscribe(BUYER, tool.url, ["ght.dispute.opened"])
    ref = waiting(stage="analysis")
    filing = ruling.Filing(
        kind=DisputeKind.PRE_CONTRACT,
        applicant="Labo évincé",
        filed_on=clock.today(),
        person=LEGAL,
        ref=ref,
    )
    ruling.open_dispute(filing)
    [told] = said()
    assert (told["ref"], told["data"]["kind"]) == (ref, "refere_precontractuel")
    assert "Labo" not in json.dumps(told, ensure_ascii=False)


@pytest.mark.postgres
def test_a_round_on_postgresql(postgres_home, monkeypatch):
    load()
    with listening(monkeypatch) as tool:
        made = subscriptions.subscribe(BUYER, tool.url, ["ght.*"])
        waiting(stage="needs")
        tool.statuses = [500]
        deliveries.send_due()
        [asked, reached] = sorted(subscriptions.deliveries(made.id, BUYER), key=lambda one: one.type)
        assert {asked.etat, reached.etat} == {"en attente"}
        subscriptions.send_again(made.id, asked.numero, BUYER)
        assert deliveries.send_due().remis >= 1
        subscriptions.remove(made.id, BUYER)
        assert deliveries.send_due() == deliveries.Round()


def test_the_process_of_the_pages_sends_without_being_asked(tool, monkeypatch):
    from portal.frame import forward

    monkeypatch.setattr(forward, "WEBHOOK_SECONDS", 0.02)
    subscriptions.subscribe(BUYER, tool.url, ["ght.procurement.*"])
    with forward.sending_webhooks():
        waiting(stage="needs")
        assert tool.arrived.wait(10)
        until = time.monotonic() + 10
        while rows()[0].delivered_at is None and time.monotonic() < until:
            time.sleep(0.02)
    assert rows()[0].delivered_at is not None
