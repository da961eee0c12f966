"""The database of the application: engine, migrations applied at first use, one way to open a transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import sqlalchemy
from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session, create_engine

from models.errors import BadInput
from tasks import recorded
from tasks.settings import ROOT, settings
from tasks.store_faults import database_fails

if TYPE_CHECKING:
    from alembic.config import Config

BUSY_SECONDS = 30
WROTE = "wrote"
MOST_APART = 4  # threads of one process beside the one that makes pages
KEEPALIVES = (10, 5, 3)  # seconds of silence, seconds between two questions, questions without an answer
SILENT_SECONDS = 30  # that something sent may stay unanswered
CONNECTIONS = MOST_APART + 3  # and the two that send: what follows a decision, webhooks


@lru_cache
def engine() -> Engine:
    """Return the engine on the application's database, its tables brought to the present version."""
    url = settings().database
    _proofs().begin()
    try:
        made = create_engine(url, **_pool(url))
    except (ArgumentError, ModuleNotFoundError) as error:
        raise BadInput("ACHATS_DATABASE_URL n'est pas une adresse de base de données lisible.") from error
    if made.dialect.name == "sqlite":
        event.listen(made, "connect", _prepare_sqlite)
        event.listen(made, "begin", _begin_immediate)
    try:
        migrate(made)
    except DBAPIError as error:
        if failure := database_fails(error):
            raise failure from error
        raise
    return made


def _pool(url: str) -> dict[str, Any]:
    """Return the options of the pool: one connection for each thread that may ask, opened when first needed.

    A file answers always; a server that restarted is asked before each use.
    """
    is_remote = not url.startswith("sqlite")
    pool = {"pool_pre_ping": is_remote, "pool_size": CONNECTIONS, "max_overflow": CONNECTIONS}
    return {**pool, "connect_args": _watched(url)} if is_remote else pool


def _watched(url: str) -> dict[str, object]:
    """Return what makes either end of a connection notice within half a minute that the other machine has died.

    The locks of a machine without power are held until the server of the database notices; two hours by default.
    """
    idle, interval, count = KEEPALIVES
    own = {"keepalives_idle": idle, "keepalives_interval": interval, "keepalives_count": count}
    asked = {"idle": idle, "interval": interval, "count": count}
    theirs = " ".join(f"-c tcp_keepalives_{name}={value}" for name, value in asked.items())
    patience = (
        1000 * SILENT_SECONDS
    )  # for what was on its way when the cable was cut: no sign of life is asked then
    given = make_url(url).query.get("options", "")
    options = f"{theirs} -c tcp_user_timeout={patience} {given}".strip()
    return {**own, "tcp_user_timeout": patience, "options": options}


def _prepare_sqlite(connection: sqlalchemy.engine.interfaces.DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # SQLAlchemy says BEGIN itself, see `_begin_immediate`
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "foreign_keys=ON",
        "synchronous=FULL",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock first: a transaction that reads then writes never fails half-way on SQLite."""
    options = connection.get_execution_options()
    connection.exec_driver_sql("BEGIN" if options.get("reading") else "BEGIN IMMEDIATE")


def _proofs() -> Any:
    """Return what keeps the rows and the journal provable; loaded by name, it knows the tables that use the store."""
    return import_module("tasks.process.provable")


def migrate(on: Engine) -> None:
    """Bring the tables to the present version; processes that start together wait for one another."""
    from alembic import command
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = _migrations()
    newest = ScriptDirectory.from_config(config).get_current_head()
    with on.connect() as connection:
        if MigrationContext.configure(connection).get_current_revision() == newest:
            if _proofs().is_needed(connection):
                connection.rollback()
                _proofs().run(on)
            return
    with on.begin() as connection:
        if on.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(4114)")
        config.attributes["connection"] = connection
        before = _proofs().before(connection)
        try:
            command.upgrade(config, "head")
        except CommandError as error:  # a revision that this code does not have
            raise BadInput(
                "La base de données est d'une version plus récente que ce code : mettez à jour cette machine."
            ) from error
        _proofs().after(connection, before)


def _migrations() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("recursive_version_locations", "true")
    return config


def knows_revision(revision: str) -> bool:
    """Return whether the tables of that revision are of this version of the application or of an older one."""
    from alembic.script import ScriptDirectory

    known = ScriptDirectory.from_config(_migrations()).walk_revisions()
    return revision in {one.revision for one in known}


def newest_revision() -> str:
    """Return the revision of the tables of this version of the application."""
    from alembic.script import ScriptDirectory

    return str(ScriptDirectory.from_config(_migrations()).get_current_head())


@contextmanager
def snapshot() -> Iterator[Session]:
    """Give a session that sees one moment of the database however long it reads."""
    options: dict[str, object] = {"reading": True}
    if engine().dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"
    with Session(engine().execution_options(**options), expire_on_commit=False) as session:
        yield session


def forget_engine() -> None:
    """Let go of the database, which another one takes the place of."""
    if engine.cache_info().currsize:
        engine().dispose()
    engine.cache_clear()


@contextmanager
def transaction() -> Iterator[Session]:
    """Give a session that commits at the end of the block, or leaves nothing when the block fails.

    Raises `StoreAway` when the database fails; while it confirms, a server may have recorded all the same.
    """
    session, is_confirming = None, False
    try:
        with Session(engine(), expire_on_commit=False) as session, session.begin():
            yield session
            session.flush()
            is_confirming = True
    except Exception as error:
        is_local = session is None or session.get_bind().dialect.name == "sqlite"
        if failure := database_fails(error, is_certain=is_local or not is_confirming):
            raise failure from error
        raise
    if session.info.get(WROTE):
        recorded.note()


@contextmanager
def reading() -> Iterator[Session]:
    """Give a session for looking only; it takes no write lock. Raises `StoreAway` when the database fails."""
    try:
        with Session(engine().execution_options(reading=True), expire_on_commit=False) as session:
            yield session
    except Exception as error:
        if failure := database_fails(error):
            raise failure from error
        raise


@event.listens_for(Session, "after_flush")
def _note_flush(session: Session, _: object) -> None:
    session.info[WROTE] = True


@event.listens_for(Session, "do_orm_execute")
def _note_statement(asked: ORMExecuteState) -> None:
    if asked.is_insert or asked.is_update or asked.is_delete:
        asked.session.info[WROTE] = True


def instant(session: Session) -> datetime:
    """Return what time it is by the clock of the database: the same for every machine, moved by no rehearsal."""
    if session.get_bind().dialect.name == "sqlite":
        said = session.scalar(sqlalchemy.select(sqlalchemy.func.strftime("%Y-%m-%d %H:%M:%f", "now")))
        return datetime.fromisoformat(str(said)).replace(tzinfo=UTC)
    found = session.scalar(sqlalchemy.select(sqlalchemy.func.clock_timestamp()))
    assert isinstance(found, datetime)
    return found.astimezone(UTC)
