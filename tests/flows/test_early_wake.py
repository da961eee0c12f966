"""A worker whose clock is behind Prefect's: a dated run that wakes early waits or is asked again, it is never lost."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from models.outbox import Dispatch
from tasks import clock
from tasks.outgoing import dispatch
from tasks.store import reading
from tests.purchase_play import open_purchase, play, run_segment, where

pytestmark = [pytest.mark.flow, pytest.mark.slow]


def test_a_little_early_is_waited_for_and_much_early_is_not(monkeypatch):
    slept = []
    monkeypatch.setattr(clock.time_module, "sleep", slept.append)
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 28, 12, tzinfo=UTC))
    due = datetime(2026, 11, 28, 12, 0, 20, tzinfo=UTC)
    assert clock.wait_for(due)
    assert slept == [20]
    assert clock.wait_for(due - timedelta(seconds=20))
    assert clock.wait_for(due - timedelta(days=3))
    assert clock.wait_for(due + timedelta(seconds=40))  # sixty seconds
    assert not clock.wait_for(due + timedelta(seconds=41))
    assert slept == [20, 60]


def test_a_run_asked_again_leaves_time_to_the_clock_that_is_behind(monkeypatch):
    """Prefect's clock is five minutes ahead: asked again at the date itself, the run would wake early again."""
    now = datetime(2026, 11, 28, 12, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: now)
    due = now + timedelta(minutes=5)
    assert clock.again_at(due) == due + timedelta(minutes=5)
    assert clock.again_at(now + timedelta(days=10)) == now + timedelta(
        days=10
    )  # started by hand, not by a clock


@pytest.fixture
def deployed(prefect_server, group, time):
    from prefect.client.orchestration import get_client

    from flows.lifecycle import lifecycle
    from flows.reminder import reminder

    time.instant = datetime(2033, 3, 7, 9, tzinfo=clock.PARIS)
    with get_client(sync_client=True) as client:
        for flow in (lifecycle, reminder):
            client.create_deployment(client.create_flow(flow), name="ght", enforce_parameter_schema=False)
    return time


def dated(ref):
    with reading() as session:
        rows = session.exec(select(Dispatch).where(Dispatch.ref == ref))
        return {row.key: row for row in rows if row.due_at and row.withdrawn_at is None}


def run_as(run_id, flow, **parameters):
    """Run a flow as the worker runs the one that Prefect dated."""
    from uuid import UUID

    from prefect.client.orchestration import get_client
    from prefect.flow_engine import run_flow
    from prefect.states import Pending

    with get_client(sync_client=True) as client:
        client.set_flow_run_state(
            UUID(run_id), Pending(), force=True
        )  # Prefect's own clock says that it is time
        found = client.read_flow_run(UUID(run_id))
    return run_flow(flow, flow_run=found, parameters=parameters, return_type="state")


def test_a_timer_and_a_reminder_that_wake_ten_minutes_early_are_asked_again(deployed):
    from flows.lifecycle import lifecycle
    from flows.reminder import reminder

    ref = open_purchase("120000")
    play(ref, deployed, until="strategy")
    dispatch.deliver(ref)
    key = f"{ref}:strategy:1:relance:1"
    first = dated(ref)[key]
    deployed.instant = first.due_at - timedelta(minutes=10)
    assert run_as(first.flow_run_id, reminder, ref=ref, stage="strategy", visit=1).name == "Sans objet"
    again = dated(ref)[f"{key}:encore1"]
    assert again.due_at == first.due_at + timedelta(minutes=10)
    assert again.flow_run_id not in (None, first.flow_run_id)

    play(ref, deployed, until="tendering", tendered=lambda *_: None)
    timer = dated(ref)[f"{ref}:tendering:1:echeance"]
    deployed.instant = timer.due_at - timedelta(minutes=10)
    state = run_as(timer.flow_run_id, lifecycle, ref=ref)
    assert (where(ref), state.is_completed()) == ("tendering", True)
    once_more = dated(ref)[f"{ref}:tendering:1:echeance:2"]
    assert once_more.due_at == timer.due_at + timedelta(minutes=10)
    run_segment(ref)  # another run that comes early asks for nothing more
    assert f"{ref}:tendering:1:echeance:3" not in dated(ref)
    deployed.instant = timer.due_at
    run_as(once_more.flow_run_id, lifecycle, ref=ref)
    assert where(ref) == "opening"
