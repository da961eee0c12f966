"""A Prefect worker that starts runs from a process in which everything is already imported.

The stock process worker starts an interpreter for each run and imports Prefect and the flows again: about five seconds
of CPU. Here a fork server imports them once, and each run is a fork of it that executes Prefect's own engine, on the
flow that `tasks.runs.admission` lets in. What the server says of commands and of the environment is not read.
"""

import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any, Self

import anyio
import anyio.abc
import anyio.to_thread
from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import WorkerFlowRunResponse
from prefect.exceptions import InfrastructureNotFound
from prefect.workers.base import BaseJobConfiguration, BaseVariables, BaseWorker, BaseWorkerResult
from sqlalchemy.exc import SQLAlchemyError

from models.errors import Failure
from tasks.runs import code_version

TYPE = "ght"
WARM = (
    "prefect.engine",
    "prefect.flow_engine",
    "flows.importing",
    "flows.escalation",
    "flows.lifecycle",
    "flows.backup",
    "flows.reminder",
    "flows.renewal",
    "flows.watch",
    "tasks.runs.admission",
)


def execute(flow_run_id: str, environment: dict[str, str]) -> None:
    """Run Prefect's engine on a flow run, as `python -m prefect.engine` does, in this warm process."""
    import prefect.flow_engine

    os.environ.update(environment)
    assert callable(prefect.flow_engine.load_flow)  # the engine asks here for the code: nothing else decides
    prefect.flow_engine.load_flow = admitted
    sys.argv = ["prefect.engine", flow_run_id]
    sys.modules.pop("prefect.engine", None)  # warmed under its own name; it runs now as the main module
    with alive(flow_run_id):
        runpy.run_module("prefect.engine", run_name="__main__")


@contextmanager
def alive(flow_run_id: str) -> Iterator[None]:
    """Say by a lease that the process of a run lives, whatever its flow; a run without one is taken for dead."""
    from tasks import leases
    from tasks.store import transaction

    token = None
    with suppress(SQLAlchemyError, Failure), transaction() as session:
        token = leases.take(session, leases.Work(work=f"run {flow_run_id}"), flow_run_id)
    with leases.kept(token) if token else nullcontext():
        yield


def give_back(flow_run_id: str) -> None:
    """End the leases of a run whose process has died: its work starts again at once, not in half a minute."""
    from tasks import leases

    with suppress(SQLAlchemyError, Failure):  # they end by themselves
        leases.release_run(flow_run_id)


def admitted(flow_run: FlowRun) -> Flow[..., Any]:
    """Return the flow of a run that is let in; another one is marked Failed with the reason, and its process ends.

    The run checked is the one that the engine executes: nobody can change it in between.
    """
    from prefect.client.orchestration import get_client
    from prefect.exceptions import Abort
    from prefect.logging.loggers import flow_run_logger
    from prefect.states import Failed

    from models.errors import Refused
    from tasks.runs.admission import admit

    with get_client(sync_client=True) as client:
        try:
            deployment = flow_run.deployment_id and client.read_deployment(flow_run.deployment_id)
            return admit(flow_run, deployment or None)
        except Refused as refusal:
            said = f"Run refusé, rien n'a été exécuté : {refusal}."
            flow_run_logger(flow_run).error(said)
            client.set_flow_run_state(flow_run.id, Failed(name="Refusé", message=said), force=True)
            raise Abort(said) from refusal


class WarmConfiguration(BaseJobConfiguration):
    """How a run is executed: as this worker does, whatever the work pool, the deployment or the run say."""

    @classmethod
    async def from_template_and_values(
        cls, base_job_template: dict[str, Any], values: dict[str, Any], client: PrefectClient | None = None
    ) -> Self:
        """Return the only configuration there is; templates, commands and variables of the server are left unread."""
        return cls()


class WarmWorkerResult(BaseWorkerResult):
    """How a run's process ended."""


class WarmWorker(BaseWorker[WarmConfiguration, BaseVariables, WarmWorkerResult]):
    """Runs flows in forks of a warm process, on this machine."""

    type = TYPE
    job_configuration = WarmConfiguration
    _description = "Exécute les flows d'achats-ght dans des processus déjà chauds, sur cette machine."

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._started: set[str] = set()
        self._said = ""

    async def _get_scheduled_flow_runs(self) -> list[WorkerFlowRunResponse]:
        """Return the runs to start; none when the code of this worker is not that of the last deployment."""
        declared = await self.client.read_variable_by_name(code_version.DECLARED)
        fault = code_version.fault(str(declared.value) if declared else None)
        if fault and fault != self._said:
            self._logger.error(fault)
        self._said = fault
        return [] if fault else await super()._get_scheduled_flow_runs()

    async def run(
        self,
        flow_run: FlowRun,
        configuration: WarmConfiguration,
        task_status: anyio.abc.TaskStatus[int] | None = None,
    ) -> WarmWorkerResult:
        """Fork a process for the run and wait for its end."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(WARM))
        environment = {name: value for name, value in configuration.env.items() if value is not None}
        process = context.Process(target=execute, args=(str(flow_run.id), environment), daemon=False)
        await anyio.to_thread.run_sync(process.start)
        pid = str(process.pid)
        self._started.add(pid)
        try:
            if task_status is not None:
                task_status.started(process.pid or 0)
            await anyio.to_thread.run_sync(process.join, abandon_on_cancel=True)
        finally:
            self._started.discard(pid)
        if process.exitcode:
            await anyio.to_thread.run_sync(give_back, str(flow_run.id))
        return WarmWorkerResult(identifier=pid, status_code=process.exitcode or 0)

    async def kill_infrastructure(
        self, infrastructure_pid: str, configuration: WarmConfiguration, grace_seconds: int = 30
    ) -> None:
        """End the process of a run that someone cancelled; a number that is none of this worker's is left alone."""
        if infrastructure_pid not in self._started:
            raise InfrastructureNotFound(f"Le processus {infrastructure_pid} n'est pas de ce worker.")
        try:
            os.kill(int(infrastructure_pid), signal.SIGTERM)
        except ProcessLookupError as error:
            raise InfrastructureNotFound(f"Le processus {infrastructure_pid} n'existe plus.") from error
