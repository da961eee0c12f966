"""Shared fixtures. The Prefect harness starts once per session, and only when a flow test asks for it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"

os.environ.update(PREFECT_SERVER_ANALYTICS_ENABLED="false", DO_NOT_TRACK="1")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="rewrite the golden texts instead of comparing")


def forget_settings() -> None:
    """Make the next call read the environment again."""
    from tasks import outbox, settings, store

    if store.engine.cache_info().currsize:
        store.engine().dispose()
    store.engine.cache_clear()
    settings.settings.cache_clear()
    outbox._environment.cache_clear()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home directory of its own, on SQLite."""
    monkeypatch.setenv("ACHATS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ACHATS_DATABASE_URL", raising=False)
    forget_settings()
    yield tmp_path / "home"
    forget_settings()


@pytest.fixture
def group(home: Path) -> Path:
    """A home directory in which the demonstration group is loaded."""
    from tasks.organisation_file import load_organisation

    load_organisation(ROOT / "examples" / "ght-demo.toml")
    return home


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """Prefect's own test server, for the flow tests of the whole session."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield
