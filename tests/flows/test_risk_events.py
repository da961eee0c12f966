"""Prefect is told of each level of a risk once: raised, worse, gone; with labels that an automation can match."""

import time as real_time
from datetime import timedelta

import pytest
from sqlmodel import select

from models.errors import Unavailable
from models.risks.register import Level, Observation, RiskEvent, RiskKind
from tasks.risks import bells, register
from tasks.store import reading, transaction

pytestmark = pytest.mark.flow
KEY = "rupture:60234100"


def seen(time, level, kind=RiskKind.STOCK_OUT):
    time.instant += timedelta(minutes=1)
    fact = Observation(
        key=KEY, kind=kind, level=level, title="Perfuseurs", family_code="perfusion", is_vital=True
    )
    with transaction() as session:
        register.record(session, fact, time.now().date())


def events(count):
    """The events of the server about the risk, once so many have come (it stores them a moment later)."""
    from prefect.client.orchestration import get_client

    year = {"since": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z"}
    wanted = {
        "filter": {"resource": {"id": [f"ght.risk.{KEY}"]}, "occurred": year, "order": "ASC"},
        "limit": 50,
    }
    for _ in range(100):
        with get_client(sync_client=True) as client:
            found = client.request("POST", "/events/filter", json=wanted).json()["events"]
        if len(found) >= count:
            return found
        real_time.sleep(0.1)
    raise AssertionError(f"{len(found)} events, {count} expected")


def test_each_level_rings_once_with_what_an_automation_can_match(prefect_server, group, time):
    seen(time, Level.AMBER)
    seen(time, Level.AMBER)  # the same fact again says nothing
    seen(time, Level.RED)
    assert bells.ring.fn() == 2
    assert bells.ring.fn() == 0
    with transaction() as session:
        register.settle_gone(session, [RiskKind.STOCK_OUT], {"rupture:": "rétabli"}, set(), time.now().date())
    assert bells.ring.fn() == 1

    found = events(3)

    said = [(one["event"], one["payload"]["change"], one["resource"]["ght.level"]) for one in found]
    assert said == [
        ("ght.stock.shortage", "levé", "orange"),
        ("ght.stock.shortage", "aggravé", "rouge"),
        ("ght.risk.ended", "éteint", "vert"),
    ]
    assert {one["resource"]["ght.vital"] for one in found} == {"oui"}
    assert {one["payload"]["family"] for one in found} == {"perfusion"}


def test_without_a_server_nothing_is_lost_and_what_was_sent_before_a_kill_keeps_its_identifier(
    group, time, monkeypatch
):
    seen(time, Level.AMBER)
    before = bells.waiting().bells

    def refused(*_):
        raise Unavailable("le serveur ne répond pas")

    monkeypatch.setattr(bells, "_post", refused)
    with pytest.raises(Unavailable):
        bells.ring.fn()
    posted = []
    monkeypatch.setattr(bells, "_post", posted.extend)
    monkeypatch.setattr(bells, "_mark", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        bells.ring.fn()
    monkeypatch.undo()
    again = bells.waiting().bells
    assert [one.id for one in posted] == [one.id for one in again] == [one.id for one in before]


def test_the_degrees_of_the_escalation_are_history_not_events(group, time):
    seen(time, Level.AMBER)
    with transaction() as session:
        register.note(session, register.find(session, KEY), "degré 1", time.now().date())
    assert [bell.payload["change"] for bell in bells.waiting().bells] == ["levé"]
    with reading() as session:
        assert len(session.exec(select(RiskEvent)).all()) == 2
