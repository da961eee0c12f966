"""A home with a row in every decisive table, each kept by the journal, and another value for any column."""

from datetime import UTC, date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Session

from models import decisive
from models.signing.acts import Act, ActList
from tasks import store
from tasks.ledger import rows
from tasks.process import conflicts, filing
from tasks.process.filing import Paper
from tests.portal_scene import BUYER, LEGAL, PURCHASING, give_access
from tests.sealed_scene import REF, to_tendering
from tests.signing_scene import load, sign, waiting

INSTANT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def build() -> None:
    """Load the demo group, play what leaves rows, then put a row in each decisive table that has none."""
    load()
    for email in (BUYER, LEGAL, PURCHASING):
        give_access(email)
    to_tendering()
    waiting("2026-002")
    paper = {"kind": "rapport", "title": "Rapport", "folder": "analyse", "file_name": "r.docx"}
    filing.keep(Paper(ref=REF, content=b"rapport", **paper))
    conflicts.declare(REF, LEGAL, "conflit", "Parenté avec un candidat")
    sign("2026-002", PURCHASING)
    _fill()


def _fill() -> None:
    with store.engine().connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        with Session(connection) as session:
            for name in rows.tables():
                table = rows.table_of(name)
                if session.execute(sa.select(table).limit(1)).first() is None:
                    session.execute(sa.insert(table), [{one.name: value_of(one) for one in table.columns}])
            session.commit()


def value_of(column: sa.Column, other: bool = False) -> object:
    """Return a value for a column; with `other`, a second one."""
    kind = column.type
    if isinstance(kind, sa.Enum):
        return list(kind.enum_class)[int(other)]
    if isinstance(kind, ActList):
        return list(Act)[: 1 + other]
    kind = kind.impl_instance if isinstance(kind, sa.TypeDecorator) else kind
    return next(values[int(other)] for base, values in VALUES if isinstance(kind, base))


VALUES = (
    (sa.Boolean, (False, True)),
    (sa.Numeric, (Decimal("1.00"), Decimal("2.00"))),
    (sa.Integer, (7, 8)),
    (sa.DateTime, (INSTANT, INSTANT.replace(minute=1))),
    (sa.Date, (date(2026, 3, 1), date(2026, 3, 2))),
    (sa.JSON, ({"cle": 1}, {"cle": 2})),
    (sa.String, ("texte-1", "texte-2")),
)


def covered_columns() -> list[tuple[str, str]]:
    """Return every column of which the journal keeps the value, but the keys."""
    keys = {(name, one.name) for name in rows.tables() for one in rows.table_of(name).primary_key.columns}
    found = [(name, column) for name in rows.tables() for column in rows.covered(name)]
    return [one for one in found if one not in keys and decisive.covers(*one)]
