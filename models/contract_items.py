"""Items of a contract: what is bought under it, at which price, and which medicine it is."""

from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Field, SQLModel, UniqueConstraint

from models.columns import Money, UTCDateTime


class ContractItem(SQLModel, table=True):
    """One item of a lot of a contract; `rank` 1 is the holder called first, 2 the next one in a cascade."""

    __tablename__ = "contract_item"
    __table_args__ = (
        UniqueConstraint("buyer_siret", "contract_number", "lot", "code", "rank", name="uq_contract_item"),
    )

    id: int | None = Field(default=None, primary_key=True)
    buyer_siret: str
    contract_number: str = Field(index=True)
    lot: int = 1
    code: str
    label: str
    unit: str = ""
    price_ht: Decimal | None = Field(default=None, sa_type=Money)
    cis: str | None = Field(default=None, max_length=8, index=True)
    cip13: str | None = Field(default=None, max_length=13, index=True)
    holder: str = ""
    rank: int = 1
    at_holder_expense: bool = False  # the contract provides for a purchase aux frais et risques
    registered_at: datetime = Field(sa_type=UTCDateTime)


class StockLine(SQLModel, table=True):
    """What one establishment has of one item, as its last stock file said."""

    __tablename__ = "stock_line"
    __table_args__ = (UniqueConstraint("establishment_siret", "item", name="uq_stock_line"),)

    id: int | None = Field(default=None, primary_key=True)
    establishment_siret: str = Field(foreign_key="establishment.siret")
    item: str  # the code written in the file: item, CIP13 or CIS
    label: str = ""
    cis: str | None = Field(default=None, max_length=8, index=True)
    cip13: str | None = Field(default=None, max_length=13, index=True)
    usable: str  # decimal text: exact on every database
    daily_use: str
    counted_on: date
    is_essential: bool = False  # a medicine of major therapeutic interest (MITM)

    @property
    def coverage_days(self) -> Decimal | None:
        """Return usable stock ÷ mean daily use, in days; None when nothing is used."""
        use = Decimal(self.daily_use)
        return Decimal(self.usable) / use if use > 0 else None
