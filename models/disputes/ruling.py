"""Disputes with suppliers and candidates: kinds, deadlines counted from their events, outcomes."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from sqlmodel import Field, SQLModel, UniqueConstraint

from models.columns import Money, UTCDateTime, words
from models.law import deadlines
from models.law.dated import Law
from models.law.days import days_after, months_after


class DisputeKind(StrEnum):
    """The kinds of dispute; the value is the word of the command line."""

    PRE_CONTRACT = "refere_precontractuel"
    CONTRACT = "refere_contractuel"
    VALIDITY = "recours_validite"
    CLAIM = "reclamation"
    PENALTIES = "penalites_contestees"
    MEDIATION = "mediation"
    CONCILIATION = "conciliation"
    COMMITTEE = "comite_reglement_amiable"

    @property
    def label(self) -> str:
        """Return the French name that people see."""
        return DISPUTE_LABELS[self]

    @property
    def is_amicable(self) -> bool:
        """Return whether the route is amicable (CCP art. L. 2197-1 and following)."""
        return self in (DisputeKind.MEDIATION, DisputeKind.CONCILIATION, DisputeKind.COMMITTEE)


DISPUTE_LABELS = {
    DisputeKind.PRE_CONTRACT: "Référé précontractuel (CJA art. L. 551-1)",
    DisputeKind.CONTRACT: "Référé contractuel (CJA art. L. 551-13)",
    DisputeKind.VALIDITY: "Recours en contestation de la validité du contrat (CE, 4 avril 2014)",
    DisputeKind.CLAIM: "Mémoire en réclamation",
    DisputeKind.PENALTIES: "Pénalités contestées",
    DisputeKind.MEDIATION: "Médiation (CCP art. L. 2197-1)",
    DisputeKind.CONCILIATION: "Conciliation (CCP art. L. 2197-1)",
    DisputeKind.COMMITTEE: "Comité consultatif de règlement amiable (CCP art. L. 2197-2)",
}


class DisputeOutcome(StrEnum):
    """How a dispute ends."""

    REJECTED = "rejet"
    WITHDRAWN = "desistement"
    MOOT = "non_lieu"
    ANNULLED = "annulation"
    SETTLED = "accord"
    GRANTED = "condamnation"


class Dispute(SQLModel, table=True):
    """One dispute; `moved_from` keeps the end of the standstill that a référé moved."""

    __table_args__ = (UniqueConstraint("kind", "applicant", "filed_on", "subject", name="uq_dispute_once"),)

    key: str = Field(primary_key=True)  # L2026-001
    kind: DisputeKind = Field(sa_type=words(DisputeKind))
    ref: str | None = Field(default=None, foreign_key="procurement.ref", index=True)
    contract: str | None = Field(default=None, index=True)
    subject: str  # the procurement or the contract at stake
    applicant: str
    amount: Decimal | None = Field(default=None, sa_type=Money)
    filed_on: date
    admissible_until: date | None = None
    not_before: date | None = None  # the judge does not rule before that day
    expected_by: date | None = None
    moved_from: datetime | None = Field(default=None, sa_type=UTCDateTime)
    lock_id: int | None = Field(default=None, foreign_key="procurement_lock.id")
    opened_by: str
    opened_at: datetime = Field(sa_type=UTCDateTime)
    decided_on: date | None = None
    outcome: str = ""
    decision: str = ""
    decided_by: str | None = None


class Dates(NamedTuple):
    """The deadlines of a dispute: None where the law sets none or the starting event is not known."""

    admissible_until: date | None = None
    not_before: date | None = None
    expected_by: date | None = None


class Events(NamedTuple):
    """The days from which deadlines are counted."""

    filed_on: date
    rejection_sent_on: date | None = None
    signed_on: date | None = None
    award_notice_on: date | None = None


def dates_of(kind: DisputeKind, events: Events) -> Dates:
    """Return the deadlines of a dispute, from the events of its procurement."""
    law = Law(events.filed_on)
    if kind is DisputeKind.PRE_CONTRACT:
        sent = events.rejection_sent_on or events.filed_on
        proceedings = deadlines.interim_proceedings(sent, events.filed_on)
        return Dates(None, proceedings.not_before, proceedings.expected_by)
    if kind is DisputeKind.CONTRACT:
        until = (
            deadlines.contractual_appeal_until(events.signed_on, events.award_notice_on)
            if events.signed_on
            else None
        )
        return Dates(until, None, months_after(events.filed_on, law.days("refere_contractuel_jugement")))
    if kind is DisputeKind.VALIDITY:
        known = events.award_notice_on or events.signed_on
        published = events.award_notice_on is not None
        return Dates(deadlines.validity_appeal_until(known, published=published) if known else None)
    if kind is DisputeKind.CLAIM:
        return Dates(None, None, months_after(events.filed_on, law.days("reclamation_memoire")))
    if kind is DisputeKind.PENALTIES:
        return Dates(None, None, days_after(events.filed_on, law.days("penalites_observations")))
    return Dates()
