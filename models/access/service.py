"""Whether a home serves for real: before, the command line plays everybody; after, each person answers herself."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.columns import UTCDateTime


class InService(SQLModel, table=True):
    """That a home was put in service, once and for ever; one row, none while it is only tried."""

    __tablename__ = "in_service"

    id: int = Field(default=1, primary_key=True)
    since: datetime = Field(sa_type=UTCDateTime)
    by: str
