"""Starting again what should be moving and is not: after a killed process, a lost run, a server that was away.

The database says what should move (a stay that is not settled, a date that has passed); Prefect says whether a run
is on it. A run whose process is dead on this machine is marked Crashed; on another machine Prefect's heartbeats tell.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun
from prefect.states import Crashed
from pydantic import BaseModel
from sqlmodel import col, select

from models.errors import Unavailable
from models.outbox import Dispatch
from models.process.procurement import StageVisit
from tasks.consultation import rectification
from tasks.outgoing import deliveries, dispatch, mail
from tasks.runs import import_requests, processes, segments
from tasks.store import reading, transaction

PENDING_FOR = timedelta(seconds=90)


class Resumption(BaseModel):
    """What a resumption did: the procurements started again, the runs found dead, what left the outbox."""

    reprises: list[str] = []
    runs_morts: int = 0
    remis: int = 0
    messages: int = 0
    webhooks: int = 0
    en_attente: int = 0
    motif: str = ""


def resume(reason: str) -> Resumption:
    """Start again whatever should be running, deliver what waits in the outbox; harmless when nothing is wrong."""
    done = Resumption()
    if silence := dispatch.silence():
        raise Unavailable(f"Rien n'a été relancé : {silence}.")
    try:
        with get_client(sync_client=True) as client:
            client.hello()
            for stay in _unsettled():
                runs = _runs(client, stay.ref)
                buried = _bury(client, runs)
                done.runs_morts += len(buried)
                if not _has_living_run([run for _, run in runs if run.id not in buried], stay.ref):
                    with transaction() as session:
                        segments.resume_unsettled(session, stay.ref, reason)
                    done.reprises.append(stay.ref)
    except httpx.HTTPError as error:
        raise Unavailable(
            f"Prefect ne répond pas ({type(error).__name__}) : démarrez-le avec « achats demarrer »."
        ) from error
    rectification.finish_pending()
    dispatch.ask_lost_again()
    import_requests.resume()
    delivery = dispatch.deliver()
    sent = mail.send_pending()
    done.webhooks = deliveries.send_due().remis
    done.remis, done.en_attente = delivery.remis, delivery.en_attente + sent.en_attente
    done.messages, done.motif = sent.envoyes, delivery.motif or sent.motif
    return done


def _unsettled() -> list[StageVisit]:
    with reading() as session:
        return segments.stays_to_settle(session)


def _runs(client: SyncPrefectClient, ref: str) -> list[tuple[Dispatch, FlowRun]]:
    """Return the segments asked for a procurement with their runs, reminders left out."""
    with reading() as session:
        asked = session.exec(
            select(Dispatch).where(
                Dispatch.ref == ref,
                Dispatch.deployment == "lifecycle/ght",
                col(Dispatch.flow_run_id).is_not(None),
            )
        ).all()
    rows = {UUID(row.flow_run_id): row for row in asked if row.flow_run_id}
    wanted = FlowRunFilter(id=FlowRunFilterId(any_=list(rows)))
    return [(rows[run.id], run) for run in client.read_flow_runs(flow_run_filter=wanted)] if rows else []


def _bury(client: SyncPrefectClient, runs: list[tuple[Dispatch, FlowRun]]) -> set[UUID]:
    """Mark as Crashed the runs whose process is dead; return them."""
    dead = set()
    for row, run in runs:
        state = run.state
        if state is None or not (state.is_running() or state.is_pending()):
            continue
        lost = state.is_pending() and datetime.now(UTC) - state.timestamp > PENDING_FOR
        if lost or (row.worked_by and processes.is_dead(row.worked_by)):
            client.set_flow_run_state(run.id, Crashed(message="Le processus de ce run est mort."), force=True)
            dead.add(run.id)
    return dead


def _has_living_run(runs: list[FlowRun], ref: str) -> bool:
    """Return whether a run is at work on the procurement, or about to start."""
    soon = datetime.now(UTC) + timedelta(seconds=5)
    for run in runs:
        state = run.state
        if state is None or state.is_final():
            continue
        if state.is_scheduled() and run.next_scheduled_start_time and run.next_scheduled_start_time > soon:
            continue
        return True
    with reading() as session:
        waiting = session.exec(
            select(Dispatch).where(
                Dispatch.ref == ref,
                Dispatch.deployment == "lifecycle/ght",
                col(Dispatch.delivered_at).is_(None),
                col(Dispatch.due_at).is_(None),
                col(Dispatch.withdrawn_at).is_(None),
            )
        ).first()
    return waiting is not None
