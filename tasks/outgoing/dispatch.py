"""Asking Prefect for the runs of the outbox. The key of a run makes doubles harmless; what fails is asked again."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING
from uuid import UUID

import httpx
from pydantic import BaseModel
from sqlmodel import col, or_, select

from models.outbox import Dispatch
from tasks import clock
from tasks.outgoing import restored
from tasks.settings import (
    Server,
    join_prefect,
    running_server,
)
from tasks.store import reading, transaction

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun

PATIENCE_SECONDS = 10
AT_ONCE = 200


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
    """Return why nothing may be asked of Prefect now, empty when it may."""
    return restored.hold() or server_silence()


def server_silence() -> str:
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
    """Ask for one run; return the reason when it could not be asked.

    A run that comes back over is one of a former life of Prefect's database, or the answer to a first asking that was
    lost: what it had to do may not be done. Another one is asked for, which finds nothing to do at worst.
    """
    key = f"{dispatch.key}{restored.mark()}"
    try:
        run = _asked(dispatch, key)
        if run.state is not None and run.state.is_final():
            run = _asked(dispatch, f"{key}:bis{dispatch.attempts}")
    except Exception as error:  # noqa: BLE001 (whatever the reason, the row stays and is asked again)
        _note(dispatch.key, error=f"{type(error).__name__} : {error}"[:500])
        return f"Prefect ne répond pas ({type(error).__name__})"
    _note(dispatch.key, flow_run_id=str(run.id))
    return ""


def _asked(dispatch: Dispatch, key: str) -> "FlowRun":
    from prefect.client.schemas.objects import FlowRun
    from prefect.deployments import run_deployment

    run = run_deployment(
        dispatch.deployment,
        parameters=dispatch.parameters,
        scheduled_time=clock.real(dispatch.due_at) if dispatch.due_at else datetime.now(UTC),
        flow_run_name=dispatch.name,
        timeout=0,
        tags=dispatch.tags,
        idempotency_key=key,
        as_subflow=False,
    )
    assert isinstance(run, FlowRun)  # a coroutine only when called from async code
    return run


def ask_lost_again() -> int:
    """Have the dated runs asked again that Prefect has lost with its database; return how many."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    with reading() as session:
        asked = select(Dispatch).where(
            col(Dispatch.flow_run_id).is_not(None),
            col(Dispatch.withdrawn_at).is_(None),
            col(Dispatch.due_at) > clock.now(),
        )
        rows = {UUID(row.flow_run_id): row.key for row in session.exec(asked) if row.flow_run_id}
    lost = set(rows)
    with get_client(sync_client=True) as client:
        for batch in _batched(rows, AT_ONCE):
            wanted = FlowRunFilter(id=FlowRunFilterId(any_=list(batch)))
            lost -= {run.id for run in client.read_flow_runs(flow_run_filter=wanted)}
    with transaction() as session:
        for run_id in lost:
            row = session.get_one(Dispatch, rows[run_id])
            row.delivered_at, row.flow_run_id = None, None
    return len(lost)


def _batched(every: Iterable[UUID], size: int) -> Iterator[list[UUID]]:
    """Yield what is given, so many at a time."""
    rest = iter(every)
    while batch := list(islice(rest, size)):
        yield batch


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
