"""Spend of the member establishments: imported payment or invoice lines, and what each file gave."""

from datetime import date, datetime
from decimal import Decimal

from pydantic import BaseModel
from sqlmodel import Field, SQLModel

from models.columns import Euros, Money, UTCDateTime
from models.reading.refusals import RefusedLine


class SpendFile(SQLModel, table=True):
    """A spend file that was read once; the same content is never counted twice."""

    __tablename__ = "spend_file"

    sha256: str = Field(primary_key=True, max_length=64)
    name: str
    imported_at: datetime = Field(sa_type=UTCDateTime)
    lines_read: int
    lines_kept: int
    lines_refused: int
    lines_ignored: int = 0
    total_read: Decimal = Field(sa_type=Money)
    total_kept: Decimal = Field(sa_type=Money)


class SpendRefusal(SQLModel, table=True):
    """A line of a spend file that was not taken, and why; it stays visible after the import."""

    __tablename__ = "spend_refusal"

    file_sha256: str = Field(foreign_key="spend_file.sha256", primary_key=True)
    line_number: int = Field(primary_key=True)
    reason: str


class SpendLine(SQLModel, table=True):
    """One paid line; a credit note is negative."""

    __tablename__ = "spend_line"

    id: int | None = Field(default=None, primary_key=True)
    file_sha256: str = Field(foreign_key="spend_file.sha256", index=True)
    line_number: int
    establishment_siret: str = Field(foreign_key="establishment.siret", index=True)
    family_code: str | None = Field(default=None, foreign_key="family.code", index=True)
    supplier: str  # as written
    supplier_key: str = Field(index=True)  # see `Supplier`
    paid_on: date = Field(index=True)
    amount: Decimal = Field(sa_type=Money)
    label: str = ""
    contract_number: str | None = Field(default=None, index=True)


class ImportReport(BaseModel):
    """What an import did; the totals reconcile to the cent with the file."""

    fichier: str
    lus: int
    acceptes: int
    ignores: int = 0  # blank lines, titles, totals: with those read and the heading, every line of the file
    refuses: list[RefusedLine]
    remarques: list[str] = []
    deja_importe: bool = False
    total_lu: Euros | None = None
    total_accepte: Euros | None = None
    total_refuse: Euros | None = None
