"""Publication outside the calendar: late, never programmed, or twice on the same CPV (publication désorganisée)."""

from collections import defaultdict
from datetime import date
from typing import NamedTuple

from sqlmodel import Session, col, func, or_, select

from models.consultation.calendar import WITHOUT_DATE, Judged, judge_day, judge_same_cpv, programmed_on
from models.contracts.register import Contract
from models.errors import BadInput
from models.law.dated import NoValue
from models.law.days import months_after
from models.organisation.group import Establishment
from models.process.procurement import Procurement
from models.process.table import STAGES, Final
from models.risks.register import Observation, RiskKind
from tasks.organisation import people
from tasks.preparation import launch
from tasks.risks import register
from tasks.store import transaction

CALENDAR_PREFIX, TWICE_PREFIX = "calendrier:", "doublon:"
ENDS = {
    CALENDAR_PREFIX: "revenu au calendrier, ou achat terminé",
    TWICE_PREFIX: "une seule publication reste",
}
OVER = [stage.key for stage in STAGES if isinstance(stage, Final)]
DROPPED = [key for key in OVER if key != "notified"]
WINDOW_MONTHS = 12


class Published(NamedTuple):
    """What was published on one CPV over the period: by which houses, and the purchases of the application."""

    houses: set[str]
    purchases: list[Procurement]


def check(on: date) -> list[str]:
    """Keep a risk for each publication late on its calendar or outside it, and for each CPV published twice."""
    with transaction() as session:
        found = set()
        for seen in [*_calendar(session, on), *_twice(session, on)]:
            register.record(session, seen, on)
            found.add(seen.key)
        register.settle_gone(session, [RiskKind.PUBLICATION], ENDS, found, on)
    return []


def _calendar(session: Session, on: date) -> list[Observation]:
    """Return the purchases under way whose publication is late or was not programmed.

    A purchase that renews a contract is left to the watch of contracts, which says the same with its own levels.
    """
    query = (
        select(Procurement)
        .where(col(Procurement.renews).is_(None), col(Procurement.stage).not_in(OVER))
        .where(or_(col(Procurement.starts_on).is_not(None), col(Procurement.launched_on) <= on))
        .order_by(col(Procurement.ref))
    )
    found = [(one, _judged(one, on)) for one in session.exec(query)]
    return [_late(one, judged) for one, judged in found if judged]


def _judged(purchase: Procurement, on: date) -> Judged | None:
    launched_on = purchase.launched_on if purchase.launched_on and purchase.launched_on <= on else None
    if purchase.starts_on is None:
        return WITHOUT_DATE
    try:
        procedure = launch.planned(purchase, launched_on or on)
        planned_on = programmed_on(procedure, purchase.starts_on, on)
    except (NoValue, BadInput):  # before the first known periods: the calendar cannot be told
        return None
    return judge_day(planned_on, launched_on, purchase.starts_on, on)


def _late(purchase: Procurement, judged: Judged) -> Observation:
    return Observation(
        key=f"{CALENDAR_PREFIX}{purchase.ref}",
        kind=RiskKind.PUBLICATION,
        level=judged.level,
        title=f"{purchase.title} : consultation {judged.fact}",
        action=judged.action,
        due_on=purchase.starts_on,
        ref=purchase.ref,
        family_code=purchase.family_code,
    )


def _twice(session: Session, on: date) -> list[Observation]:
    """Return the CPV codes published twice over twelve months, by two houses or in two consultations at once."""
    found = []
    for cpv, published in sorted(_published(session, on).items()):
        under_way = [one for one in published.purchases if one.notified_on is None or one.notified_on > on]
        judged = judge_same_cpv(published.houses, [one.ref for one in under_way])
        if judged is None:
            continue
        newest = max(published.purchases, key=lambda one: (one.launched_on, one.ref), default=None)
        found.append(
            Observation(
                key=f"{TWICE_PREFIX}{cpv}",
                kind=RiskKind.PUBLICATION,
                level=judged.level,
                title=f"CPV {cpv} {judged.fact}",
                action=judged.action,
                ref=newest.ref if newest else None,
                family_code=newest.family_code if newest else None,
            )
        )
    return found


def _published(session: Session, on: date) -> dict[str, Published]:
    """Return what each CPV saw published: purchases launched, and contracts notified by houses of the group."""
    since = months_after(on, -WINDOW_MONTHS)
    by_cpv: dict[str, Published] = defaultdict(lambda: Published(set(), []))
    launched = (
        select(Procurement)
        .where(col(Procurement.launched_on) > since, col(Procurement.launched_on) <= on)
        .where(col(Procurement.stage).not_in(DROPPED), Procurement.cpv != "")
    )
    purchases = session.exec(launched).all()
    support = people.support(session).name if purchases else ""
    for purchase in purchases:
        by_cpv[purchase.cpv].purchases.append(purchase)
        by_cpv[purchase.cpv].houses.add(support)
    signed = (
        select(Contract.cpv, Establishment.name)
        .join(Establishment, col(Establishment.siret) == col(Contract.buyer_siret))
        .where(col(Contract.notified_on) > since, col(Contract.notified_on) <= on)
        # Not IS NULL: nearly every imported contract is without purchase, the index of the days is the one to take.
        .where(Contract.cpv != "", func.coalesce(col(Contract.procurement_ref), "") == "")
        .distinct()
    )
    for cpv, name in session.exec(signed):
        by_cpv[cpv].houses.add(name)
    return by_cpv
