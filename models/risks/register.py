"""Risks: one row per fact, kept from day to day, with its level, owner, escalation, history and actions."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel
from sqlmodel import Field, Index, SQLModel, text

from models.columns import UTCDateTime, words
from models.searching import Searched, searched


class Level(StrEnum):
    """How bad a risk is; the value is what people read."""

    GREEN = "vert"
    AMBER = "orange"
    RED = "rouge"
    BLACK = "noir"

    @property
    def rank(self) -> int:
        """Return the place of the level, 0 for the lightest."""
        return list(Level).index(self)


class RiskKind(StrEnum):
    """What may hurt the group: the risks of an unsecured purchasing function."""

    CONTRACT_GAP = "carence_contractuelle"
    STOCK_OUT = "rupture"
    DISPUTE = "litige"
    PAYMENT = "paiement"
    CONSUMPTION = "consommation"
    PUBLICATION = "publication_desorganisee"
    PERFORMANCE = "perte_de_performance"

    @property
    def label(self) -> str:
        """Return the French name that people see."""
        return KIND_LABELS[self]


KIND_LABELS = {
    RiskKind.CONTRACT_GAP: "Carence contractuelle",
    RiskKind.STOCK_OUT: "Rupture d'approvisionnement",
    RiskKind.DISPUTE: "Litige avec un fournisseur",
    RiskKind.PAYMENT: "Retard de paiement",
    RiskKind.CONSUMPTION: "Accord-cadre consommé",
    RiskKind.PUBLICATION: "Achat hors procédure",
    RiskKind.PERFORMANCE: "Perte de performance",
}


@searched("title", "action")
class Risk(Searched, table=True):
    """One fact that may hurt, unique by its key; it is listed again only when its level changes.

    `next_on` is the day on which its level changes by itself, `climbs_at` the instant of its next escalation.
    """

    __table_args__ = (
        Index("ix_risk_open", "kind", "closed_at"),
        Index(
            "ix_risk_unlisted",
            "is_listed",
            sqlite_where=text("is_listed = 0"),
            postgresql_where=text("NOT is_listed"),
        ),
    )

    key: str = Field(primary_key=True)
    kind: RiskKind = Field(sa_type=words(RiskKind))
    level: Level = Field(sa_type=words(Level))
    is_vital: bool = False
    title: str
    action: str = ""
    due_on: date | None = None
    ref: str | None = Field(default=None, index=True)  # the procurement at stake
    contract: str | None = Field(default=None, index=True)  # the contract at stake, see `Term`
    family_code: str | None = None
    establishment_siret: str | None = None
    owner_email: str | None = None
    raised_on: date
    changed_on: date
    level_since: datetime = Field(sa_type=UTCDateTime)
    next_on: date | None = Field(default=None, index=True)
    is_listed: bool = False
    times_listed: int = 0
    step: int = 0
    climbs_at: datetime | None = Field(default=None, sa_type=UTCDateTime, index=True)
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    closed_by: str | None = None
    closed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    closed_reason: str = ""


class RiskEvent(SQLModel, table=True):
    """One line of the history of a risk; those that Prefect is to be told of wait until `is_rung`."""

    __tablename__ = "risk_event"
    __table_args__ = (
        Index(
            "ix_risk_event_unrung",
            "is_rung",
            sqlite_where=text("is_rung = 0"),
            postgresql_where=text("NOT is_rung"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(foreign_key="risk.key", index=True)
    at: datetime = Field(sa_type=UTCDateTime)
    on_day: date
    what: str
    level: Level = Field(sa_type=words(Level))
    actor: str
    reason: str = ""
    is_rung: bool = False


class RiskAction(SQLModel, table=True):
    """What someone undertook against a risk, and by when."""

    __tablename__ = "risk_action"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(foreign_key="risk.key", index=True)
    text: str
    owner_email: str = Field(foreign_key="person.email")
    due_on: date | None = None
    created_at: datetime = Field(sa_type=UTCDateTime)


class Observation(BaseModel):
    """A fact as it is seen on one day."""

    key: str
    kind: RiskKind
    level: Level
    title: str
    action: str = ""
    due_on: date | None = None
    ref: str | None = None
    contract: str | None = None
    family_code: str | None = None
    establishment_siret: str | None = None
    is_vital: bool = False
    next_on: date | None = None


FACTS = ("title", "action", "due_on", "ref", "is_vital", "next_on", "family_code", "establishment_siret")
"""What an observation may change on a risk without making it another alert."""
