"""A home brought back from a backup: what was copied, until a person confirms that everything may go on."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import JSON, Column, Field, SQLModel

from models.columns import UTCDateTime


class Waiting(StrEnum):
    """What is done of the messages that the copy holds as not sent; the value is the word that a person gives."""

    SEND = "envoyer"
    GONE = "partis"


class Restoration(SQLModel, table=True):
    """One restoration, numbered from 1; the number is in the keys of every run asked of Prefect since.

    `first_numbers` gives, by year, the first number that a new reference may take.
    """

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    copy_name: str
    copied_at: datetime = Field(sa_type=UTCDateTime)
    journal_seq: int
    journal_hash: str = Field(max_length=64)
    restored_at: datetime = Field(sa_type=UTCDateTime)
    first_numbers: dict[str, int] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    confirmed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    confirmed_by: str | None = None


class SentBefore(SQLModel, table=True):
    """A message that left after the copy was made: written again with the same words, it is not sent a second time."""

    __tablename__ = "sent_before"

    key: str = Field(primary_key=True)
    digest: str = Field(max_length=64)
