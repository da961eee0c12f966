"""What a renewal starts from: the contract that ends, its holders, what was ordered, what went wrong."""

from datetime import date
from decimal import Decimal

from pydantic import BaseModel
from sqlmodel import JSON, Column, Field, SQLModel

from models.columns import Euros


class PastLot(BaseModel):
    """One lot of the contract that ends, EUR HT."""

    lot: int
    objet: str
    titulaires: list[str]
    montant_ht: Euros | None
    maximum_ht: Euros | None
    commande_ht: Euros = Decimal("0.00")


class PastContract(BaseModel):
    """The history that the renewal opens with."""

    cle: str
    numero: str
    acheteur: str
    fin: date | None
    lots: list[PastLot]
    commande_ht: Euros
    commande_par_etablissement: dict[str, Euros]
    incidents: list[str] = []
    a_grouper_avec: list[str] = []
    remarques: list[str] = []


class RenewalFile(SQLModel, table=True):
    """The history of the contract that a procurement renews, written when it opens."""

    __tablename__ = "renewal_file"

    ref: str = Field(foreign_key="procurement.ref", primary_key=True)
    content: dict[str, object] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))

    @property
    def history(self) -> PastContract:
        """Return the history as it was written."""
        return PastContract.model_validate(self.content)
