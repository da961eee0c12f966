"""The database copied while it lives, and put back: SQLite's own backup, pg_dump and pg_restore."""

import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy
from pydantic import BaseModel
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import URL, make_url

from models.archive.manifest import Engine, JournalEnd
from models.errors import BadInput, Unavailable
from tasks import storage
from tasks.settings import settings
from tasks.store import BUSY_SECONDS

FIRST_LINES = 2


class Copied(BaseModel):
    """What a copy of the database is: its kind, the revision of its tables, where its journal ends, whose group."""

    engine: Engine
    revision: str
    journal: JournalEnd
    group: str


def engine_of_home() -> Engine:
    """Return which database this home works on."""
    return Engine.SQLITE if settings().database.startswith("sqlite") else Engine.POSTGRESQL


def copy_to(target: Path) -> Copied:
    """Copy the living database into one file; what is written meanwhile is not in it."""
    if engine_of_home() is Engine.SQLITE:
        return _copy_sqlite(target)
    return _copy_postgresql(target)


def _copy_sqlite(target: Path) -> Copied:
    source = Path(make_url(settings().database).database or "")
    try:
        with (
            closing(sqlite3.connect(source, timeout=BUSY_SECONDS)) as living,
            closing(sqlite3.connect(target)) as copy,
        ):
            living.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            (state,) = copy.execute("PRAGMA quick_check").fetchone()
    except sqlite3.Error as error:
        raise Unavailable(f"La base n'a pas pu être copiée : {error}.") from error
    if state != "ok":
        raise Unavailable(f"La base copiée n'est pas saine ({state}) : rien n'a été gardé.")
    made = create_engine(f"sqlite:///{target}")
    try:
        with made.connect() as connection:
            return _facts(connection, Engine.SQLITE)
    finally:
        made.dispose()


def _copy_postgresql(target: Path) -> Copied:
    """Let pg_dump copy the moment that one transaction sees, and read the end of the journal in the same."""
    made = create_engine(settings().database, isolation_level="REPEATABLE READ")
    try:
        with made.connect() as connection, _postgres("pg_dump") as (program, address):
            (snapshot,) = connection.execute(text("SELECT pg_export_snapshot()")).one()
            found = _facts(connection, Engine.POSTGRESQL)
            options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
            _run([program, *options, f"--file={target}", f"--dbname={address}"], "copiée")
            return found
    except sqlalchemy.exc.OperationalError as error:
        raise Unavailable("La base de données ne répond pas : rien n'a été copié.") from error
    finally:
        made.dispose()


def _facts(connection: Connection, engine: Engine) -> Copied:
    def one(query: str) -> tuple[object, ...]:
        found = connection.execute(text(query)).first()
        return tuple(found) if found else ()

    (revision,) = one("SELECT version_num FROM alembic_version") or ("",)
    lines, digest = one("SELECT seq, hash FROM journal_head") or (0, "0" * 64)
    (group,) = one("SELECT code FROM ght") or ("",)
    return Copied(
        engine=engine,
        revision=str(revision),
        journal=JournalEnd(lignes=int(str(lines)), empreinte=str(digest)),
        group=str(group),
    )


@contextmanager
def _postgres(name: str) -> Iterator[tuple[str, str]]:
    """Give a program of PostgreSQL and the address of the database, its password in a file that only we read."""
    program = shutil.which(name)
    if program is None:
        raise BadInput(
            f"{name} n'est pas installé sur cette machine : installez les programmes clients de PostgreSQL, de la "
            "version du serveur au moins."
        )
    url = make_url(settings().database)
    with tempfile.TemporaryDirectory(prefix="achats-pg-") as folder:
        if url.password:
            kept = Path(folder) / "pgpass"
            secret = str(url.password).replace("\\", "\\\\").replace(":", "\\:")
            storage.write_new(kept, f"*:*:*:*:{secret}\n".encode(), 0o600)
            url = url.update_query_dict({"passfile": str(kept)})
        yield program, _libpq(url)


def _libpq(url: URL) -> str:
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, {**url.query})
    return bare.render_as_string(hide_password=False)


def _run(words: list[str], what: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        said = " ; ".join(done.stderr.strip().splitlines()[:FIRST_LINES]) or f"code {done.returncode}"
        raise Unavailable(f"La base n'a pas pu être {what} : {said}.")


def is_empty() -> bool:
    """Return whether this home has no database, or one in which nothing was ever written."""
    if engine_of_home() is Engine.SQLITE and not _sqlite_file().exists():
        return True
    made = create_engine(settings().database)
    try:
        with made.connect() as connection:
            tables = sqlalchemy.inspect(connection).get_table_names()
            if "journal_head" not in tables:
                return not tables
            found = _facts(connection, engine_of_home())
            return found.journal.lignes == 0 and not found.group
    except sqlalchemy.exc.DBAPIError as error:
        raise Unavailable("La base présente ne se lit pas : mettez-la de côté à la main.") from error
    finally:
        made.dispose()


def _sqlite_file() -> Path:
    return Path(make_url(settings().database).database or "")


def put_back(copy: Path) -> None:
    """Put a copy in the place of an empty database."""
    if engine_of_home() is Engine.SQLITE:
        for suffix in ("-wal", "-shm"):
            _sqlite_file().with_name(_sqlite_file().name + suffix).unlink(missing_ok=True)
        with storage.whole(_sqlite_file()) as file, copy.open("rb") as source:
            shutil.copyfileobj(source, file)
        return
    with _postgres("pg_restore") as (program, address):
        options = ["--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction"]
        _run([program, *options, f"--dbname={address}", str(copy)], "remise")


def set_aside(name: str) -> str:
    """Put the present database aside and return the address at which it is read."""
    if engine_of_home() is Engine.SQLITE:
        return _sqlite_aside(name)
    made = create_engine(settings().database)
    schema = name.replace("-", "_").lower()  # as PostgreSQL folds an unquoted name
    with made.begin() as connection:
        connection.execute(text(f'ALTER SCHEMA public RENAME TO "{schema}"'))
        connection.execute(text("CREATE SCHEMA public"))
    made.dispose()
    return (
        make_url(settings().database)
        .update_query_dict({"options": f"-csearch_path={schema}"})
        .render_as_string(hide_password=False)
    )


def _sqlite_aside(name: str) -> str:
    source = _sqlite_file()
    with closing(sqlite3.connect(source, timeout=BUSY_SECONDS)) as living:
        living.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    target = settings().home / name / source.name
    target.parent.mkdir(parents=True, exist_ok=True)
    for suffix in ("", "-wal", "-shm"):
        one = source.with_name(source.name + suffix)
        if one.exists():
            one.replace(target.with_name(one.name))
    return f"sqlite:///{target}"
