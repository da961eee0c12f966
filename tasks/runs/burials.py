"""Marking as Crashed the runs of every flow that claim to work and whose process is dead.

One that seems to run for ever would keep the place of the next watch.
"""

from datetime import UTC, datetime, timedelta

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Crashed

from models.leases import Lease
from tasks import leases
from tasks.store import reading

SILENT = timedelta(minutes=2)
MOST = 200
CLAIMS = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
DEAD = "Le processus de ce run est mort."


def bury_dead() -> int:
    """Mark as Crashed every run of these deployments, or under one, on which nobody works; return how many."""
    with get_client(sync_client=True) as client:
        wanted = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=CLAIMS)))
        claiming = client.read_flow_runs(flow_run_filter=wanted, limit=MOST)
        ours = _deployments(client)
        with reading() as session:
            held = leases.living(session)
        dead = [run for run in claiming if _is_ours(run, ours) and _is_dead(run, held)]
        for run in dead:
            client.set_flow_run_state(run.id, Crashed(message=DEAD), force=True)
        return len(dead)


def _deployments(client: SyncPrefectClient) -> set[object]:
    return {one.id for one in client.read_deployments() if "ght" in one.tags}


def _is_ours(run: FlowRun, deployments: set[object]) -> bool:
    """Return whether a run is one of our deployments, or the subflow of one, which has its tags."""
    return run.deployment_id in deployments or (run.parent_task_run_id is not None and bool(run.tags))


def _is_dead(run: FlowRun, held: list[Lease]) -> bool:
    """Return whether nobody works on a run: a subflow lives as long as somebody works on its purchase."""
    if run.state is None or datetime.now(UTC) - run.state.timestamp < SILENT:
        return False
    if run.deployment_id is None:
        return not any(lease.ref in run.tags for lease in held if lease.ref)
    return not any(lease.run_id == str(run.id) for lease in held)
