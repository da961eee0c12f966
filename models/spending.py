"""Spend of the member establishments: imported payment or invoice lines, and what each file gave."""

from datetime import date, datetime
from decimal import Decimal

from pydantic import BaseModel
from sqlmodel import Field, SQLModel, UniqueConstraint

from models.columns import Euros, Money, UTCDateTime


class Supplier(SQLModel, table=True):
    """A real supplier under one key: its SIREN when a file gave it, else its first spelling without noise."""

    __table_args__ = (UniqueConstraint("siren", name="uq_supplier_siren"),)

    key: str = Field(primary_key=True)
    name: str
    siren: str | None = Field(default=None, max_length=9)


class SupplierSpelling(SQLModel, table=True):
    """A way of writing a supplier (folded), and how sure the link is: 100 is the same name."""

    __tablename__ = "supplier_spelling"

    folded: str = Field(primary_key=True)
    supplier_key: str = Field(foreign_key="supplier.key", index=True)
    score: int = 100


class SpendFile(SQLModel, table=True):
    """A spend file that was read once; the same content is never counted twice."""

    __tablename__ = "spend_file"

    sha256: str = Field(primary_key=True, max_length=64)
    name: str
    imported_at: datetime = Field(sa_type=UTCDateTime)
    lines_read: int
    lines_kept: int
    lines_refused: int
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


class RefusedLine(BaseModel):
    """A line that was not taken: its number in the file (the first line is 1), and why, in French."""

    ligne: int
    motif: str


class ImportReport(BaseModel):
    """What an import did; the totals reconcile to the cent with the file."""

    fichier: str
    lus: int
    acceptes: int
    refuses: list[RefusedLine]
    remarques: list[str] = []
    deja_importe: bool = False
    total_lu: Euros | None = None
    total_accepte: Euros | None = None
    total_refuse: Euros | None = None
