"""Purchases without contract: the need of a family, all members, over twelve months (CCP art. R. 2121-4, R. 2121-6)."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from sqlmodel import Session, col, select

from models.execution.facts import PurchaseOrder
from models.law.aggregation import Purchase, check_splitting
from models.law.dated import Law, NoValue
from models.law.days import months_after
from models.law.need import Nature, thresholds_for
from models.law.wording import euros, percent
from models.organisation.group import Family
from models.risks.register import Level, Observation, RiskKind
from tasks.execution import consumption
from tasks.risks import register
from tasks.store import transaction

PREFIX, OUTSIDE_PREFIX = "fractionnement:", "hors-marche:"
WARNING_SHARE = Decimal(80)
ENDS = dict.fromkeys((PREFIX, OUTSIDE_PREFIX), "sous le seuil sur douze mois")


def check(on: date) -> list[str]:
    """Keep a risk for each family whose purchases without contract near or pass the threshold of dispense."""
    with transaction() as session:
        try:
            since = months_after(on, -Law(on).days("besoin_regulier_mois"))
        except NoValue:
            return []
        found = set()
        for seen in [*_orders(session, since, on), *_spend(session, since, on)]:
            register.record(session, seen, on)
            found.add(seen.key)
        register.settle_gone(session, [RiskKind.PUBLICATION], ENDS, found, on)
    return []


def _orders(session: Session, since: date, on: date) -> list[Observation]:
    """Return the families split by orders: the last one against those of all members over the period."""
    query = (
        select(PurchaseOrder)
        .where(col(PurchaseOrder.contract_number).is_(None), col(PurchaseOrder.family_code).is_not(None))
        .where(col(PurchaseOrder.ordered_on) > since, col(PurchaseOrder.ordered_on) <= on)
        .order_by(col(PurchaseOrder.ordered_on), col(PurchaseOrder.id))
    )
    by_family: dict[str, list[PurchaseOrder]] = defaultdict(list)
    for order in session.exec(query):
        by_family[order.family_code or ""].append(order)
    found = [_family(session.get_one(Family, code), orders, on) for code, orders in by_family.items()]
    return [one for one in found if one]


def _family(family: Family, orders: list[PurchaseOrder], on: date) -> Observation | None:
    last, past = orders[-1], orders[:-1]
    purchases = [
        Purchase(
            establishment=one.establishment_siret,
            category=family.code,
            amount_ht=one.amount_ht,
            bought_on=one.ordered_on,
        )
        for one in past
    ]
    nature = _nature(family)
    split = check_splitting(last.amount_ht, nature, family.code, purchases, on)
    dispense = thresholds_for(nature, Law(on)).dispense
    share = split.total_ht * 100 / dispense
    if not split.is_split and share < WARNING_SHARE:
        return None
    houses = len({one.establishment_siret for one in orders})
    return Observation(
        key=f"{PREFIX}{family.code}",
        kind=RiskKind.PUBLICATION,
        level=Level.RED if split.is_split or share >= 100 else Level.AMBER,
        title=f"{family.label} : {len(orders)} commandes hors marché de {houses} établissements en douze mois, "
        f"{euros(split.total_ht)} HT ({percent(share.quantize(Decimal(1)))} du seuil de dispense)",
        action=f"regrouper le besoin et lancer une procédure. {split.reason}",
        family_code=family.code,
    )


def _nature(family: Family) -> Nature:
    return Nature(family.nature) if family.nature in list(Nature) else Nature.SUPPLIES


def _spend(session: Session, since: date, on: date) -> list[Observation]:
    """Return the families paid outside contract beyond the threshold of dispense over the period."""
    found = []
    for code, amount in consumption.paid_outside(session, on, since).items():
        family = session.get_one(Family, code)
        dispense = thresholds_for(_nature(family), Law(on)).dispense
        if amount < dispense:
            continue
        found.append(
            Observation(
                key=f"{OUTSIDE_PREFIX}{code}",
                kind=RiskKind.PUBLICATION,
                level=Level.RED,
                title=f"{family.label} : {euros(amount)} payés hors marché en douze mois, "
                f"au-dessus du seuil de dispense ({euros(dispense)} HT)",
                action="rattacher ces dépenses à un marché, ou lancer la procédure due au besoin du groupement",
                family_code=code,
            )
        )
    return found
