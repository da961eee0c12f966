"""The amount that a signature engages."""

from decimal import Decimal

from sqlmodel import Session, col, select

from models.delegations import Act
from models.forms import Strategy
from models.procurement import Award, Procurement
from models.reading import to_cents


def awarded_total(session: Session, ref: str) -> Decimal:
    """Return the total of the tenders ranked first, all lots, EUR HT over the whole duration; zero before analysis."""
    visits = select(Award.visit).where(Award.ref == ref).order_by(col(Award.visit).desc())
    latest = session.exec(visits).first()
    if latest is None:
        return Decimal(0)
    winners = session.exec(
        select(Award).where(Award.ref == ref, Award.visit == latest, col(Award.is_winner).is_(True))
    )
    return to_cents(sum((winner.amount_ht for winner in winners), Decimal(0)))


def framework_maximum(strategy: Strategy) -> Decimal:
    """Return the maximum of the framework, all lots, EUR HT; zero when there is none."""
    return sum((lot.maximum_ht or Decimal(0) for lot in strategy.lots), Decimal(0))


def amount_to_sign(session: Session, procurement: Procurement, act: str) -> Decimal:
    """Return what the act engages (EUR HT): the estimate at launch, then the awarded total or the maximum if higher."""
    if act == Act.LAUNCH:
        return procurement.amount_ht
    strategy = Strategy.model_validate(procurement.strategy)
    return max(awarded_total(session, procurement.ref), framework_maximum(strategy))
