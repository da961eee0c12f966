"""The history of a contract, as its renewal needs it: lots, holders, orders per establishment, incidents."""

from decimal import Decimal
from typing import NamedTuple

from sqlmodel import Session, col, func, select

from models.contracts.register import Contract
from models.contracts.renewals import PastContract, PastLot
from models.contracts.terms import Term
from models.execution.facts import Incident, PurchaseOrder
from models.organisation.group import Establishment
from models.spend.lines import SpendLine


class Ordered(NamedTuple):
    """What an establishment ordered under a lot, EUR HT."""

    lot: int
    house: str
    amount: Decimal


def past_contract(session: Session, term: Term, remarks: list[str]) -> PastContract:
    """Return the history of a contract that ends."""
    rows = _all_holders(session, term)
    ordered = _ordered(session, term)
    spent = _by_house(ordered) or _spent(session, term.first.number)
    return PastContract(
        cle=term.key,
        numero=term.first.number,
        acheteur=term.first.buyer_siret,
        fin=term.ends_on,
        lots=[_lot(rows, number, ordered) for number in sorted({row.lot for row in rows})],
        commande_ht=sum(spent.values(), Decimal("0.00")),
        commande_par_etablissement=spent,
        incidents=_incidents(session, term.first.number),
        remarques=remarks,
    )


def _all_holders(session: Session, term: Term) -> list[Contract]:
    first = term.first
    query = select(Contract).where(
        Contract.buyer_siret == first.buyer_siret,
        Contract.number == first.number,
        Contract.ends_on == first.ends_on,
    )
    return list(session.exec(query.order_by(col(Contract.lot), col(Contract.holder_rank))))


def _lot(rows: list[Contract], number: int, ordered: list[Ordered]) -> PastLot:
    mine = [row for row in rows if row.lot == number]
    return PastLot(
        lot=number,
        objet=mine[0].objet,
        titulaires=[row.holder for row in mine],
        montant_ht=mine[0].amount_ht,
        maximum_ht=mine[0].maximum_ht,
        commande_ht=sum((one.amount for one in ordered if one.lot == number), Decimal("0.00")),
    )


def _ordered(session: Session, term: Term) -> list[Ordered]:
    """Return what was ordered under the contract, per lot and establishment."""
    money = PurchaseOrder.__table__.c.amount_ht.type  # type: ignore[attr-defined]
    query = (
        select(PurchaseOrder.lot, Establishment.name, func.sum(PurchaseOrder.amount_ht, type_=money))
        .join(Establishment, col(Establishment.siret) == col(PurchaseOrder.establishment_siret))
        .where(PurchaseOrder.contract_number == term.first.number)
        .where(PurchaseOrder.buyer_siret == term.first.buyer_siret)
        .group_by(col(PurchaseOrder.lot), col(Establishment.name))
    )
    return [Ordered(lot, house, amount or Decimal(0)) for lot, house, amount in session.exec(query)]


def _by_house(ordered: list[Ordered]) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = {}
    for one in ordered:
        totals[one.house] = totals.get(one.house, Decimal(0)) + one.amount
    return dict(sorted(totals.items(), key=lambda pair: -pair[1]))


def _incidents(session: Session, number: str) -> list[str]:
    query = select(Incident).where(Incident.contract_number == number)
    return [
        f"{one.happened_on:%d/%m/%Y} : {one.kind}"
        + (f", {one.days_late} jours de retard" if one.days_late else "")
        for one in session.exec(query.order_by(col(Incident.happened_on)))
    ]


def _spent(session: Session, number: str) -> dict[str, Decimal]:
    """Return what was paid under the contract, per establishment name, the greatest first."""
    total = func.sum(SpendLine.amount, type_=SpendLine.__table__.c.amount.type)  # type: ignore[attr-defined]
    query = (
        select(Establishment.name, total)
        .join(SpendLine, col(SpendLine.establishment_siret) == col(Establishment.siret))
        .where(SpendLine.contract_number == number)
        .group_by(col(Establishment.name))
    )
    return dict(sorted(session.exec(query), key=lambda pair: -pair[1]))
