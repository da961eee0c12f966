"""Bringing a Prefect server in line with `prefect.yaml`: once, and again only when something is missing or changed."""

import shutil

import pytest

from tasks.runs import deployments
from tasks.settings import ROOT

pytestmark = pytest.mark.flow


@pytest.fixture
def server(prefect_server, monkeypatch):
    """A client of Prefect's test server, on which nothing of this product is left at the end."""
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL

    monkeypatch.setenv(
        "PREFECT_API_URL", PREFECT_API_URL.value()
    )  # for `prefect deploy`, a process of its own
    with get_client(sync_client=True) as client:
        yield client
        deployments._prune(client, set())


def names(client):
    return set(deployments._held(client))


def test_a_server_that_holds_everything_is_left_alone_and_what_is_missing_is_made_again(
    server, monkeypatch, tmp_path
):
    made = deployments.apply()
    assert names(server) == set(made.deploiements) >= {"lifecycle/ght", "watch/ght", "renewal/ght"}

    asked = []
    monkeypatch.setattr(deployments, "_deploy", asked.append)
    deployments.apply(only_changes=True)
    assert asked == []

    server.delete_deployment(server.read_deployment_by_name("watch/ght").id)
    deployments.apply(only_changes=True)
    assert len(asked) == 1

    shorter = tmp_path / "prefect.yaml"
    shutil.copy(ROOT / "prefect.yaml", shorter)
    text = shorter.read_text(encoding="utf-8")
    shorter.write_text(text[: text.rindex("\n  - name: ght")], encoding="utf-8")
    assert deployments.apply(shorter, only_changes=True).retires == ["renewal/ght"]
    assert asked == [ROOT / "prefect.yaml", shorter]
