"""Who is at work now: a lease that its holder renews, and that ends by itself when the holder dies."""

from datetime import datetime

from sqlmodel import Field, Index, SQLModel

from models.columns import UTCDateTime


class Lease(SQLModel, table=True):
    """One run at work on a stay of a purchase, or on a task of the service, until `expires_at` unless it is renewed.

    Its instants are those of the database's own clock, which no rehearsal moves and every machine shares.
    """

    __table_args__ = (Index("ix_lease_work", "ref", "work", "visit"),)

    token: str = Field(
        primary_key=True
    )  # known by its holder alone: what was taken over is no longer renewed
    ref: str | None = None
    work: str  # the stage of the stay, or the name of the task: "watch"
    visit: int = 0
    run_id: str | None = Field(default=None, index=True)
    holder: str  # machine and process, for people to read
    taken_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime, index=True)
