"""Imports asked by other tools: kept with their file until a run has done them, one of a person after the other."""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel
from sqlmodel import JSON, Column, Field, SQLModel

from models.columns import UTCDateTime, words

MOST_WAITING = 10  # imports of one person that wait at a time
A_DAY = timedelta(days=1)


class ImportState(StrEnum):
    """Where an import stands."""

    WAITING = "attend"
    RUNNING = "en cours"
    DONE = "fini"
    REFUSED = "refusé"

    @property
    def is_over(self) -> bool:
        """Return whether nothing more will happen."""
        return self in (ImportState.DONE, ImportState.REFUSED)


class SpendOptions(BaseModel):
    """How a file of spend lines is to be read, as `achats importer depenses` takes it."""

    establishment: str
    family: str
    columns: list[str] = []
    replaces: bool = False


class ImportRequest(SQLModel, table=True):
    """An import asked; the file is kept under `path` of the home directory until it is over."""

    __tablename__ = "import_request"

    number: str = Field(primary_key=True, max_length=20)
    person_email: str = Field(foreign_key="person.email", index=True)
    token_id: str = Field(default="", max_length=16, index=True)
    name: str = Field(max_length=200)
    path: str
    sha256: str = Field(max_length=64)
    bytes: int
    options: dict[str, object] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    state: ImportState = Field(sa_type=words(ImportState), index=True)
    asked_at: datetime = Field(sa_type=UTCDateTime, index=True)
    started_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    worked_by: str = ""  # the token of its lease, to know whether its run still lives
    attempts: int = 0
    report: dict[str, object] | None = Field(default=None, sa_column=Column(JSON))
    refusal: str = ""
