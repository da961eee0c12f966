"""Performance: incidents and penalties of holders, gains against their forecast."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from sqlmodel import Session, col, func, select

from models.contracts.register import Contract
from models.execution.facts import Gain, Incident
from models.law.days import months_after
from models.law.wording import euros, percent
from models.risks.register import Level, Observation, RiskKind
from tasks.execution import penalties
from tasks.risks import register
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
            register.record(session, seen, on)
            found.add(seen.key)
        register.settle_gone(session, [RiskKind.DISPUTE, RiskKind.PERFORMANCE], ENDS, found, on)
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
    due = penalties.due_on(session, contract, number, on)
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
        + (f", {due.said}" if due.said else ""),
        action=action,
        contract=number,
        family_code=contract.family_code if contract else None,
    )


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
