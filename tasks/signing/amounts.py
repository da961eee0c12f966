"""The amount that a signature engages."""

from collections.abc import Collection
from decimal import Decimal

import sqlalchemy
from sqlmodel import Session, col, func, select

from models.process.forms import Strategy
from models.process.procurement import Award, Procurement
from models.reading.values import to_cents
from models.signing.acts import Act


def awarded_total(session: Session, ref: str) -> Decimal:
    """Return the total of the tenders ranked first, all lots, EUR HT over the whole duration; zero before analysis."""
    latest = select(func.max(Award.visit)).where(Award.ref == ref).scalar_subquery()
    winners = session.exec(
        select(Award).where(Award.ref == ref, Award.visit == latest, col(Award.is_winner).is_(True))
    )
    return to_cents(sum((winner.amount_ht for winner in winners), Decimal(0)))


def framework_maximum(strategy: Strategy) -> Decimal:
    """Return the maximum of the framework, all lots, EUR HT; zero when there is none."""
    return sum((lot.maximum_ht or Decimal(0) for lot in strategy.lots), Decimal(0))


def to_sign(session: Session, procurement: Procurement, act: str) -> Decimal:
    """Return what an act engages (EUR HT): the estimate at launch, then the awarded total or a higher maximum."""
    if act == Act.LAUNCH:
        return procurement.amount_ht
    return engaged(procurement.strategy, awarded_total(session, procurement.ref))


def meaning(strategy: dict[str, object], awarded: Decimal, act: str) -> str:
    """Return in words what the amount that an act engages is."""
    if act == Act.LAUNCH:
        return "valeur estimée"
    maximum = framework_maximum(Strategy.model_validate(strategy))
    return "maximum de l'accord-cadre" if maximum > awarded else "montant attribué"


def engaged(strategy: dict[str, object], awarded: Decimal) -> Decimal:
    """Return what an award or a contract engages (EUR HT): the awarded total, or the maximum if it is higher."""
    return max(awarded, framework_maximum(Strategy.model_validate(strategy)))


def awarded_totals(session: Session, refs: Collection[str]) -> dict[str, Decimal]:
    """Return the awarded total of each procurement that has an analysis, in one reading (EUR HT)."""
    latest: dict[str, int] = {}
    totals: dict[str, Decimal] = {}
    columns = (col(Award.ref), col(Award.visit), col(Award.is_winner), col(Award.amount_ht))
    rows = sqlalchemy.select(*columns).where(col(Award.ref).in_(refs)).order_by(col(Award.visit))
    for ref, visit, is_winner, amount in session.execute(rows):
        if visit != latest.get(ref):
            latest[ref], totals[ref] = visit, Decimal(0)
        if is_winner:
            totals[ref] += amount
    return {ref: to_cents(total) for ref, total in totals.items()}


def signing_amounts(session: Session, act: str, refs: Collection[str]) -> dict[str, Decimal]:
    """Return what the act engages (EUR HT) for each of the procurements, in two readings."""
    columns = (col(Procurement.ref), col(Procurement.amount_ht), col(Procurement.strategy))
    rows = session.execute(sqlalchemy.select(*columns).where(col(Procurement.ref).in_(refs)))
    if act == Act.LAUNCH:
        return {ref: amount for ref, amount, _ in rows}
    awarded = awarded_totals(session, refs)
    return {ref: engaged(strategy, awarded.get(ref, Decimal(0))) for ref, _, strategy in rows}
