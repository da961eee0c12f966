"""A Prefect worker that starts runs from a process in which everything is already imported.

The stock process worker starts an interpreter for each run and imports Prefect and the flows again: about five seconds
of CPU. Here a fork server imports them once, and each run is a fork of it that executes Prefect's own engine.
"""

import multiprocessing
import os
import runpy
import signal
import sys
from contextlib import suppress

import anyio
import anyio.abc
import anyio.to_thread
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import InfrastructureNotFound
from prefect.workers.base import BaseJobConfiguration, BaseVariables, BaseWorker, BaseWorkerResult
from sqlalchemy.exc import SQLAlchemyError

from models.errors import Failure

TYPE = "ght"
WARM = (
    "prefect.engine",
    "prefect.flow_engine",
    "flows.lifecycle",
    "flows.reminder",
    "flows.renewal",
    "flows.watch",
)


def execute(flow_run_id: str, environment: dict[str, str]) -> None:
    """Run Prefect's engine on a flow run, as `python -m prefect.engine` does, in this warm process."""
    os.environ.update(environment)
    sys.argv = ["prefect.engine", flow_run_id]
    sys.modules.pop("prefect.engine", None)  # warmed under its own name; it runs now as the main module
    runpy.run_module("prefect.engine", run_name="__main__")


def give_back(flow_run_id: str) -> None:
    """End the leases of a run whose process has died: its work starts again at once, not in half a minute."""
    from tasks import leases

    with suppress(SQLAlchemyError, Failure):  # they end by themselves
        leases.release_run(flow_run_id)


class WarmWorkerResult(BaseWorkerResult):
    """How a run's process ended."""


class WarmWorker(BaseWorker[BaseJobConfiguration, BaseVariables, WarmWorkerResult]):
    """Runs flows in forks of a warm process, on this machine."""

    type = TYPE
    job_configuration = BaseJobConfiguration
    _description = "Exécute les flows d'achats-ght dans des processus déjà chauds, sur cette machine."

    async def run(
        self,
        flow_run: FlowRun,
        configuration: BaseJobConfiguration,
        task_status: anyio.abc.TaskStatus[int] | None = None,
    ) -> WarmWorkerResult:
        """Fork a process for the run and wait for its end."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(WARM))
        environment = {name: value for name, value in configuration.env.items() if value is not None}
        process = context.Process(target=execute, args=(str(flow_run.id), environment), daemon=False)
        await anyio.to_thread.run_sync(process.start)
        if task_status is not None:
            task_status.started(process.pid or 0)
        await anyio.to_thread.run_sync(process.join, abandon_on_cancel=True)
        if process.exitcode:
            await anyio.to_thread.run_sync(give_back, str(flow_run.id))
        return WarmWorkerResult(identifier=str(process.pid), status_code=process.exitcode or 0)

    async def kill_infrastructure(
        self, infrastructure_pid: str, configuration: BaseJobConfiguration, grace_seconds: int = 30
    ) -> None:
        """End the process of a run that someone cancelled."""
        try:
            os.kill(int(infrastructure_pid), signal.SIGTERM)
        except ProcessLookupError as error:
            raise InfrastructureNotFound(f"Le processus {infrastructure_pid} n'existe plus.") from error
