"""Renewal options of contracts (reconductions): the day to decide, and what silence means."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from models.columns import UTCDateTime


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
