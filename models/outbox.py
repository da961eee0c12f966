"""What leaves the application: messages to people, runs asked of Prefect. Each is unique by its business key."""

from datetime import datetime

from sqlmodel import JSON, Column, Field, Index, SQLModel

from models.columns import UTCDateTime


class Message(SQLModel, table=True):
    """A message to one person; it is sent once (same key, same Message-ID).

    `is_gathered` when it waits for the person's daily digest, `digest_key` once that digest holds it.
    """

    key: str = Field(primary_key=True)
    ref: str | None = Field(default=None, index=True)
    to: str
    subject: str
    body: str
    attachments: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    page: str = "/"  # where the person acts on it
    lines: list[str] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False)
    )  # its words in a digest
    is_gathered: bool = False
    digest_key: str | None = Field(default=None, index=True)
    created_at: datetime = Field(sa_type=UTCDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UTCDateTime, index=True)
    attempts: int = 0
    error: str = ""


class Dispatch(SQLModel, table=True):
    """A flow run asked of Prefect: now, or at `due_at` (an instant of the application's clock)."""

    __table_args__ = (Index("ix_dispatch_pending", "delivered_at"),)

    key: str = Field(primary_key=True)  # Prefect's idempotency key
    ref: str | None = Field(default=None, index=True)
    deployment: str
    name: str
    parameters: dict[str, object] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    tags: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    due_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    created_at: datetime = Field(sa_type=UTCDateTime)
    delivered_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    flow_run_id: str | None = Field(default=None, index=True)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    attempts: int = 0
    error: str = ""
