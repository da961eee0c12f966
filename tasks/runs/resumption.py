"""Starting again what should be moving and is not: after a killed process, a lost run, a server that was away.

The database says what should move (a stay that is not settled, a date that has passed) and who is at work on it (a
lease). What Prefect says of its runs is a hint: a run that waits in its queue is left to come, one that claims to work
without a lease is dead.
"""

import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun
from prefect.states import Crashed
from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.errors import Unavailable
from models.leases import Lease
from models.outbox import Dispatch
from models.process.procurement import StageVisit
from tasks import leases, store
from tasks.consultation import rectification
from tasks.outgoing import deliveries, dispatch, mail
from tasks.runs import import_requests, segments
from tasks.store import reading, transaction

STARTS_WITHIN = timedelta(seconds=60)  # a run that begins takes its lease long before
LIFECYCLE = "lifecycle/ght"


class Resumption(BaseModel):
    """What a resumption did: the procurements started again, the runs found dead, what left the outbox."""

    reprises: list[str] = []
    runs_morts: int = 0
    remis: int = 0
    messages: int = 0
    webhooks: int = 0
    en_attente: int = 0
    motif: str = ""


def resume(reason: str, by_person: bool = True) -> Resumption:
    """Start again whatever should be running, deliver what waits in the outbox; harmless when nothing is wrong.

    Asked by a person, it first waits until each run at work has shown that it lives or is known to be dead (half a
    minute at most), and starts again what rests after failures too: asked once, it suffices.
    """
    if silence := dispatch.silence():
        raise Unavailable(f"Rien n'a été relancé : {silence}.")
    if by_person:
        await_heartbeats()
    done = _start_again(reason, by_person)
    rectification.finish_pending()
    dispatch.ask_lost_again()
    import_requests.resume()
    delivery = dispatch.deliver()
    sent = mail.send_pending()
    done.webhooks = deliveries.send_due().remis
    done.remis, done.en_attente = delivery.remis, delivery.en_attente + sent.en_attente
    done.messages, done.motif = sent.envoyes, delivery.motif or sent.motif
    return done


def await_heartbeats() -> None:
    """Wait until each lease on a stay to settle has been renewed, released, or has ended."""
    with reading() as session:
        first = {lease.token: lease.expires_at for lease in _leases(session)}
    end = time.monotonic() + leases.LASTS.total_seconds() + 1
    while first and time.monotonic() < end:
        time.sleep(0.5)
        with reading() as session:
            now = {lease.token: lease.expires_at for lease in _leases(session)}
        first = {token: at for token, at in first.items() if now.get(token) == at}


def _leases(session: Session) -> list[Lease]:
    wanted = {(stay.ref, stay.stage, stay.visit) for stay in segments.stays_to_settle(session)}
    return [one for one in leases.living(session) if (one.ref, one.work, one.visit) in wanted]


def still(by_person: bool = False) -> list[StageVisit]:
    """Return the stays that should move and on which nobody is at work; those that rest only when a person asks."""
    with reading() as session:
        stays = segments.stays_to_settle(session)
        if not stays:
            return []
        now = store.instant(session)
        held = {(one.ref, one.work, one.visit) for one in leases.living(session)}
    return [
        stay
        for stay in stays
        if (stay.ref, stay.stage, stay.visit) not in held
        and (by_person or stay.rests_until is None or stay.rests_until <= now)
    ]


def _start_again(reason: str, by_person: bool) -> Resumption:
    done = Resumption()
    stays = still(by_person)
    if not stays:
        return done
    try:
        with get_client(sync_client=True) as client:
            client.hello()
            for stay in stays:
                runs = _runs(client, stay.ref)
                dead = _bury(client, runs)
                done.runs_morts += len(dead)
                if not _is_coming([run for run in runs if run.id not in dead], stay.ref):
                    with transaction() as session:
                        segments.resume_unsettled(session, stay.ref, reason)
                    done.reprises.append(stay.ref)
    except httpx.HTTPError as error:
        raise Unavailable(
            f"Prefect ne répond pas ({type(error).__name__}) : démarrez-le avec « achats demarrer »."
        ) from error
    return done


def _runs(client: SyncPrefectClient, ref: str) -> list[FlowRun]:
    """Return the runs of the segments asked for a procurement, reminders left out."""
    with reading() as session:
        asked = session.exec(
            select(Dispatch.flow_run_id).where(
                Dispatch.ref == ref,
                Dispatch.deployment == LIFECYCLE,
                col(Dispatch.flow_run_id).is_not(None),
            )
        ).all()
    ids = [UUID(one) for one in asked if one]
    return client.read_flow_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=ids))) if ids else []


def _bury(client: SyncPrefectClient, runs: list[FlowRun]) -> set[UUID]:
    """Mark as Crashed the runs that claim to work, or to start, and hold no lease; return them."""
    with reading() as session:
        at_work = {lease.run_id for lease in leases.living(session)}
    dead = set()
    for run in runs:
        state = run.state
        if state is None or not (state.is_running() or state.is_pending()) or str(run.id) in at_work:
            continue
        if datetime.now(UTC) - state.timestamp > STARTS_WITHIN or _has_worked(run):
            client.set_flow_run_state(run.id, Crashed(message="Le processus de ce run est mort."), force=True)
            dead.add(run.id)
    return dead


def _has_worked(run: FlowRun) -> bool:
    """Return whether a run held a lease, which has ended: it needs no time to begin any more."""
    with reading() as session:
        return session.exec(select(Lease).where(Lease.run_id == str(run.id))).first() is not None


def _is_coming(runs: list[FlowRun], ref: str) -> bool:
    """Return whether a run waits in Prefect's queue, is starting, or waits in the outbox."""
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
                Dispatch.deployment == LIFECYCLE,
                col(Dispatch.delivered_at).is_(None),
                col(Dispatch.due_at).is_(None),
                col(Dispatch.withdrawn_at).is_(None),
            )
        ).first()
    return waiting is not None
