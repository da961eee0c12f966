"""Holding every row of every decisive table against the last digest that the journal keeps of it."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, select
from sqlmodel import col

from models.journal import Fact, JournalHead, JournalLine, JournalRow, digest_of_rows
from tasks.ledger import line_keys, rows, signed_lines

CHANGED = "contenu changé hors de l'application"
ADDED = "ajouté hors de l'application"
REMOVED = "effacé hors de l'application"

Digests = dict[str, tuple[str, int]]
"""By key, the last digest of a row and the line that keeps it."""


class Fault(NamedTuple):
    """A row that is not as the journal left it."""

    table: str
    key: str
    what: str
    line: int | None
    now: str = rows.GONE  # its digest today


def faults(connection: Connection) -> Iterator[Fault]:
    """Yield every decisive row changed, added or removed beside the journal."""
    for name in rows.tables():
        yield from faults_of(connection, name)


def faults_of(connection: Connection, name: str) -> Iterator[Fault]:
    """Yield the rows of one decisive table that are not as the journal left them."""
    salt = connection.execute(select(col(JournalHead.salt))).scalar() or ""
    yield from of_table(connection, str(salt), name, rows.covered(name))


def of_table(connection: Connection, salt: str, name: str, columns: tuple[str, ...]) -> Iterator[Fault]:
    """Yield the faults of one table, its digests made of the columns given."""
    known = last_digests(connection, name)
    for one in rows.every(connection, salt, name, columns):
        digest, line = known.pop(one.key, (rows.GONE, None))
        if digest == rows.GONE:
            yield Fault(name, one.key, ADDED, line, one.digest)
        elif digest != one.digest:
            yield Fault(name, one.key, CHANGED, line, one.digest)
    for key, (digest, line) in known.items():
        if digest != rows.GONE:
            yield Fault(name, key, REMOVED, line)


def last_digests(connection: Connection, name: str) -> Digests:
    """Return the last digest of each row of a table."""
    query = select(col(JournalRow.key), col(JournalRow.digest), col(JournalRow.seq))
    query = query.where(col(JournalRow.table_name) == name).order_by(col(JournalRow.seq))
    return {key: (digest, seq) for key, digest, seq in connection.execute(query)}


def said(connection: Connection, fault: Fault) -> str:
    """Return a fault in words."""
    return f"{rows.saying(connection, fault.table, fault.key)} : {fault.what}"


def columns_kept(connection: Connection) -> dict[str, tuple[str, ...]]:
    """Return the columns that the digests of each table cover, as the journal last said."""
    return {
        name: tuple(found.split(",")) for name, (found, _) in last_digests(connection, rows.REGISTRY).items()
    }


def is_as_kept(connection: Connection, name: str, key: rows.Key) -> bool:
    """Return whether one row is as the journal left it, the line that says so being signed by the key of this home.

    True too for a row of which the journal keeps nothing yet: the first signed line has not been written.
    """
    query = select(col(JournalRow.digest), col(JournalRow.seq)).where(
        col(JournalRow.table_name) == name, col(JournalRow.key) == rows.keyed(key)
    )
    last = connection.execute(query.order_by(col(JournalRow.seq).desc()).limit(1)).first()
    head = connection.execute(select(col(JournalHead.salt), col(JournalHead.registry))).first()
    if last is None or head is None:
        return head is None or not head[1]
    try:
        (now,) = rows.digests(connection, head[0], name, [key])
    except rows.READING_FAULTS:
        return False
    return now.digest == last[0] and _is_true(connection, last[1])


def _is_true(connection: Connection, seq: int) -> bool:
    """Return whether the digests of a line are those that its signature covers."""
    found = connection.execute(select(JournalLine.__table__).where(col(JournalLine.seq) == seq)).first()  # type: ignore[attr-defined]
    if found is None:
        return False
    line = JournalLine(**found._mapping)
    kept = connection.execute(
        select(col(JournalRow.table_name), col(JournalRow.key), col(JournalRow.digest)).where(
            col(JournalRow.seq) == seq
        )
    )
    is_whole = line.computed_hash() == line.hash and line.rows_digest == digest_of_rows(
        [(row[0], row[1], row[2]) for row in kept]
    )
    key = line.signing_key or ""
    return is_whole and key in _keys(connection) and signed_lines.is_signed(line.hash, line.signature, key)


def _keys(connection: Connection) -> set[str]:
    """Return the key of this home and those that it replaced."""
    query = select(col(JournalLine.before), col(JournalLine.after)).where(col(JournalLine.fact) == Fact.KEY)
    known = {line_keys.public_key() or ""}
    for before, after in connection.execute(query.order_by(col(JournalLine.seq).desc())):
        if after in known and before:
            known.add(before)
    return known
