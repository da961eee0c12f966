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
    return engaged(procurement, act, awarded_total(session, procurement.ref))


def engaged(procurement: Procurement, act: str, awarded: Decimal) -> Decimal:
    """Return what the act engages (EUR HT) when the awarded total is known already."""
    if act == Act.LAUNCH:
        return procurement.amount_ht
    return max(awarded, framework_maximum(Strategy.model_validate(procurement.strategy)))


def awarded_totals(session: Session, refs: list[str]) -> dict[str, Decimal]:
    """Return the awarded total of each procurement that has an analysis, in one reading (EUR HT)."""
    latest: dict[str, int] = {}
    totals: dict[str, Decimal] = {}
    rows = session.exec(select(Award).where(col(Award.ref).in_(refs)).order_by(col(Award.visit)))
    for award in rows:
        if award.visit != latest.get(award.ref):
            latest[award.ref], totals[award.ref] = award.visit, Decimal(0)
        if award.is_winner:
            totals[award.ref] += award.amount_ht
    return {ref: to_cents(total) for ref, total in totals.items()}
