"""The penalties that a contract states itself, before those of its general terms (CCAG). Pure."""

from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Field, SQLModel, UniqueConstraint

from models.columns import Money, UTCDateTime
from models.law.contract_terms import Ccag, PenaltyTerms
from models.law.dated import NoValue, NoValueYet

NO_CAP = "aucun"


class PenaltyClause(SQLModel, table=True):
    """What a contract says of its penalties for delay; what is empty is left to the general terms (CCAG).

    `cap_percent` is decimal text, or "aucun" when the contract lifts the cap.
    """

    __tablename__ = "penalty_clause"
    __table_args__ = (UniqueConstraint("buyer_siret", "contract_number", name="uq_penalty_clause"),)

    id: int | None = Field(default=None, primary_key=True)
    buyer_siret: str
    contract_number: str = Field(index=True)
    divisor: int | None = None
    daily_ht: Decimal | None = Field(default=None, sa_type=Money)
    cap_percent: str = ""
    exemption_ht: Decimal | None = Field(default=None, sa_type=Money)
    grace_days: int | None = None
    observation_days: int | None = None
    imported_at: datetime = Field(sa_type=UTCDateTime)

    @property
    def is_whole(self) -> bool:
        """Return whether the contract states by itself all that a computation needs."""
        has_formula = self.divisor is not None or self.daily_ht is not None
        return has_formula and bool(self.cap_percent) and self.exemption_ht is not None


def terms_of(clause: PenaltyClause | None, ccag: Ccag, signed_on: date | None) -> PenaltyTerms:
    """Return the terms of a contract: its own figures first, those of the CCAG of its day for the rest.

    Raises `NoValue` when a figure is needed that neither gives: a contract older than the CCAG 2021 whose own
    clause is not whole. Its general terms are other ones, which nothing here knows.
    """
    if clause is not None and clause.is_whole:
        return _own(clause, None)
    if signed_on is None:
        raise NoValueYet("Date du marché inconnue : le CCAG applicable ne peut pas être dit.")
    general = PenaltyTerms.of_ccag(ccag, signed_on)
    return general if clause is None else _own(clause, general)


def _own(clause: PenaltyClause, general: PenaltyTerms | None) -> PenaltyTerms:
    cap = general.cap_percent if general else None
    if clause.cap_percent:
        cap = None if clause.cap_percent == NO_CAP else Decimal(clause.cap_percent)
    exemption = clause.exemption_ht if clause.exemption_ht is not None else general and general.exemption_ht
    if exemption is None:
        raise NoValue("Exonération inconnue.")
    divisor = Decimal(clause.divisor) if clause.divisor else general.divisor if general else Decimal(1)
    return PenaltyTerms(
        divisor=divisor,
        daily_ht=clause.daily_ht,
        grace_days=clause.grace_days or 0,
        cap_percent=cap,
        exemption_ht=exemption,
        observation_days=clause.observation_days or (general.observation_days if general else 0),
    )
