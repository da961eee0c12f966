"""Invoices: received, paid or not; the days that run before late interest."""

from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Field, Index, SQLModel, UniqueConstraint, text

from models.columns import Money, UTCDateTime


class Invoice(SQLModel, table=True):
    """One invoice, EUR TTC; `executed_on` is the day of the delivery when it came after the invoice."""

    __table_args__ = (
        UniqueConstraint("establishment_siret", "supplier", "number", name="uq_invoice"),
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
