"""The history of a contract, as its renewal needs it: lots, holders, orders per establishment, incidents."""

from decimal import Decimal

from sqlmodel import Session, col, func, select

from models.contracts import Contract
from models.organisation import Establishment
from models.renewals import PastContract, PastLot
from models.spending import SpendLine
from models.terms import Term


def past_contract(session: Session, term: Term, remarks: list[str]) -> PastContract:
    """Return the history of a contract that ends."""
    rows = _all_holders(session, term)
    spent = _spent(session, term.first.number)
    return PastContract(
        cle=term.key,
        numero=term.first.number,
        acheteur=term.first.buyer_siret,
        fin=term.ends_on,
        lots=[_lot(rows, number) for number in sorted({row.lot for row in rows})],
        commande_ht=sum(spent.values(), Decimal("0.00")),
        commande_par_etablissement=spent,
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


def _lot(rows: list[Contract], number: int) -> PastLot:
    mine = [row for row in rows if row.lot == number]
    return PastLot(
        lot=number,
        objet=mine[0].objet,
        titulaires=[row.holder for row in mine],
        montant_ht=mine[0].amount_ht,
        maximum_ht=mine[0].maximum_ht,
    )


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
