"""The door of Prefect's API: nobody without its access, no page of another site, no code but that of `prefect.yaml`.

The attacks of any account of the machine, and of a page open in an operator's browser, on the real server and worker.
"""

import asyncio
import base64
import json
import socket
import stat
import time
from pathlib import Path

import httpx
import pytest
import websockets

from tests.conftest import forget_settings
from tests.server.running import Running, wait

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """The service of an empty home directory."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("processes are found through /proc, which this system does not have")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = Running(tmp_path_factory.mktemp("door") / "home", port)
    running.start()
    yield running
    running.kill()
    forget_settings()


@pytest.fixture(scope="module")
def access(service):
    """What an operator copies from the file that the service names when it starts."""
    kept = service.home / "acces-prefect"
    assert f"à l'invite : le contenu de {kept}" in (service.home.parent / "demarrer-1.log").read_text()
    return kept.read_text()


@pytest.fixture(scope="module")
def operator(service, access):
    """A client that has the access and the token against forged requests, as Prefect's own pages have."""
    token = base64.b64encode(access.encode()).decode()
    with httpx.Client(
        base_url=f"{address(service)}/api", headers={"Authorization": f"Basic {token}"}
    ) as client:
        made = client.get("/csrf-token", params={"client": "essai"}).json()
        client.headers.update({"Prefect-Csrf-Token": made["token"], "Prefect-Csrf-Client": "essai"})
        yield client


def address(service):
    return f"http://127.0.0.1:{service.port}"


def deployment(operator, flow):
    return operator.get(f"/deployments/name/{flow}/ght").json()


def ended(operator, run):
    """Wait for the end of a run; return its state."""
    found = {}

    def look():
        found.update(operator.get(f"/flow_runs/{run}").json())
        return found["state"]["type"] in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}

    wait(look, "the end of the run", 60)
    return found["state"]


def test_the_access_is_made_at_the_first_start_for_one_reader_and_is_in_no_command_line(service, access):
    assert stat.S_IMODE((service.home / "acces-prefect").stat().st_mode) == 0o600
    assert stat.S_IMODE(service.home.stat().st_mode) == 0o700
    name, _, password = access.partition(":")
    assert name == "achats"
    assert len(password) >= 40
    for pid in service.processes():
        assert password not in Path(f"/proc/{pid}/cmdline").read_text()
    for log in (service.home / "journaux-techniques").iterdir():
        assert password not in log.read_text(errors="replace")


def test_without_the_access_the_api_answers_nothing(service):
    open_to_all = httpx.get(f"{address(service)}/api/ready")
    assert open_to_all.status_code == 200
    for method, path in (
        ("POST", "/deployments/filter"), ("POST", "/flow_runs/filter"), ("POST", "/deployments/"),
        ("GET", "/work_pools/ght"), ("POST", "/variables/filter"), ("POST", "/logs/filter"),
        ("GET", "/csrf-token?client=x"), ("POST", "/admin/database/clear"), ("GET", "/variables/name/health"),
    ):  # fmt: skip
        answer = httpx.request(method, f"{address(service)}/api{path}", json={})
        assert answer.status_code == (401 if method == "GET" else 403), path  # no token without the access
        wrong = httpx.request(method, f"{address(service)}/api{path}", json={}, auth=("achats", "faux"))
        assert wrong.status_code == answer.status_code, path


@pytest.mark.parametrize("path", ["events/in", "events/out", "logs/out"])
def test_websockets_ask_for_the_access_too(service, access, path):
    async def answer(secret):
        where = f"ws://127.0.0.1:{service.port}/api/{path}"
        async with websockets.connect(where, subprotocols=["prefect"]) as socket:
            await socket.send(json.dumps({"type": "auth", "token": secret}))
            if path == "events/in":
                await socket.send(json.dumps({}))
            return json.loads(await asyncio.wait_for(socket.recv(), 10))

    async def without_handshake():
        async with websockets.connect(f"ws://127.0.0.1:{service.port}/api/{path}") as socket:
            await socket.recv()

    for wrong in ("", "achats:faux"):
        with pytest.raises(websockets.ConnectionClosed) as closed:
            asyncio.run(answer(wrong))
        assert closed.value.rcvd.code == 1008
    with pytest.raises((websockets.ConnectionClosed, websockets.InvalidStatus)):
        asyncio.run(without_handshake())


def test_a_page_of_another_site_is_not_answered(service, operator):
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    where = f"{address(service)}/api/deployments/filter"
    hostile = httpx.options(where, headers={"Origin": "https://malveillant.example", **preflight})
    assert hostile.status_code == 400
    assert "access-control-allow-origin" not in hostile.headers
    own = httpx.options(where, headers={"Origin": address(service), **preflight})
    assert own.headers["access-control-allow-origin"] == address(service)


def test_a_forged_request_is_refused_even_with_the_access(service, operator):
    forged = httpx.post(
        f"{address(service)}/api/deployments/filter",
        json={}, headers={"Authorization": operator.headers["Authorization"]},
    )  # fmt: skip
    assert (forged.status_code, forged.json()["detail"]) == (403, "Missing CSRF token.")
    assert operator.post("/deployments/filter", json={}).status_code == 200
    assert httpx.get(f"{address(service)}/ui-settings").json()["auth"] == "BASIC"


def test_what_is_changed_in_a_deployment_or_a_run_is_not_executed(service, operator, tmp_path):
    entered, elsewhere = tmp_path / "entre", tmp_path / "ailleurs.py"
    elsewhere.write_text(f"open({str(entered)!r}, 'w')\n")
    shell = [{"prefect.deployments.steps.run_shell_script": {"script": f"touch {entered}"}}]
    attacks = (
        ({"pull_steps": shell}, {}, "préparatifs que prefect.yaml n'a pas"),
        ({"entrypoint": f"{elsewhere}:reminder"}, {}, "prefect.yaml ne connaît pas"),
        ({"job_variables": {"command": f"touch {entered}", "env": {"X": "1"}}}, {}, ": command, env"),
        ({}, {"job_variables": {"env": {"PREFECT__FLOW_ENTRYPOINT": f"{elsewhere}:f"}}}, ": env"),
    )
    for change, asked, reason in attacks:
        state = ended(operator, run_changed(operator, change, asked))
        assert (state["type"], state["name"]) == ("FAILED", "Refusé")
        assert state["message"].startswith("Run refusé, rien n'a été exécuté : ")
        assert reason in state["message"]
    assert not entered.exists()
    told = (service.home / "journaux-techniques" / "worker.log").read_text(errors="replace")
    assert told.count("Run refusé, rien n'a été exécuté") >= len(attacks)


def run_changed(operator, change, asked):
    """Change the deployment of reminders and start it, as whoever has the access can; return the run."""
    known = deployment(operator, "reminder")
    told = {key: known[key] for key in ("name", "flow_id", "work_pool_name")}
    told |= {"entrypoint": "flows.reminder.reminder", "pull_steps": [], "job_variables": {}} | change
    made = posted(operator, "/deployments/", told)
    start = {
        "parameters": {"ref": "2026-001", "stage": "strategy", "visit": 1},
        "state": {"type": "SCHEDULED"},
    }
    return posted(operator, f"/deployments/{made['id']}/create_flow_run", start | asked)["id"]


def posted(operator, path, content):
    """Send something; a busy server that says 503 is asked again, as Prefect's own client does."""
    for _ in range(20):
        answer = operator.post(path, json=content)
        if answer.status_code != 503:
            assert answer.is_success, answer.text
            return answer.json()
        time.sleep(0.5)
    raise AssertionError(answer.text)


def test_the_run_of_an_honest_deployment_still_goes_through(service, operator):
    service.achats("deployer")
    where = f"/deployments/{deployment(operator, 'escalation')['id']}/create_flow_run"
    made = posted(operator, where, {"state": {"type": "SCHEDULED"}})
    assert ended(operator, made["id"])["type"] == "COMPLETED"
