"""What the worker lets in: the deployments of `prefect.yaml` as the file has them; everything else is refused."""

from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import DeploymentResponse

from models.errors import Refused
from tasks.runs.admission import admit, allowed

SHELL = [{"prefect.deployments.steps.run_shell_script": {"script": "id > /tmp/entered"}}]


def deployment(**changes):
    told = {"name": "ght", "flow_id": uuid4(), "entrypoint": "flows.reminder.reminder", "pull_steps": []}
    return DeploymentResponse.model_validate({**told, **changes})


def run(**changes):
    told = {"flow_id": uuid4(), "parameters": {"ref": "2026-001", "stage": "strategy", "visit": 1}}
    return FlowRun.model_validate({**told, **changes})


def test_each_deployment_of_the_file_is_let_in_as_it_is():
    parameters = {
        "flows.lifecycle.lifecycle": {"ref": "2026-001"},
        "flows.reminder.reminder": {"ref": "2026-001", "stage": "strategy", "visit": 2},
        "flows.watch.watch": {"day": "2026-11-28"},
        "flows.escalation.escalation": {},
        "flows.renewal.renewal": {"contract": "2024-011"},
    }
    for entrypoint, name in allowed():
        found = admit(
            run(parameters=parameters.get(entrypoint, {})), deployment(entrypoint=entrypoint, name=name)
        )
        assert found.name == entrypoint.rpartition(".")[2]
    assert set(parameters) <= {entrypoint for entrypoint, _ in allowed()}
    assert admit(run(parameters={}), deployment(entrypoint="flows.watch.watch")).name == "watch"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"pull_steps": SHELL}, "préparatifs que prefect.yaml n'a pas (prefect.deployments.steps.run_shell"),
        ({"entrypoint": "os.system"}, "ne connaît pas le déploiement « ght » du code « os.system »"),
        ({"entrypoint": "flows/reminder.py:reminder"}, "ne connaît pas"),
        ({"entrypoint": "tests.evil.reminder"}, "ne connaît pas"),
        ({"entrypoint": None}, "ne connaît pas"),
        ({"name": "autre"}, "ne connaît pas le déploiement « autre »"),
        ({"storage_document_id": uuid4()}, "prend son code ailleurs"),
        ({"job_variables": {"command": "id"}}, "variables d'exécution du déploiement"),
        ({"job_variables": {"env": {"PYTHONPATH": "/tmp"}}}, "variables d'exécution du déploiement"),
        ({"job_variables": {"env.LD_PRELOAD": "/tmp/x.so"}}, "env.LD_PRELOAD"),
        ({"parameters": {"ref": "2026-002"}}, "paramètres du déploiement"),
        ({"parameters": {"ref": {"__prefect_kind": "jinja", "template": "{{ 7*7 }}"}}}, "paramètres du"),
    ],
)
def test_a_deployment_made_or_changed_through_the_api_is_refused(changes, reason):
    with pytest.raises(Refused, match=r"^[a-zéèêà]") as refusal:
        admit(run(), deployment(**changes))
    assert reason in str(refusal.value)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"job_variables": {"command": "id"}}, "variables d'exécution du run"),
        ({"job_variables": {"env": {"PREFECT__FLOW_ENTRYPOINT": "/tmp/x.py:f"}}}, "variables d'exécution du"),
        ({"parameters": {"ref": "2026-001", "stage": "strategy", "visit": 1, "shell": "id"}}, "inconnu"),
        ({"parameters": {"ref": {"__prefect_kind": "workspace_variable", "variable_name": "x"}}}, "« ref »"),
        ({"parameters": {"ref": {"__prefect_kind": "jinja", "template": "{{ 7*7 }}"}}}, "« ref »"),
        ({"parameters": {"ref": ["2026-001"]}}, "« ref »"),
        ({"parameters": {"visit": "1"}}, "« visit »"),
    ],
)
def test_a_run_that_brings_its_own_variables_or_parameters_is_refused(changes, reason):
    with pytest.raises(Refused) as refusal:
        admit(run(**changes), deployment())
    assert reason in str(refusal.value)


def test_a_run_without_deployment_is_refused_and_no_value_is_repeated_in_the_reason():
    with pytest.raises(Refused, match="n'a pas de déploiement"):
        admit(run(), None)
    with pytest.raises(Refused) as refusal:
        admit(run(job_variables={"env": {"TOKEN": "s3cr3t"}}), deployment())
    assert "s3cr3t" not in str(refusal.value)
