"""Orders of the establishments: what consumes a framework agreement, and what is bought without a contract."""

from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Field, Index, SQLModel, UniqueConstraint, text

from models.columns import Money, UTCDateTime


class PurchaseOrder(SQLModel, table=True):
    """One order, EUR HT; without contract number it is bought outside contract."""

    __tablename__ = "purchase_order"
    __table_args__ = (
        UniqueConstraint(
            "establishment_siret", "number", "lot", "year", "supplier", name="uq_purchase_order"
        ),
        Index("ix_purchase_order_contract", "contract_number", "buyer_siret"),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str
    establishment_siret: str = Field(foreign_key="establishment.siret")
    buyer_siret: str  # who passed the contract
    contract_number: str | None = None
    lot: int = 1
    family_code: str | None = Field(default=None, foreign_key="family.code", index=True)
    supplier: str
    ordered_on: date = Field(index=True)
    year: int  # numbers begin again each year
    amount_ht: Decimal = Field(sa_type=Money)
    imported_at: datetime = Field(sa_type=UTCDateTime)


class Invoice(SQLModel, table=True):
    """One invoice, EUR TTC; `executed_on` is the day of the delivery when it came after the invoice."""

    __table_args__ = (
        UniqueConstraint("establishment_siret", "supplier", "number", "year", name="uq_invoice"),
        Index(
            "ix_invoice_unpaid",
            "received_on",
            sqlite_where=text("paid_on IS NULL"),
            postgresql_where=text("paid_on IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str
    establishment_siret: str = Field(foreign_key="establishment.siret")
    supplier: str
    contract_number: str | None = None
    received_on: date
    year: int  # of the receipt: numbers begin again each year
    executed_on: date | None = None
    amount_ttc: Decimal = Field(sa_type=Money)
    paid_on: date | None = None
    blocked_reason: str = ""
    imported_at: datetime = Field(sa_type=UTCDateTime)

    @property
    def key(self) -> str:
        """Return what names the invoice in the register of risks."""
        return f"paiement:{self.establishment_siret}:{self.supplier}:{self.number}"

    @property
    def runs_from(self) -> date:
        """Return the day from which the payment period runs (CCP art. R. 2192-12 and R. 2192-13)."""
        return max(self.received_on, self.executed_on or self.received_on)


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
