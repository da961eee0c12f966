"""The canonical digest of a decisive row, read from the database as any process will read it again."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from hashlib import sha256
from importlib import import_module
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Table, select, tuple_
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import SQLModel

from models import decisive

AT_ONCE = 400
GONE = ""
UNREADABLE = "illisible"
REGISTRY = "registre"
"""The name under which a line keeps, as rows, the columns that the digests of each table cover."""
READING_FAULTS = (LookupError, ValueError, TypeError, ArithmeticError, SQLAlchemyError)

Key = tuple[object, ...]


class Digest(NamedTuple):
    """The digest of one row."""

    table: str
    key: str
    digest: str


def table_of(name: str) -> Table:
    """Return a table of the application."""
    return SQLModel.metadata.tables[name]


@lru_cache
def tables() -> tuple[str, ...]:
    """Return the names of the decisive tables."""
    import_module("models.tables")  # fills the metadata; by name: no row is imported here
    return tuple(sorted(name for name in SQLModel.metadata.tables if decisive.is_decisive(name)))


@lru_cache
def covered(name: str) -> tuple[str, ...]:
    """Return the columns that the digest of a row covers."""
    return tuple(sorted(one.name for one in table_of(name).columns if decisive.covers(name, one.name)))


@lru_cache
def registry() -> str:
    """Return the digest of the decisive tables and of the columns that are covered."""
    content = [[name, *covered(name)] for name in tables()]
    return sha256(json.dumps(content).encode()).hexdigest()


def keyed(key: Sequence[object]) -> str:
    """Return a primary key as text."""
    return "|".join(str(canonical(one)) for one in key)


def canonical(value: object) -> object:
    """Return a value as JSON holds it: the same on every database."""
    if isinstance(value, dict):
        return {str(name): canonical(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [canonical(one) for one in value]
    return next((write(value) for kind, write in WRITTEN if isinstance(value, kind)), value)


WRITTEN: tuple[tuple[type, Callable[[Any], object]], ...] = (
    (Enum, lambda one: one.value),
    (datetime, lambda one: one.astimezone(UTC).isoformat(timespec="microseconds")),
    (date, date.isoformat),
    (Decimal, lambda one: f"{one:f}"),
    (bytes, bytes.hex),
)


def digest_of(salt: str, table: str, columns: Sequence[str], row: Sequence[object]) -> str:
    """Return the salted SHA-256 of the covered columns of a row.

    >>> digest_of("s", "need", ["ref"], ["2026-001"]) == digest_of("s", "need", ["ref"], ["2026-002"])
    False
    """
    content = [table, dict(zip(columns, map(canonical, row), strict=True))]
    return sha256((salt + json.dumps(content, ensure_ascii=False, sort_keys=True)).encode()).hexdigest()


@lru_cache
def _query(name: str, columns: tuple[str, ...]) -> Select[tuple[object, ...]]:
    table = table_of(name)
    return select(*table.primary_key.columns, *(table.c[one] for one in columns))


def _among(table: Table, keys: Sequence[Key]) -> ColumnElement[bool]:
    columns = list(table.primary_key.columns)
    if len(columns) == 1:
        return columns[0].in_([key[0] for key in keys])
    return tuple_(*columns).in_(keys)


def digests(connection: Connection, salt: str, name: str, keys: Sequence[Key]) -> list[Digest]:
    """Return the digest of rows of a table by their keys; that of a row that is no more is empty."""
    table, columns = table_of(name), covered(name)
    found = {keyed(key): GONE for key in keys}
    for start in range(0, len(keys), AT_ONCE):
        query = _query(name, columns).where(_among(table, keys[start : start + AT_ONCE]))
        for one in _told(connection.execute(query), salt, name, columns):
            found[one.key] = one.digest
    return [Digest(name, key, digest) for key, digest in found.items()]


def _told(
    found: Iterable[Sequence[object]], salt: str, name: str, columns: tuple[str, ...]
) -> Iterator[Digest]:
    width = len(table_of(name).primary_key.columns)
    for row in found:
        yield Digest(name, keyed(row[:width]), digest_of(salt, name, columns, row[width:]))


def every(connection: Connection, salt: str, name: str, columns: tuple[str, ...]) -> Iterator[Digest]:
    """Yield the digest of every row of a table; a row with a value that no column may hold is told as unreadable."""
    try:
        yield from list(_told(connection.execute(_query(name, columns)), salt, name, columns))
    except READING_FAULTS:
        yield from _one_by_one(connection, salt, name, columns)


def _one_by_one(connection: Connection, salt: str, name: str, columns: tuple[str, ...]) -> Iterator[Digest]:
    table = table_of(name)
    keys = connection.execute(select(*table.primary_key.columns)).all()
    for key in keys:
        query = _query(name, columns).where(_among(table, [tuple(key)]))
        try:
            yield from list(_told(connection.execute(query), salt, name, columns))
        except READING_FAULTS:
            yield Digest(name, keyed(key), UNREADABLE)


def saying(connection: Connection, name: str, key: str) -> str:
    """Return what names a row to a reader, as far as it can be read: « réponse 12 (2026-001, review, 1) »."""
    table = table_of(name)
    columns = [table.c[one] for one in decisive.SAYING if one in table.c and not table.c[one].primary_key]
    said = f"{decisive.label(name)} {key}"
    if not columns:
        return said
    width = len(table.primary_key.columns)
    try:
        rows = connection.execute(select(*table.primary_key.columns, *columns)).all()
    except READING_FAULTS:
        return said
    for row in rows:
        if keyed(row[:width]) == key:
            return (
                f"{said} ({', '.join(str(canonical(one)) for one in row[width:] if one not in (None, ''))})"
            )
    return said
