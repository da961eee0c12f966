"""Letters to candidates: each is one row from its writing to its departure, which is a fact of the procedure."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from models.columns import UTCDateTime, words


class Means(StrEnum):
    """How a letter leaves; the value is what people type."""

    EMAIL = "courriel"
    PROFILE = "profil_acheteur"
    REGISTERED = "recommande"
    BY_HAND = "main_propre"

    @property
    def label(self) -> str:
        """Return the words that people read."""
        return LABELS[self]

    @property
    def is_electronic(self) -> bool:
        """Return whether the sending is electronic, on which the length of the standstill depends (R. 2182-1)."""
        return self in (Means.EMAIL, Means.PROFILE)

    @property
    def gives_receipt(self) -> bool:
        """Return whether the sending leaves a number that proves it."""
        return self is not Means.BY_HAND


LABELS = {
    Means.EMAIL: "courriel",
    Means.PROFILE: "profil d'acheteur",
    Means.REGISTERED: "lettre recommandée",
    Means.BY_HAND: "remise en main propre",
}


class CandidateLetter(SQLModel, table=True):
    """A letter to a candidate, written at a stay; `left_at` is when it left, by a mail server or said by a person."""

    __tablename__ = "candidate_letter"
    __table_args__ = (
        UniqueConstraint("ref", "kind", "visit", "recipient", name="uq_candidate_letter"),
        Index("ix_candidate_letter_stay", "ref", "stage", "visit"),
    )

    id: int | None = Field(default=None, primary_key=True)
    ref: str = Field(foreign_key="procurement.ref")
    stage: str
    visit: int
    kind: str
    recipient: str  # as the documents tell letters of one kind apart: "Exemple SAS, lot 1"
    company: str
    path: str  # of the document
    address: str = ""  # of the candidate, empty when the tender gave none
    message_key: str | None = Field(default=None, unique=True)
    written_at: datetime = Field(sa_type=UTCDateTime)
    left_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    means: Means | None = Field(default=None, sa_type=words(Means))
    receipt: str = ""
    recorded_by: str = ""  # who says that it left: a person, or the application for what it sent itself
    recorded_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
