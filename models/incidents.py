"""Incidents of performance, and gains: what the contract should have given and what it gave."""

from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Field, SQLModel, UniqueConstraint

from models.columns import Money, UTCDateTime


class Incident(SQLModel, table=True):
    """One incident of delivery, EUR HT; the penalty is computed by the terms of the contract."""

    __table_args__ = (
        UniqueConstraint("establishment_siret", "contract_number", "number", name="uq_incident"),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str
    establishment_siret: str = Field(foreign_key="establishment.siret")
    contract_number: str = Field(index=True)
    supplier: str
    kind: str
    happened_on: date = Field(index=True)
    days_late: int = 0
    late_ht: Decimal = Field(default=Decimal(0), sa_type=Money)
    is_contested: bool = False
    imported_at: datetime = Field(sa_type=UTCDateTime)


class Gain(SQLModel, table=True):
    """A gain of the purchasing plan, EUR HT over twelve months: forecast, and realised at a day."""

    __table_args__ = (UniqueConstraint("action", "year", name="uq_gain"),)

    id: int | None = Field(default=None, primary_key=True)
    action: str
    year: int = Field(index=True)
    family_code: str | None = Field(default=None, foreign_key="family.code")
    forecast_ht: Decimal = Field(sa_type=Money)
    realised_ht: Decimal = Field(default=Decimal(0), sa_type=Money)
    measured_on: date
    imported_at: datetime = Field(sa_type=UTCDateTime)
