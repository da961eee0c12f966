"""A deposit contested before the opening: set aside by two people, so that the tender it replaced is opened."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.columns import UTCDateTime


class TenderObjection(SQLModel, table=True):
    """Who contests a deposit that replaces another, why, and who confirms it."""

    __tablename__ = "tender_objection"

    ref: str = Field(primary_key=True, foreign_key="procurement.ref")
    number: int = Field(primary_key=True)
    reason: str
    asked_by: str
    asked_at: datetime = Field(sa_type=UTCDateTime)
    confirmed_by: str = ""
    confirmed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
