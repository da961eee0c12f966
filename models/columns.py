"""Column types that keep money exact and instants aware on SQLite as on PostgreSQL."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, cast

from pydantic import PlainSerializer
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine
from sqlmodel import BigInteger, Enum, Field, Numeric, TypeDecorator, UTCDateTime

from models.reading.figures import CENT, to_cents


class Money(TypeDecorator[Decimal]):
    """EUR, exact at the cent: NUMERIC(16, 2) on PostgreSQL, whole cents on SQLite (which has no decimal)."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Decimal] | TypeEngine[int]:
        """Return the storage type of the database in use."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(Numeric(16, 2))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | int | None:
        """Return what the database stores; an amount finer than the cent is rounded half-up."""
        if value is None:
            return None
        cents = to_cents(Decimal(value))
        return int(cents / CENT) if dialect.name == "sqlite" else cents

    def process_result_value(self, value: Decimal | int | None, dialect: Dialect) -> Decimal | None:
        """Return the amount in EUR with two decimals."""
        if value is None:
            return None
        return Decimal(value) * CENT if dialect.name == "sqlite" else to_cents(Decimal(value))


def words(kind: type[StrEnum]) -> type[Enum]:
    """Return the column type that stores the value of an enumeration as plain text.

    A native type would store the Python name and need a migration for each new word.
    """
    stored = Enum(
        kind, native_enum=False, length=40, values_callable=lambda every: [one.value for one in every]
    )
    return cast("type[Enum]", stored)  # SQLModel takes an instance, its annotation says a class


Euros = Annotated[Decimal, PlainSerializer(str, return_type=str, when_used="json")]
"""An amount in EUR; text in JSON, so that no reader turns it into a binary float."""

__all__ = ["Euros", "Field", "Money", "UTCDateTime", "words"]
