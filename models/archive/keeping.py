"""How long the papers of a purchase are kept: the procedure from its signature, the contract from its end.

CCP art. R. 2184-12 and R. 2184-13. A public archive is destroyed only with the visa of the archives (code du
patrimoine, art. L. 212-2), and here only by the decision of two people.
"""

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel
from sqlmodel import JSON, Column, Field, SQLModel, UniqueConstraint

from models.columns import UTCDateTime, words

CONTRACT_KINDS = frozenset(
    {
        "acte_engagement",
        "acte_engagement_signe",
        "annexe_etablissements",
        "avenant",
        "bon_commande",
        "bpu",
        "ccap",
        "cctp",
        "decompte_penalites",
        "dpgf",
        "dqe",
        "lettre_non_reconduction",
        "lettre_notification",
        "lettre_reconduction",
        "mise_en_demeure",
        "ordre_service",
    }
)
"""The papers that make the contract (pièces constitutives du marché); every other one is of the procedure."""


class Part(StrEnum):
    """What is kept for one duration; the value is what people write."""

    PROCEDURE = "passation"
    CONTRACT = "marche"

    @property
    def label(self) -> str:
        """Return the name that people read."""
        return {"passation": "Dossier de passation", "marche": "Pièces du marché"}[self]

    @property
    def article(self) -> str:
        """Return the article that sets the duration."""
        return {"passation": "CCP art. R. 2184-12", "marche": "CCP art. R. 2184-13"}[self]


def part_of(kind: str) -> Part:
    """Return the part to which a document belongs.

    >>> part_of("ccap"), part_of("rapport_analyse")
    (<Part.CONTRACT: 'marche'>, <Part.PROCEDURE: 'passation'>)
    """
    return Part.CONTRACT if kind in CONTRACT_KINDS else Part.PROCEDURE


class Clock(BaseModel):
    """The clock of one part: what it counts from, how many years, the last day on which it is kept."""

    partie: Part
    depuis: date | None = None  # None: nothing was signed, or the execution has no end yet
    annees: int | None = None
    jusqu_au: date | None = None
    article: str
    elimine_le: datetime | None = None


class Elimination(SQLModel, table=True):
    """The elimination of a part of a purchase: asked by one person, decided by another, the archives having agreed."""

    __table_args__ = (UniqueConstraint("ref", "part", name="uq_elimination_once"),)

    id: int | None = Field(default=None, primary_key=True)
    ref: str = Field(foreign_key="procurement.ref", index=True)
    part: Part = Field(sa_type=words(Part))
    visa: str  # reference of the visa of the archives
    asked_by: str = Field(foreign_key="person.email")
    asked_at: datetime = Field(sa_type=UTCDateTime)
    decided_by: str | None = Field(default=None, foreign_key="person.email")
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    paths: list[str] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False)
    )  # what was destroyed
