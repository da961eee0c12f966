"""Runs asked of Prefect: each once by its key, dated ones at their date, and nothing lost when Prefect is away."""

from datetime import datetime

import pytest
from sqlmodel import select

from models.outbox import Dispatch
from tasks import clock
from tasks.outgoing import dispatch
from tasks.settings import Server, server_file
from tasks.store import reading, transaction
from tests.purchase_play import PURCHASING, answer, open_purchase, play

pytestmark = pytest.mark.flow


def rows(ref):
    with reading() as session:
        return {row.key: row for row in session.exec(select(Dispatch).where(Dispatch.ref == ref))}


@pytest.fixture
def deployed(prefect_server, group, time):
    """Prefect with the two deployments that the outbox asks for, and no worker; gives the clock."""
    from prefect.client.orchestration import get_client

    from flows.lifecycle import lifecycle
    from flows.reminder import reminder

    with get_client(sync_client=True) as client:
        for flow in (lifecycle, reminder):
            client.create_deployment(client.create_flow(flow), name="ght", enforce_parameter_schema=False)
    return time


def runs(ref):
    """The runs that Prefect holds for a purchase, by name and planned start."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags

    with get_client(sync_client=True) as client:
        wanted = FlowRunFilter(tags=FlowRunFilterTags(all_=[ref]))
        return [run for run in client.read_flow_runs(flow_run_filter=wanted) if run.deployment_id]


def test_each_run_is_asked_once_with_its_tags_and_its_date(deployed):
    ref = open_purchase("120000", objet="Achat demandé une fois")
    play(ref, deployed, until="strategy")
    for _ in range(2):
        dispatch.deliver(ref)
    with transaction() as session:
        for key in rows(ref):
            session.get_one(Dispatch, key).delivered_at = None  # the answer of the server was lost
    assert dispatch.deliver(ref).remis == 2
    found = {run.name: run for run in runs(ref)}
    assert len(runs(ref)) == len(found) == 2
    assert set(found["2026-001 · Achat demandé une fois"].tags) >= {ref, "perfusion", "identified"}
    reminder = found["2026-001 · Achat demandé une fois · relance 1"]
    assert reminder.expected_start_time == datetime(2026, 12, 3, 8, tzinfo=clock.PARIS)  # ten days later


def test_the_reminder_of_a_gate_that_is_left_is_taken_back(deployed):
    ref = open_purchase("90000", objet="Achat abandonné", starts_on=None)
    play(ref, deployed, until="strategy")
    dispatch.deliver(ref)
    answer(ref, PURCHASING, "abandon", motif="Besoin disparu")
    done = dispatch.deliver(ref)
    assert (done.remis, done.retires) == (1, 1)
    assert all(
        "relance" not in run.name for run in runs(ref) if run.name.startswith(f"{ref} · Achat abandonné")
    )


def test_without_a_server_the_run_waits_and_says_why(home, group):
    ref = open_purchase("120000")
    silent = Server(api_url="http://127.0.0.1:1/api", ui_url="http://127.0.0.1:1", pid=1)
    server_file().write_text(silent.model_dump_json(), encoding="utf-8")
    done = dispatch.deliver(ref)
    assert (done.remis, done.en_attente, done.motif) == (0, 1, "le serveur ne répond pas (achats demarrer)")
    assert [row.delivered_at for row in rows(ref).values()] == [None]


def test_what_prefect_would_render_in_a_name_stays_as_it_was_typed(deployed):
    typed = "{{ 7*7 }} {ref} ${HOME} {{ prefect.variables.ght_deploye }} {% raw %}"
    deployed.pass_days(1500)  # a year of its own: the server keeps the runs of the other tests
    ref = open_purchase("120000", objet=typed)
    assert dispatch.deliver(ref).remis == 1
    (run,) = runs(ref)
    assert run.name == f"{ref} · {typed}"
    assert run.parameters == {"ref": ref, "stage": "identified", "visit": 1, "version": 1}
