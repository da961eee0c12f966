"""Keeping the digests true when the tables change: the first signed line of a home of before, and migrations.

A migration may change values; it does not launder rows: what was not as the journal left it before is not sealed again
after, and stays named by the verifier.
"""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, Engine, inspect, select
from sqlmodel import Session, col

from models.journal import REHEARSAL_HOME, Fact, JournalHead
from tasks import clock, journal
from tasks.ledger import chain, held, line_keys, rows
from tasks.settings import settings

Faulty = set[tuple[str, str]]


class Before(NamedTuple):
    """What the journal held before the tables changed."""

    lines: int
    faulty: Faulty


def is_needed(connection: Connection) -> bool:
    """Return whether the journal has lines and its digests cover other columns than those of today."""
    found = connection.execute(select(col(JournalHead.seq), col(JournalHead.registry))).first()
    return found is not None and found[0] > 0 and found[1] != rows.registry()


def run(on: Engine) -> None:
    """Seal the rows again under the columns of today; the tables themselves do not change."""
    with on.begin() as connection:
        if on.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(4114)")
        if is_needed(connection):
            after(connection, before(connection))


def before(connection: Connection) -> Before:
    """Return how many lines the journal has, and the rows that are not as it left them."""
    names = set(inspect(connection).get_table_names())
    if "journal_head" not in names:
        return Before(0, set())
    lines = connection.exec_driver_sql("SELECT seq FROM journal_head").scalar() or 0
    if "journal_row" not in names or not lines:
        return Before(lines, set())
    salt = connection.execute(select(col(JournalHead.salt))).scalar() or ""
    return Before(lines, set(_faulty(connection, salt, names)))


def _faulty(connection: Connection, salt: str, names: set[str]) -> Iterator[tuple[str, str]]:
    for table, columns in held.columns_kept(connection).items():
        if table not in names or not _has(table, columns):
            continue
        for fault in held.of_table(connection, salt, table, columns):
            yield fault.table, fault.key


def _has(table: str, columns: tuple[str, ...]) -> bool:
    """Return whether the application still knows a table and its columns by the same names."""
    return table in rows.tables() and all(one in rows.table_of(table).c for one in columns)


def after(connection: Connection, state: Before) -> None:
    """Keep the digest of every row that changed with the tables, in one line that says so."""
    if not state.lines:
        return
    with Session(connection) as session:
        head = journal.locked_head(session)
        is_first = not head.registry
        kept = list(_changed(connection, head.salt, state.faulty))
        if not kept and head.registry == rows.registry():
            return
        if is_first and _was_a_rehearsal():
            clock.mark_rehearsal()
            journal.append(session, head, journal.Entry(fact=Fact.CLOCK, subject=REHEARSAL_HOME), [])
        entry = journal.Entry(
            fact=Fact.KEY if is_first else Fact.KEPT,
            subject="première ligne signée" if is_first else "registres",
            reason=_first(connection, state, len(kept))
            if is_first
            else f"tables changées : {len(kept)} lignes",
        )
        journal.append(session, head, entry, kept)
        session.commit()  # of the session: the transaction is that of the connection


def _was_a_rehearsal() -> bool:
    """Return whether a home of before was played by `achats demo`: its clock was moved, its files are there."""
    return clock.is_laid_beside() and (settings().home / "repetition").is_dir()


def _changed(connection: Connection, salt: str, faulty: Faulty) -> Iterator[tuple[str, str, str]]:
    for name in rows.tables():
        for fault in held.of_table(connection, salt, name, rows.covered(name)):
            if (fault.table, fault.key) not in faulty:
                yield fault.table, fault.key, fault.now


def _first(connection: Connection, state: Before, count: int) -> str:
    found = chain.check(connection, None)
    is_whole = isinstance(found, chain.Whole)
    said = "chaîne intacte" if is_whole else f"première anomalie à la ligne {found.seq}"  # type: ignore[union-attr]
    return (
        f"le journal est signé à partir d'ici (clé publique {line_keys.made()}) : les {state.lines} lignes d'avant "
        f"gardent leur chaîne ({said}) ; empreintes de {count} lignes des registres"
    )
