"""Orders of the establishments: what consumes a framework agreement, and what is bought without a contract."""

from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from models.columns import Money, UTCDateTime


class PurchaseOrder(SQLModel, table=True):
    """One order, EUR HT; without contract number it is bought outside contract."""

    __tablename__ = "purchase_order"
    __table_args__ = (
        UniqueConstraint("establishment_siret", "number", "lot", name="uq_purchase_order"),
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
    amount_ht: Decimal = Field(sa_type=Money)
    imported_at: datetime = Field(sa_type=UTCDateTime)
