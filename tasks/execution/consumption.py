"""What contracts consume: framework agreements near their maximum, orders after the end of a contract."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlmodel import Session, col, func, select

from models.contracts.register import Contract
from models.contracts.terms import contract_key
from models.errors import NotAllowed
from models.execution.facts import PurchaseOrder
from models.law.dated import NoValue
from models.law.framework import Level as Share
from models.law.framework import consumption
from models.law.wording import euros
from models.risks.register import Level, Observation, RiskKind
from models.spend.lines import SpendLine
from tasks.contracts import terms
from tasks.execution.use import MONEY, Lot, ordered_by_lot, uses
from tasks.risks import register
from tasks.store import reading, transaction

PREFIX, LATE_PREFIX = "consommation:", "apres-terme:"
LEVELS = {Share.WATCH: Level.AMBER, Share.ALERT: Level.RED, Share.EXHAUSTED: Level.BLACK}
AT_ONCE = 500


class Used(NamedTuple):
    """A lot of a contract, what was ordered under it (EUR HT) and the day of its last order."""

    contract: Contract
    ordered: Decimal
    last_on: date


def check(on: date) -> list[str]:
    """Keep a risk for each framework agreement near its maximum and for each contract ordered after its end."""
    with transaction() as session:
        found = set()
        if lots := used_lots(session, on):
            support = terms.support_siret(session)
            frameworks = [_observation(one, support, on) for one in lots if one.contract.maximum_ht]
            for seen in [*filter(None, frameworks), *_after_the_end(session, lots, support, on)]:
                register.record(session, seen, on)
                found.add(seen.key)
        register.settle_gone(session, [RiskKind.CONSUMPTION], {PREFIX: "consommation redescendue"}, found, on)
    return []


def used_lots(session: Session, on: date) -> list[Used]:
    """Return the lots that have orders up to that day, with their sum and the last one: one read of the orders."""
    orders = ordered_by_lot(session, on)
    found = []
    for contract in _contracts(session, set(orders)):
        amount, last_on = orders[contract.number, contract.buyer_siret, contract.lot]
        if last_on:
            found.append(Used(contract, amount, last_on))
    return found


def _contracts(session: Session, lots: set[Lot]) -> list[Contract]:
    """Return the first row of each lot, read by number: what was never ordered under is not looked at."""
    numbers = sorted({number for number, _, _ in lots if number})
    found: list[Contract] = []
    for start in range(0, len(numbers), AT_ONCE):
        some = col(Contract.number).in_(numbers[start : start + AT_ONCE])
        rows = session.exec(select(Contract).where(some, Contract.holder_rank == 1)).all()
        found += [row for row in rows if (row.number, row.buyer_siret, row.lot) in lots]
    return sorted(found, key=lambda row: (row.number, row.buyer_siret, row.lot))


def _observation(used: Used, support: str, on: date) -> Observation | None:
    contract = used.contract
    try:
        state = consumption(contract.maximum_ht or Decimal(1), used.ordered, on)
    except NoValue:
        return None
    if state.level not in LEVELS:
        return None
    actions = {
        Share.WATCH: "suivre chaque mois et prévoir la suite",
        Share.ALERT: "lancer la consultation suivante ou préparer une modification permise (R. 2194-1 et suivants)",
        Share.EXHAUSTED: "commandes refusées : maximum atteint (CCP art. R. 2162-4), passer un nouveau marché",
    }
    return Observation(
        key=f"{PREFIX}{contract_key(contract, support)}/{contract.lot}",
        kind=RiskKind.CONSUMPTION,
        level=LEVELS[state.level],
        title=f"{contract.number}, lot {contract.lot} : {contract.objet} — {state.text}",
        action=actions[state.level],
        due_on=contract.ends_on,
        contract=contract_key(contract, support),
        family_code=contract.family_code,
    )


def _after_the_end(session: Session, lots: list[Used], support: str, on: date) -> list[Observation]:
    """Return the contracts under which something was ordered after their last day."""
    ended = [one.contract for one in lots if one.contract.ends_on and one.last_on > one.contract.ends_on]
    orders = [(row, *_orders_after(session, row, on)) for row in ended]
    return [
        Observation(
            key=f"{LATE_PREFIX}{contract_key(contract, support)}",
            kind=RiskKind.PUBLICATION,
            level=Level.BLACK,
            title=f"{contract.number} : {count} commandes pour {euros(amount)} HT après la fin du "
            f"{contract.ends_on:%d/%m/%Y}",
            action="cesser de commander, régulariser avec la cellule juridique, passer un marché",
            due_on=contract.ends_on,
            contract=contract_key(contract, support),
            family_code=contract.family_code,
        )
        for contract, count, amount in orders
    ]


def _orders_after(session: Session, contract: Contract, on: date) -> tuple[int, Decimal]:
    count, amount = session.exec(
        select(func.count(), func.sum(PurchaseOrder.amount_ht, type_=MONEY))
        .where(PurchaseOrder.contract_number == contract.number, PurchaseOrder.lot == contract.lot)
        .where(PurchaseOrder.buyer_siret == contract.buyer_siret)
        .where(col(PurchaseOrder.ordered_on) > contract.ends_on, PurchaseOrder.ordered_on <= on)
    ).one()
    return count, amount or Decimal(0)


def check_order(number: str, lot: int, amount_ht: Decimal, on: date) -> str:
    """Return what an order would bring a contract to, or refuse it: ended, or past its maximum."""
    with reading() as session:
        term = terms.find_term(session, number)
        contract = next((row for row in term.lots if row.lot == lot and row.holder_rank == 1), None)
        if contract is None:
            raise NotAllowed(f"Le marché {number} n'a pas de lot {lot}.")
        if contract.ends_on and on > contract.ends_on:
            raise NotAllowed(
                f"Commande refusée : le marché {number} a pris fin le {contract.ends_on:%d/%m/%Y}."
            )
        if not contract.maximum_ht:
            return f"Commande possible : le marché {number} n'a pas de maximum au registre."
        ordered = uses(session, [contract], on)[contract.id or 0].ordered_ht
    if ordered + amount_ht > contract.maximum_ht:
        left = max(Decimal(0), contract.maximum_ht - ordered)
        raise NotAllowed(
            f"Commande refusée : il reste {euros(left)} HT sur le maximum de {euros(contract.maximum_ht)} HT "
            f"du marché {number}, lot {lot} (CCP art. R. 2162-4)."
        )
    return f"Commande possible : {consumption(contract.maximum_ht, ordered + amount_ht, on).text}"


def paid_outside(session: Session, on: date, since: date) -> dict[str, Decimal]:
    """Return what each family paid without contract between two days, EUR."""
    total = func.sum(SpendLine.amount, type_=MONEY)
    query = (
        select(SpendLine.family_code, total)
        .where(col(SpendLine.contract_number).is_(None), col(SpendLine.family_code).is_not(None))
        .where(col(SpendLine.paid_on) > since, col(SpendLine.paid_on) <= on)
        .group_by(col(SpendLine.family_code))
    )
    return {family: amount or Decimal(0) for family, amount in session.exec(query) if family}
