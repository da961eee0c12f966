"""Bringing a Prefect server in line with `prefect.yaml`: work pool, deployments, triggers; what is gone is pruned."""

import asyncio
import subprocess
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import yaml
from prefect.automations import Automation
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.variables import Variable
from pydantic import BaseModel

from models.errors import BadInput, Unavailable
from tasks.runs import code_version
from tasks.runs.worker import WarmWorker
from tasks.settings import ROOT

TAG = "ght"
ZOMBIES = "ght-runs-morts"
MADE_FROM = "ght_deploye"
DEPLOY_SECONDS = 180


class Deployed(BaseModel):
    """What the server holds now, and what was taken away."""

    deploiements: list[str]
    retires: list[str]


def apply(file: Path = ROOT / "prefect.yaml", only_changes: bool = False) -> Deployed:
    """Deploy everything that the file names and delete the deployments of this product that it names no more.

    `only_changes` leaves a server alone that holds what the same file and the same flows made: deploying takes ten
    seconds.
    """
    wanted, removed = _wanted(file), list[str]()
    names = {name for name, _ in wanted}
    try:
        with get_client(sync_client=True) as client:
            if not only_changes or _made_from(client) != _print(file) or set(_held(client)) != names:
                _make_pools(client, {pool for _, pool in wanted})
                _deploy(file)
                removed = _prune(client, names)
                Variable.set(MADE_FROM, _print(file), overwrite=True)
            Variable.set(code_version.DECLARED, code_version.own(), overwrite=True)
        _forget_zombies()
    except (OSError, subprocess.SubprocessError) as error:
        raise Unavailable(f"Déploiement impossible : {error}.") from error
    return Deployed(deploiements=sorted(name for name, _ in wanted), retires=removed)


def _wanted(file: Path) -> set[tuple[str, str]]:
    """Return (flow/deployment, pool) of each deployment of the file; the flow is the last word of its entrypoint."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        return {
            (f"{one['entrypoint'].rpartition('.')[2]}/{one['name']}", one["work_pool"]["name"])
            for one in content["deployments"]
        }
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise BadInput(f"{file} illisible : {error}.") from error


def _make_pools(client: SyncPrefectClient, names: set[str]) -> None:
    for name in names:
        try:
            client.read_work_pool(name)
        except ObjectNotFound:
            template = WarmWorker.get_default_base_job_template()
            wanted = WorkPoolCreate(name=name, type=WarmWorker.type, base_job_template=template)
            with suppress(ObjectAlreadyExists):  # the worker made it meanwhile
                client.create_work_pool(wanted)


def _deploy(file: Path) -> None:
    """Run Prefect's own `prefect deploy --all` on the file."""
    words = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(file)]
    done = subprocess.run(
        words, cwd=ROOT, capture_output=True, text=True, timeout=DEPLOY_SECONDS, check=False
    )
    if done.returncode:
        raise Unavailable(f"prefect deploy a échoué : {(done.stderr or done.stdout).strip()[-800:]}")


def _print(file: Path) -> str:
    """Return the fingerprint of what deployments are made from: the file, the flows and their parameters."""
    sources = [file, *sorted((ROOT / "flows").glob("*.py"))]
    return sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def _made_from(client: SyncPrefectClient) -> str:
    known = client.read_variable_by_name(MADE_FROM)
    return str(known.value) if known else ""


def _held(client: SyncPrefectClient) -> dict[str, UUID]:
    """Return the deployments of this product that the server holds, by their full name."""
    flows = {flow.id: flow.name for flow in client.read_flows()}
    found = (one for one in client.read_deployments() if TAG in one.tags)
    return {f"{flows[one.flow_id]}/{one.name}": one.id for one in found}


def _prune(client: SyncPrefectClient, wanted: set[str]) -> list[str]:
    gone = {name: key for name, key in _held(client).items() if name not in wanted}
    for key in gone.values():
        client.request(
            "DELETE",
            "/automations/owned-by/{resource_id}",
            path_params={"resource_id": f"prefect.deployment.{key}"},
        )
        client.delete_deployment(key)
    return sorted(gone)


def _forget_zombies() -> None:
    """Take away the automation that told dead runs before leases: it fired on runs that wait for people."""
    with suppress(ValueError):
        asyncio.run(_delete(ZOMBIES))


async def _delete(name: str) -> None:
    found = await Automation.aread(name=name)
    await found.adelete()
