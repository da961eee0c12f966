"""What the worker lets in: the deployments of `prefect.yaml` as they are written there, and nothing else.

Whoever reaches Prefect's API may change a deployment or make one: other code, a pull step that runs a shell, variables
of the environment, parameters. The file of the checkout decides, not what the server holds.
"""

import inspect
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from prefect import Flow
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import DeploymentResponse
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from models.errors import Refused
from tasks.settings import ROOT


class Allowed(BaseModel):
    """One deployment of `prefect.yaml`: its code, the values it gives to every run."""

    model_config = ConfigDict(frozen=True)

    entrypoint: str
    parameters: dict[str, Any] = {}
    job_variables: dict[str, Any] = {}

    @property
    def flow(self) -> Flow[..., Any]:
        """Return the flow, imported from this checkout."""
        module, _, name = self.entrypoint.rpartition(".")
        found = getattr(import_module(module), name)
        assert isinstance(found, Flow)
        return found


@lru_cache
def allowed(file: Path = ROOT / "prefect.yaml") -> dict[tuple[str, str], Allowed]:
    """Return the deployments of the file by (entrypoint, name)."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {
        (one["entrypoint"], one["name"]): Allowed(
            entrypoint=one["entrypoint"],
            parameters=one.get("parameters") or {},
            job_variables=(one.get("work_pool") or {}).get("job_variables") or {},
        )
        for one in content["deployments"]
    }


def admit(run: FlowRun, deployment: DeploymentResponse | None) -> Flow[..., Any]:
    """Return the flow to run, from this checkout, or refuse a run that `prefect.yaml` does not know as it is."""
    if deployment is None:
        raise Refused("le run n'a pas de déploiement")
    known = allowed().get((deployment.entrypoint or "", deployment.name))
    if known is None:
        raise Refused(
            f"prefect.yaml ne connaît pas le déploiement « {deployment.name} » du code « {deployment.entrypoint} »"
        )
    _check_deployment(deployment, known)
    _check_run(run, known)
    return known.flow


def _check_deployment(deployment: DeploymentResponse, known: Allowed) -> None:
    if deployment.pull_steps:
        names = ", ".join(sorted({name for step in deployment.pull_steps for name in step}))
        raise Refused(f"le déploiement demande des préparatifs que prefect.yaml n'a pas ({names})")
    if deployment.storage_document_id is not None:
        raise Refused("le déploiement prend son code ailleurs que dans l'application")
    _check_same(deployment.job_variables, known.job_variables, "variables d'exécution du déploiement")
    _check_same(deployment.parameters, known.parameters, "paramètres du déploiement")


def _check_run(run: FlowRun, known: Allowed) -> None:
    _check_same(run.job_variables, {}, "variables d'exécution du run")
    wanted = inspect.signature(known.flow.fn, eval_str=True).parameters
    if unknown := sorted(set(run.parameters) - set(wanted)):
        raise Refused(f"paramètre inconnu de {known.entrypoint} : {', '.join(unknown)}")
    for name, value in run.parameters.items():
        try:
            TypeAdapter(wanted[name].annotation).validate_python(value, strict=True)
        except ValidationError as error:
            raise Refused(f"le paramètre « {name} » n'a pas la forme attendue") from error


def _check_same(found: dict[str, Any] | None, wanted: dict[str, Any], what: str) -> None:
    """Refuse values that are not those of the file; values are not repeated, a secret may be among them."""
    found = found or {}
    if found != wanted:
        names = sorted(name for name in {*found, *wanted} if found.get(name) != wanted.get(name))
        raise Refused(f"{what} absentes ou différentes dans prefect.yaml : {', '.join(map(str, names))}")
