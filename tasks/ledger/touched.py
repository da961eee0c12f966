"""Which decisive rows a transaction has touched since its last line of the journal, seen by the session itself.

No module has to say what it writes: a table that is added later is followed like the others.
"""

from typing import Any

from sqlalchemy import Table, event, select
from sqlalchemy.orm import ORMExecuteState, SessionTransaction, UOWTransaction, object_mapper
from sqlalchemy.orm.attributes import instance_state
from sqlmodel import Session

from models import decisive
from models.journal import JournalLine
from tasks.ledger.rows import Key

ROWS = "journal rows"
LAST = "journal line"

Kept = list[tuple[str, str, str]]


def taken(session: Session) -> dict[str, list[Key]]:
    """Return the rows touched by table, and forget them."""
    found: dict[tuple[str, Key], None] = session.info.pop(ROWS, {})
    by_table: dict[str, list[Key]] = {}
    for table, key in found:
        by_table.setdefault(table, []).append(key)
    return by_table


def is_any(session: Session) -> bool:
    """Return whether a decisive row was touched since the last line."""
    return bool(session.info.get(ROWS))


def remember(session: Session, line: JournalLine, kept: Kept) -> None:
    """Remember the last line of the transaction: rows touched after it are added to it."""
    session.info[LAST] = (line, kept)


def last(session: Session) -> tuple[JournalLine, Kept] | None:
    """Return the last line of the transaction and the digests that it keeps, or None."""
    found: tuple[JournalLine, Kept] | None = session.info.get(LAST)
    return found


def _add(session: Session, table: str, key: Key) -> None:
    session.info.setdefault(ROWS, {})[table, key] = None


def _after_flush(session: Session, _: UOWTransaction) -> None:
    for one in (*session.new, *session.deleted):
        _add_object(session, one)
    for one in session.dirty:
        table = _table(one)
        changed = instance_state(one).committed_state
        if any(decisive.covers(table, name) for name in changed):
            _add_object(session, one)


def _table(one: object) -> str:
    return str(object_mapper(one).local_table.name)  # type: ignore[attr-defined]


def _add_object(session: Session, one: object) -> None:
    table = _table(one)
    if decisive.is_decisive(table):
        _add(session, table, tuple(object_mapper(one).primary_key_from_instance(one)))


def _on_execute(state: ORMExecuteState) -> None:
    """Note the rows that a statement of many rows changes: by the keys given, or those that it is about to reach."""
    if not (state.is_update or state.is_delete or state.is_insert):
        return
    statement: Any = state.statement
    table: Table = statement.table
    if not decisive.is_decisive(table.name):
        return
    names = [one.name for one in table.primary_key.columns]
    for key in _given(state, names) or _reached(state, table):
        _add(state.session, table.name, key)  # type: ignore[arg-type]


def _given(state: ORMExecuteState, names: list[str]) -> list[Key]:
    """Return the keys of the rows given beside a statement."""
    given: Any = state.parameters
    many: list[dict[str, object]] = given if isinstance(given, list) else [given] if given else []
    if many and all(name in one for one in many for name in names):
        return [tuple(one[name] for name in names) for one in many]
    if state.is_insert:
        raise TypeError("rows of a decisive table are inserted with their keys, or as objects")
    return []


def _reached(state: ORMExecuteState, table: Table) -> list[Key]:
    statement: Any = state.statement
    if state.is_update and not _changes(statement, table.name):
        return []
    query = select(*table.primary_key.columns)
    if statement.whereclause is not None:
        query = query.where(statement.whereclause)
    return [tuple(row) for row in state.session.connection().execute(query)]


def _changes(statement: Any, table: str) -> bool:
    values = statement._values or {}
    return not values or any(decisive.covers(table, getattr(one, "key", str(one))) for one in values)


def _forget(session: Session, *_: object) -> None:
    session.info.pop(ROWS, None)
    session.info.pop(LAST, None)


def follow(before_commit: Any) -> None:
    """Follow every session of this process from now on."""
    event.listen(Session, "after_flush", _after_flush)
    event.listen(Session, "do_orm_execute", _on_execute)
    event.listen(Session, "before_commit", before_commit)
    event.listen(Session, "after_commit", _forget)
    event.listen(Session, "after_soft_rollback", _forget_part)


def _forget_part(session: Session, previous: SessionTransaction) -> None:
    """After a whole rollback nothing is left; after that of a part, the last line may be gone."""
    session.info.pop(LAST, None)
    if not previous.nested:
        session.info.pop(ROWS, None)
