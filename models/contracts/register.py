"""The single register of contracts of the group (registre des marchés)."""

from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Field, Index, SQLModel, UniqueConstraint, text

from models.columns import Money, UTCDateTime
from models.searching import Searched, searched

DUE = "renewal_ref IS NULL AND holder_rank = 1 AND alert_on IS NOT NULL AND set_aside_on IS NULL"
"""The rows that may come due: the only ones that the index of the watch holds."""

FIRST = "holder_rank = 1"
"""One row for each lot of a contract: what the calendar of ends counts."""


@searched("objet", "holder", "number")
class Contract(Searched, table=True):
    """A notified contract, one row per holder and lot; `ends_on` is the last day for orders.

    The first holder (`holder_rank` 1) carries the amounts; the others of the same lot carry none, so that
    sums are right and a contract is alerted once. A number is unique for one buyer only.
    """

    __table_args__ = (
        UniqueConstraint("buyer_siret", "number", "lot", "holder_key", name="uq_contract_number_lot_holder"),
        Index("ix_contract_due", "alert_on", sqlite_where=text(DUE), postgresql_where=text(DUE)),
        Index("ix_contract_family_end", "family_code", "ends_on"),
        Index("ix_contract_buyer_end", "buyer_siret", "ends_on", "holder_rank"),
        Index("ix_contract_searched", "buyer_siret", "ends_on", "searched"),
        Index("ix_contract_first_end", "ends_on", sqlite_where=text(FIRST), postgresql_where=text(FIRST)),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(index=True)
    lot: int = 1
    objet: str
    family_code: str | None = Field(default=None, foreign_key="family.code", index=True)
    cpv: str = ""
    nature: str = ""
    procedure: str = ""
    buyer_siret: str
    holder: str
    holder_siret: str | None = None
    holder_id_kind: str = ""  # SIRET, SIREN, TVA, RIDET, TAHITI, HORS-UE
    holder_id: str = ""
    holder_key: str = Field(default="", index=True)  # the supplier's key, see `Supplier`
    holder_rank: int = 1
    amount_ht: Decimal | None = Field(default=None, sa_type=Money)
    minimum_ht: Decimal | None = Field(default=None, sa_type=Money)
    maximum_ht: Decimal | None = Field(default=None, sa_type=Money)
    notified_on: date | None = Field(default=None, index=True)
    starts_on: date | None = None
    duration_months: int | None = None
    ends_on: date | None = Field(default=None, index=True)
    alert_on: date | None = None
    amendment_count: int = 0  # when not zero, the amounts and the end above are those after the amendments
    initial_ht: Decimal | None = Field(default=None, sa_type=Money)
    initial_maximum_ht: Decimal | None = Field(default=None, sa_type=Money)
    initial_ends_on: date | None = None
    procurement_ref: str | None = Field(default=None, index=True)  # the procurement that made it
    renewal_ref: str | None = None  # the procurement that renews it
    set_aside_on: date | None = None  # the day of the watch that found it ended for long: no renewal opens
    source: str = ""
    remarks: str = ""  # what the import corrected, in French
    registered_at: datetime = Field(sa_type=UTCDateTime)


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
    ucd13: str | None = Field(default=None, max_length=13)
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


class ContractOption(SQLModel, table=True):
    """One renewal provided by a contract (CCP art. R. 2112-4); without decision, silence renews when `is_tacit`."""

    __tablename__ = "contract_option"
    __table_args__ = (UniqueConstraint("buyer_siret", "contract_number", "rank", name="uq_contract_option"),)

    id: int | None = Field(default=None, primary_key=True)
    buyer_siret: str
    contract_number: str = Field(index=True)
    rank: int = 1
    starts_on: date  # first day of the renewed period
    months: int = 12
    notice_on: date = Field(index=True)  # last day to decide and tell the holder
    is_tacit: bool = True
    decision: str = ""  # reconduit, non_reconduit, or empty
    imported_at: datetime = Field(sa_type=UTCDateTime)
