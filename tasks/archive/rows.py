"""The rows of an export: which ones belong to a purchase, and each as JSON, whatever the database."""

import json
from collections.abc import Callable, Iterator

import sqlalchemy
from pydantic import TypeAdapter
from sqlalchemy import Table, select
from sqlmodel import Session, SQLModel, col

import models.tables  # noqa: F401 (every table must be known)
from models.contracts.register import Contract

AT_ONCE = 500
EPHEMERAL = frozenset({"lease", "login_session", "invitation", "restoration", "sent_before"})
JOURNAL = ("journal", "journal_head", "journal_row")
CONTRACT = ("buyer_siret", "contract_number")
Kept = dict[str, dict[tuple[object, ...], SQLModel]]


def classes() -> dict[str, type[SQLModel]]:
    """Return the class of every table that is exported, parents before children."""
    found: dict[str, type[SQLModel]] = {}
    waiting = list(SQLModel.__subclasses__())
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        table = getattr(one, "__table__", None)
        if table is not None:
            found[table.name] = one
    order = [table.name for table in SQLModel.metadata.sorted_tables]
    return {name: found[name] for name in order if name in found and name not in EPHEMERAL}


def table_of(kind: type[SQLModel]) -> Table:
    """Return the table of a class."""
    found: Table = kind.__table__  # type: ignore[attr-defined]
    return found


def every(session: Session, kind: type[SQLModel]) -> Iterator[SQLModel]:
    """Yield the rows of a table in the order of its key, without holding them all."""
    query = select(kind).order_by(*table_of(kind).primary_key.columns).execution_options(yield_per=AT_ONCE)
    for row in session.scalars(query):
        yield row
        session.expunge(row)


def of_purchase(session: Session, ref: str) -> Kept:
    """Return the rows that belong to a purchase, and those that they refer to, by table and key."""
    known, kept = classes(), dict[str, dict[tuple[object, ...], SQLModel]]()
    contracts = _contracts(session, ref)
    for name, kind in known.items():
        if name in JOURNAL or name == "dispatch":
            continue
        for condition in _belongs(table_of(kind), ref, contracts):
            _keep(kept, session, kind, condition)
    for name, kind in known.items():
        _keep_children(kept, session, name, kind)
    owned = [row for rows in kept.values() for row in rows.values()]
    while owned:
        owned = [parent for row in owned for parent in _parents(kept, session, known, row)]
    _keep(kept, session, known["ght"], sqlalchemy.true())
    _keep(kept, session, known["establishment"], sqlalchemy.true())
    return {name: kept[name] for name in known if name in kept}


def _contracts(session: Session, ref: str) -> list[tuple[str, str]]:
    rows = session.scalars(select(Contract).where(col(Contract.procurement_ref) == ref))
    return [(one.buyer_siret, one.number) for one in rows]


def _belongs(
    table: Table, ref: str, contracts: list[tuple[str, str]]
) -> Iterator[sqlalchemy.ColumnElement[bool]]:
    for name in ("ref", "procurement_ref"):
        if name in table.columns:
            yield table.c[name] == ref
    if contracts and all(name in table.columns for name in CONTRACT):
        yield sqlalchemy.tuple_(*(table.c[name] for name in CONTRACT)).in_(contracts)


def _keep(
    kept: Kept, session: Session, kind: type[SQLModel], condition: sqlalchemy.ColumnElement[bool]
) -> None:
    table = table_of(kind)
    for row in session.scalars(select(kind).where(condition)):
        kept.setdefault(table.name, {})[_key(table, row)] = row


def _key(table: Table, row: SQLModel) -> tuple[object, ...]:
    return tuple(getattr(row, column.key) for column in table.primary_key.columns)


def _keep_children(kept: Kept, session: Session, name: str, kind: type[SQLModel]) -> None:
    """Keep the rows without a reference of their own that hang on one of the purchase: the events of a risk."""
    table = table_of(kind)
    if "ref" in table.columns or name in JOURNAL:
        return
    for link in table.foreign_keys:
        parent = link.column.table.name
        if parent in ("risk", "seat", "procurement_lock") and parent in kept:
            values = [getattr(row, link.column.key) for row in kept[parent].values()]
            _keep(kept, session, kind, link.parent.in_(values))


def _parents(
    kept: Kept, session: Session, known: dict[str, type[SQLModel]], row: SQLModel
) -> Iterator[SQLModel]:
    """Yield the rows that a row refers to and that are not kept yet."""
    for link in table_of(type(row)).foreign_keys:
        name, value = link.column.table.name, getattr(row, link.parent.key)
        if value is None or name not in known:
            continue
        found = session.scalars(select(known[name]).where(link.column == value)).first()
        rows = kept.setdefault(name, {})
        if found is not None and (key := _key(table_of(known[name]), found)) not in rows:
            rows[key] = found
            yield found


def as_json(row: SQLModel) -> str:
    """Return a row as one line of JSON; amounts are text, instants have their offset."""
    return json.dumps(_values(row), ensure_ascii=False)


def maker(kind: type[SQLModel]) -> Callable[[dict[str, object]], SQLModel]:
    """Return what makes a row of a table from its JSON; a column that the export does not know takes its default."""
    readers = {
        name: TypeAdapter[object](field.annotation or object) for name, field in kind.model_fields.items()
    }

    def made(values: dict[str, object]) -> SQLModel:
        return kind(**{name: readers[name].validate_python(value) for name, value in values.items()})

    return made


def _values(row: SQLModel) -> dict[str, object]:
    """Return the values of a row in the order of its columns: a row that was read has them in no order."""
    found = row.model_dump(mode="json")
    return {name: found[name] for name in columns(type(row))}


def cells(row: SQLModel) -> list[str]:
    """Return a row as cells of CSV; what is not plain is JSON, and no cell begins as a formula does."""
    return [_cell(value) for value in _values(row).values()]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text[:1] in tuple("=+-@\t\r") else text


def columns(kind: type[SQLModel]) -> list[str]:
    """Return the names of the columns, as JSON and CSV write them."""
    return [name for name, field in kind.model_fields.items() if not field.exclude]


def schema(kinds: dict[str, type[SQLModel]]) -> dict[str, object]:
    """Return the JSON Schema of each table, its key and what it refers to beside it."""
    return {
        name: {
            "json_schema": kind.model_json_schema(mode="serialization"),
            "cle": [column.name for column in table_of(kind).primary_key.columns],
            "renvois": {
                link.parent.name: f"{link.column.table.name}.{link.column.name}"
                for link in table_of(kind).foreign_keys
            },
        }
        for name, kind in kinds.items()
    }
