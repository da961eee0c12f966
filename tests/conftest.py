"""Shared fixtures. The Prefect harness starts once per session, and only when a flow test asks for it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
DATABASE = "achats.sqlite"
JOURNAL_KEY = "cle-du-journal"

os.environ.update(PREFECT_SERVER_ANALYTICS_ENABLED="false", DO_NOT_TRACK="1", PREFECT_LOGGING_LEVEL="WARNING")

# Each commit of the product waits for the disk; the tests make tens of thousands, so their files live in memory.
MEMORY = Path("/dev/shm")
MEMORY_NEEDED = 4 * 2**30
if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_NEEDED:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


AWAY = pytest.StashKey[AbstractContextManager[object]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="rewrite the golden texts instead of comparing")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that open a database, for the fast suite; begin with the longest, so that no process waits."""
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        parameters = getattr(getattr(item, "callspec", None), "params", {}).values()
        if asked & {"home", "group", "postgres_server", "shared"} or "sqlite" in parameters:
            item.add_marker(pytest.mark.database)
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    long = ("server", "flow", "slow")
    return next((rank for rank, name in enumerate(long) if item.get_closest_marker(name)), len(long))


@pytest.fixture(autouse=True)
def own_environment(request: pytest.FixtureRequest) -> Iterator[None]:
    """Give back the environment: a test that joins a Prefect server must not send the next ones to it.

    The test server of the session stays up after the flow tests: the others must find Prefect away, as if alone.
    """
    before = dict(os.environ)
    elsewhere = "prefect_server" not in request.fixturenames and request.config.stash.get(AWAY, None)
    with elsewhere or nullcontext():
        yield
    os.environ.clear()
    os.environ.update(before)


def forget_settings() -> None:
    """Make the next call read the environment again."""
    from tasks import settings, store
    from tasks.outgoing import outbox

    if store.engine.cache_info().currsize:
        store.engine().dispose()
    store.engine.cache_clear()
    settings.settings.cache_clear()
    outbox._environment.cache_clear()


def _settle(patch: pytest.MonkeyPatch, home: Path) -> Path:
    """Make a folder the home directory, on SQLite."""
    patch.setenv("ACHATS_HOME", str(home))
    patch.delenv("ACHATS_DATABASE_URL", raising=False)
    forget_settings()
    return home


@pytest.fixture(scope="session")
def made_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file whose tables the migrations made, once for the session."""
    from tasks.store import engine

    with pytest.MonkeyPatch.context() as patch:
        home = _settle(patch, tmp_path_factory.mktemp("tables") / "home")
        engine()
        forget_settings()
    return home / DATABASE


@pytest.fixture(scope="session")
def loaded_group(tmp_path_factory: pytest.TempPathFactory, made_tables: Path) -> Path:
    """A database file that holds the demonstration group, loaded once for the session."""
    from tasks.loading.file import load_organisation

    with pytest.MonkeyPatch.context() as patch:
        home = _settle(patch, tmp_path_factory.mktemp("group") / "home")
        home.mkdir(mode=0o700)
        shutil.copy(made_tables, home / DATABASE)
        load_organisation(ROOT / "examples" / "ght-demo.toml")
        forget_settings()
    return home / DATABASE


@pytest.fixture
def home(made_tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home directory of its own, on SQLite, its tables made."""
    found = _settle(monkeypatch, tmp_path / "home")
    found.mkdir(mode=0o700)
    shutil.copy(made_tables, found / DATABASE)
    yield found
    forget_settings()


@pytest.fixture
def group(home: Path, loaded_group: Path) -> Path:
    """A home directory in which the demonstration group is loaded."""
    for name in (DATABASE, JOURNAL_KEY):
        shutil.copy(loaded_group.parent / name, home / name)
    return home


@pytest.fixture(scope="session")
def prefect_server(request: pytest.FixtureRequest) -> Iterator[None]:
    """Prefect's own test server for the whole session; without heartbeats, which cost a second a run."""
    from prefect.context import SettingsContext
    from prefect.settings import (
        PREFECT_API_URL,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        PREFECT_LOGGING_TO_API_ENABLED,
        PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE,
        PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL,
        temporary_settings,
    )
    from prefect.testing.utilities import prefect_test_harness

    together = {
        PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE: 200,  # as in `tasks.settings`
        PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL: 2,
    }
    quiet = {PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None, PREFECT_LOGGING_TO_API_ENABLED: False}
    with (
        temporary_settings(together),
        prefect_test_harness(server_startup_timeout=120),
        temporary_settings(quiet),
    ):
        now = SettingsContext.get()
        assert now is not None
        nowhere = now.settings.copy_with_update(updates={PREFECT_API_URL: None})
        request.config.stash[AWAY] = SettingsContext(profile=now.profile, settings=nowhere)
        yield
        del request.config.stash[AWAY]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real public data, which is not part of the project."""
    if not SHARED.is_dir():
        pytest.skip("real data absent: the folder ../shared/data is not there")
    return SHARED


def _postgres_programs() -> Path | None:
    """Where initdb and postgres are, None when PostgreSQL is not installed."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a throw-away PostgreSQL server; skipped by name where none is installed."""
    programs = _postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (initdb, postgres)")
    # Not under pytest's own folders: it prunes those of earlier sessions, even while one still runs.
    data = Path(tempfile.mkdtemp(prefix="achats-pg-"))
    as_user: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        as_user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        shutil.chown(data, "nobody", "nogroup")
    cluster = data / "cluster"

    def run(*command: object) -> None:
        subprocess.run([*as_user, *map(str, command)], check=True, capture_output=True, cwd=data)

    run(programs / "initdb", "-D", cluster, "-U", "achats", "-A", "trust")
    control = (programs / "pg_ctl", "-D", cluster, "-w", "-l", data / "log")
    run(*control, "-o", f"-c listen_addresses= -k {data} -c fsync=off", "start")
    yield f"postgresql+psycopg://achats@/postgres?host={data}"
    run(*control, "-m", "immediate", "stop")
    shutil.rmtree(data)


@pytest.fixture(scope="session")
def postgres_tables(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a server whose database `tables` holds what the migrations made, once for the session."""
    from tasks.store import engine

    with pytest.MonkeyPatch.context() as patch:
        _settle(patch, tmp_path_factory.mktemp("postgres") / "home")
        _remake_database(postgres_server, "tables", template="template0")
        patch.setenv("ACHATS_DATABASE_URL", postgres_server.replace("/postgres?", "/tables?"))
        engine()
        forget_settings()
    return postgres_server


@pytest.fixture
def postgres_home(home: Path, postgres_tables: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory of its own whose application database is on PostgreSQL, its tables made."""
    _remake_database(postgres_tables, "achats", template="tables")
    monkeypatch.setenv("ACHATS_DATABASE_URL", postgres_tables.replace("/postgres?", "/achats?"))
    forget_settings()
    return home


def _remake_database(server: str, name: str, template: str) -> None:
    import sqlalchemy

    maintenance = sqlalchemy.create_engine(server, isolation_level="AUTOCOMMIT")
    with maintenance.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
    maintenance.dispose()
