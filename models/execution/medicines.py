"""Availability of medicines as ANSM publishes it (base de données publique des médicaments): rows and transitions."""

from datetime import date, datetime
from enum import IntEnum

from pydantic import BaseModel
from sqlmodel import Field, SQLModel

from models.columns import UTCDateTime
from models.reading.refusals import RefusedLine


class Status(IntEnum):
    """The code of the file."""

    SHORTAGE = 1
    TENSION = 2
    END = 3
    BACK = 4

    @property
    def label(self) -> str:
        """Return the French words of the file."""
        return STATUS_LABELS[self]

    @property
    def gravity(self) -> int:
        """Return how bad it is: a shortage above all, back on the market below all."""
        return {Status.SHORTAGE: 3, Status.TENSION: 2, Status.END: 1, Status.BACK: 0}[self]


STATUS_LABELS = {
    Status.SHORTAGE: "Rupture de stock",
    Status.TENSION: "Tension d'approvisionnement",
    Status.END: "Arrêt de commercialisation",
    Status.BACK: "Remise à disposition",
}


class AvailabilityRow(BaseModel):
    """One line of `CIS_CIP_Dispo_Spec.txt`; an empty CIP13 means every presentation of the CIS."""

    line: int
    cis: str
    cip13: str = ""
    status: Status
    started_on: date | None
    updated_on: date | None
    back_on: date | None = None
    link: str = ""


class Snapshot(BaseModel):
    """What a folder of the database says, and what could not be read of it."""

    sha256: str
    rows: list[AvailabilityRow]
    refused: list[RefusedLine]
    is_truncated: bool = False
    essential: set[str] = set()  # CIS of major therapeutic interest (MITM)
    names: dict[str, str] = {}
    cis_of_cip13: dict[str, str] = {}


class Availability(SQLModel, table=True):
    """The last known status of a medicine, one row per CIS and CIP13 (empty: the whole CIS)."""

    cis: str = Field(primary_key=True, max_length=8)
    cip13: str = Field(primary_key=True, max_length=13)
    status: int
    name: str = ""
    is_essential: bool = False
    started_on: date | None = None
    updated_on: date | None = None
    link: str = ""
    seen_on: date


class AvailabilityChange(SQLModel, table=True):
    """A transition of a medicine between two snapshots; 0 stands for « not listed »."""

    __tablename__ = "availability_change"

    id: int | None = Field(default=None, primary_key=True)
    cis: str = Field(index=True, max_length=8)
    cip13: str = Field(max_length=13)
    on_day: date
    before: int
    after: int


class AvailabilityFile(SQLModel, table=True):
    """A snapshot that was read, with its day; the same content is read once."""

    __tablename__ = "availability_file"

    sha256: str = Field(primary_key=True, max_length=64)
    on_day: date = Field(index=True)
    rows: int
    refused: int
    is_truncated: bool = False
    read_at: datetime = Field(sa_type=UTCDateTime)


def transition(before: int, after: int) -> str:
    """Return what happened to a medicine between two snapshots, in French; empty when nothing did.

    >>> transition(0, 1), transition(2, 1), transition(1, 4), transition(2, 2)
    ('nouvelle', 'aggravée', 'rétablie', '')
    """
    if before == after:
        return ""
    if after in (0, Status.BACK):
        return "rétablie" if before not in (0, Status.BACK) else ""
    if before in (0, Status.BACK):
        return "nouvelle"
    return "aggravée" if Status(after).gravity > Status(before).gravity else "allégée"
