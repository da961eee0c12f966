"""Performance: incidents and penalties of holders, gains against their forecast."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from sqlmodel import Session, col, func, select

from models.contracts import Contract
from models.incidents import Gain, Incident
from models.law.contract_terms import Ccag, PenaltyTerms, late_penalty
from models.law.dated import NoValue
from models.law.days import months_after
from models.law.wording import euros, percent
from models.risks import Level, Observation, RiskKind
from tasks import risks
from tasks.store import transaction

INCIDENTS_PREFIX, GAINS_PREFIX = "incidents:", "gains:"
ENDS = {INCIDENTS_PREFIX: "plus d'incident récent", GAINS_PREFIX: "gains rattrapés"}
MANY_INCIDENTS, TOO_MANY = 3, 6
PLAN_SHARE, FAILED_SHARE = Decimal(70), Decimal(50)


def check(on: date) -> list[str]:
    """Keep a risk for each contract with repeated incidents or a contested penalty, and for gains behind."""
    with transaction() as session:
        found = set()
        for seen in [*_incidents(session, on), *_gains(session, on)]:
            risks.record(session, seen, on)
            found.add(seen.key)
        risks.settle_gone(session, [RiskKind.DISPUTE, RiskKind.PERFORMANCE], ENDS, found, on)
    return []


def _incidents(session: Session, on: date) -> list[Observation]:
    since = months_after(on, -12)
    by_contract: dict[str, list[Incident]] = defaultdict(list)
    query = select(Incident).where(col(Incident.happened_on) > since, col(Incident.happened_on) <= on)
    for one in session.exec(query.order_by(col(Incident.happened_on))):
        by_contract[one.contract_number].append(one)
    return [
        _holder(session, number, rows, on)
        for number, rows in by_contract.items()
        if len(rows) >= MANY_INCIDENTS or any(one.is_contested for one in rows)
    ]


def _holder(session: Session, number: str, rows: list[Incident], on: date) -> Observation:
    contract = session.exec(
        select(Contract).where(Contract.number == number, Contract.holder_rank == 1)
    ).first()
    due = _penalties(contract, rows, on)
    contested = sum(one.is_contested for one in rows)
    action = "mise en demeure, puis pénalités ; réunion avec le titulaire"
    if contested:
        action = (
            f"{contested} pénalités contestées : répondre aux observations, médiation possible (L. 2197-1)"
        )
    return Observation(
        key=f"{INCIDENTS_PREFIX}{number}",
        kind=RiskKind.DISPUTE,
        level=Level.RED if len(rows) >= TOO_MANY or contested else Level.AMBER,
        title=f"{number} : {len(rows)} incidents en douze mois"
        + (f" de {rows[-1].supplier}" if rows[-1].supplier else "")
        + (f", {euros(due)} de pénalités" if due else ""),
        action=action,
        contract=number,
        family_code=contract.family_code if contract else None,
    )


def _penalties(contract: Contract | None, rows: list[Incident], on: date) -> Decimal:
    """Return the penalties for delay by the CCAG 2021, EUR; contracts that depart from it say so themselves."""
    total = Decimal(0)
    amount = (contract.maximum_ht or contract.amount_ht or Decimal(0)) if contract else Decimal(0)
    for one in rows:
        try:
            terms = PenaltyTerms.of_ccag(Ccag.SUPPLIES_SERVICES, on)
        except NoValue:
            return Decimal(0)
        total += late_penalty(terms, one.late_ht, one.days_late, amount or one.late_ht).due
    return total


def _gains(session: Session, on: date) -> list[Observation]:
    """Return the year when its gains are behind: from the middle of the year, less than the planned share."""
    if on.month <= 6:
        return []
    money = Gain.__table__.c.forecast_ht.type  # type: ignore[attr-defined]
    forecast, realised = session.exec(
        select(func.sum(Gain.forecast_ht, type_=money), func.sum(Gain.realised_ht, type_=money)).where(
            Gain.year == on.year
        )
    ).one()
    if not forecast:
        return []
    share = (realised or Decimal(0)) * 100 / forecast
    if share >= PLAN_SHARE:
        return []
    return [
        Observation(
            key=f"{GAINS_PREFIX}{on.year}",
            kind=RiskKind.PERFORMANCE,
            level=Level.RED if share < FAILED_SHARE else Level.AMBER,
            title=f"Gains {on.year} : {euros(realised or Decimal(0))} réalisés sur {euros(forecast)} prévus "
            f"({percent(share.quantize(Decimal(1)))})",
            action="plan d'actions : actions en retard, prix au-dessus des indices, achats hors marché",
        )
    ]
