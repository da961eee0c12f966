"""Asking Prefect for the runs of the outbox. The key of a run makes doubles harmless; what fails is asked again."""

from datetime import UTC, datetime
from uuid import UUID

import httpx
from pydantic import BaseModel
from sqlmodel import col, or_, select

from models.outbox import Dispatch
from tasks import clock
from tasks.settings import (
    Server,
    join_prefect,
    running_server,
)
from tasks.store import reading, transaction

PATIENCE_SECONDS = 10


class Delivery(BaseModel):
    """What a delivery did."""

    remis: int = 0
    retires: int = 0
    en_attente: int = 0
    motif: str = ""


def deliver(ref: str | None = None) -> Delivery:
    """Ask Prefect for every run of the outbox that it does not have yet; never raises for a server that is away."""
    pending, withdrawn = _to_do(ref)
    if not pending and not withdrawn:
        return Delivery()
    if reason := silence():
        return Delivery(en_attente=len(pending), motif=reason)
    done = Delivery()
    for dispatch in pending:
        error = _ask(dispatch)
        if error:
            done.en_attente, done.motif = done.en_attente + 1, error
        else:
            done.remis += 1
    for dispatch in withdrawn:
        done.retires += _take_back(dispatch)
    return done


def waiting() -> bool:
    """Return whether a run waits to be asked of Prefect."""
    with reading() as session:
        query = select(Dispatch.key).where(
            col(Dispatch.delivered_at).is_(None), col(Dispatch.withdrawn_at).is_(None)
        )
        return session.exec(query.limit(1)).first() is not None


def prepare() -> None:
    """Load what a delivery needs, so that the first one is as quick as the others."""
    join_prefect()
    import prefect.client.orchestration
    import prefect.deployments  # noqa: F401


def silence() -> str:
    """Return why Prefect cannot be asked now, empty when it can; Prefect's own client would insist for a minute."""
    join_prefect()
    server = running_server()
    if server:
        return "" if is_ready(server, PATIENCE_SECONDS) else "le serveur ne répond pas (achats demarrer)"
    from prefect.settings import get_current_settings

    known = get_current_settings().api.url is not None
    return "" if known else "le serveur n'est pas démarré (achats demarrer)"


def _to_do(ref: str | None) -> tuple[list[Dispatch], list[Dispatch]]:
    with reading() as session:
        pending = select(Dispatch).where(
            col(Dispatch.delivered_at).is_(None), col(Dispatch.withdrawn_at).is_(None)
        )
        withdrawn = select(Dispatch).where(
            col(Dispatch.withdrawn_at).is_not(None), col(Dispatch.flow_run_id).is_not(None)
        )
        if ref:
            pending, withdrawn = pending.where(Dispatch.ref == ref), withdrawn.where(Dispatch.ref == ref)
        return (
            list(session.exec(pending.order_by(col(Dispatch.created_at), col(Dispatch.key)))),
            list(session.exec(withdrawn)),
        )


def _ask(dispatch: Dispatch) -> str:
    """Ask for one run; return the reason when it could not be asked."""
    from prefect.client.schemas.objects import FlowRun
    from prefect.deployments import run_deployment

    try:
        run = run_deployment(
            dispatch.deployment,
            parameters=dispatch.parameters,
            scheduled_time=clock.real(dispatch.due_at) if dispatch.due_at else datetime.now(UTC),
            flow_run_name=dispatch.name,
            timeout=0,
            tags=dispatch.tags,
            idempotency_key=dispatch.key,
            as_subflow=False,
        )
    except Exception as error:  # noqa: BLE001 (whatever the reason, the row stays and is asked again)
        _note(dispatch.key, error=f"{type(error).__name__} : {error}"[:500])
        return f"Prefect ne répond pas ({type(error).__name__})"
    assert isinstance(run, FlowRun)  # a coroutine only when called from async code
    _note(dispatch.key, flow_run_id=str(run.id))
    return ""


def _note(key: str, flow_run_id: str | None = None, error: str = "") -> None:
    with transaction() as session:
        row = session.get_one(Dispatch, key)
        row.attempts += 1
        row.error = error
        if flow_run_id:
            row.flow_run_id, row.delivered_at = flow_run_id, clock.now()


def _take_back(dispatch: Dispatch) -> int:
    """Delete a run that is still to come and has lost its object; one that started ends by itself as « Sans objet »."""
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound

    try:
        with get_client(sync_client=True) as client:
            run_id = UUID(dispatch.flow_run_id or "")
            try:
                run = client.read_flow_run(run_id)
                if run.state is not None and run.state.is_scheduled():
                    client.delete_flow_run(run_id)
            except ObjectNotFound:
                pass
    except Exception as error:  # noqa: BLE001 (tried again at the next delivery)
        _note(dispatch.key, error=f"{type(error).__name__} : {error}"[:500])
        return 0
    with transaction() as session:
        session.get_one(Dispatch, dispatch.key).flow_run_id = None
    return 1


def reschedule() -> int:
    """Move the runs still to come to the present clock (after a rehearsal's clock was moved); return how many."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.objects import State
    from prefect.states import Scheduled

    with reading() as session:
        waiting = session.exec(
            select(Dispatch).where(
                col(Dispatch.due_at).is_not(None),
                col(Dispatch.withdrawn_at).is_(None),
                or_(col(Dispatch.flow_run_id).is_not(None)),
            )
        ).all()
    moved = 0
    with get_client(sync_client=True) as client:
        for dispatch in waiting:
            run = client.read_flow_run(UUID(dispatch.flow_run_id or ""))
            if run.state is not None and run.state.is_scheduled() and dispatch.due_at:
                state: State[None] = Scheduled(scheduled_time=clock.real(dispatch.due_at))
                client.set_flow_run_state(run.id, state, force=True)
                moved += 1
    return moved


def is_ready(server: Server, seconds: float = 2) -> bool:
    """Return whether the server answers within some seconds and reaches its database."""
    try:
        return httpx.get(f"{server.api_url}/ready", timeout=seconds).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
