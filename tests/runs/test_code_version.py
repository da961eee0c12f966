"""Two machines whose code differs: the worker that is not of the last deployment takes no run, and says so."""

import asyncio
from types import SimpleNamespace

import pytest

from tasks.runs import code_version
from tasks.runs.worker import WarmWorker


class Known:
    """What a worker asks of Prefect: the version of the last deployment, and the runs that wait."""

    def __init__(self, declared):
        self.declared, self.asked = declared, 0

    async def read_variable_by_name(self, name):
        assert name == code_version.DECLARED
        return SimpleNamespace(value=self.declared) if self.declared else None

    async def get_scheduled_flow_runs_for_work_pool(self, **_):
        self.asked += 1
        return ["run"]


@pytest.fixture
def worker():
    made = WarmWorker("ght")
    made.said = []
    made._logger = SimpleNamespace(error=made.said.append, debug=lambda *_: None)
    return made


def runs(worker, declared):
    worker._client = Known(declared)
    return asyncio.run(worker._get_scheduled_flow_runs())


def test_a_worker_of_the_last_deployment_takes_what_waits(worker):
    assert runs(worker, code_version.own()) == ["run"]
    assert runs(worker, None) == ["run"]  # a server on which nothing was deployed yet
    assert worker.said == []


def test_a_worker_of_another_version_takes_nothing_and_says_it_once(worker):
    for _ in range(3):
        assert runs(worker, "0123456789ab") == []
        assert worker._client.asked == 0
    assert len(worker.said) == 1
    assert (
        f"son code (version {code_version.own()}) n'est pas celui du service (version 0123456789ab)"
        in worker.said[0]
    )
    assert runs(worker, code_version.own()) == ["run"]
    assert runs(worker, "0123456789ab") == []
    assert len(worker.said) == 2


def test_the_version_follows_the_code_and_nothing_else(monkeypatch, tmp_path):
    for name in (
        "models/a.py",
        "tasks/b.py",
        "migrations/c.py",
        "templates/d.docx",
        "prefect.yaml",
        "docs/e.md",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(code_version, "ROOT", tmp_path)

    def version():
        code_version.own.cache_clear()
        return code_version.own()

    first = version()
    (tmp_path / "docs/e.md").write_text("other")
    (tmp_path / "tasks/b.pyc").write_text("other")
    assert version() == first
    for name in ("models/a.py", "migrations/c.py", "templates/d.docx", "prefect.yaml"):
        (tmp_path / name).write_text("other")
        assert version() != first
        (tmp_path / name).write_text(name)
    assert version() == first
    code_version.own.cache_clear()
