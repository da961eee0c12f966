"""One contract as people read it: its lots before and after its amendments, what was ordered, what the law says."""

from datetime import date
from decimal import Decimal

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.columns import Euros
from models.contracts.amendments import JudgedAmendment, initial
from models.contracts.register import Contract
from models.contracts.terms import Term
from models.reading.values import to_cents
from tasks.contracts import amendments, terms
from tasks.execution.use import uses
from tasks.store import reading


class LotSheet(BaseModel):
    """A lot: its amounts (EUR HT) and its last day, as signed and as they are now."""

    lot: int
    objet: str
    titulaires: list[str]
    montant_initial_ht: Euros | None
    montant_ht: Euros | None
    maximum_initial_ht: Euros | None
    maximum_ht: Euros | None
    fin_initiale: date | None
    fin: date | None
    commande_ht: Euros


class ContractSheet(BaseModel):
    """A contract, its lots and its amendments."""

    cle: str
    numero: str
    acheteur: str
    objet: str
    notifie_le: date | None
    fin: date | None
    alerte_le: date | None
    renouvellement: str | None
    classe_le: date | None
    lots: list[LotSheet]
    avenants: list[JudgedAmendment]


def sheet(number: str, on: date) -> ContractSheet:
    """Return a contract of the register as it stands on a day; raises `BadInput` when it is not there."""
    with reading() as session:
        term = terms.find_term(session, number)
        rows = _rows(session, term)
        first = term.first
        known = amendments.of_contract(session, first.buyer_siret, first.number)
        used = uses(session, rows, on)
        lots = [row for row in rows if row.holder_rank == 1]
        return ContractSheet(
            cle=term.key,
            numero=first.number,
            acheteur=first.buyer_siret,
            objet=first.objet,
            notifie_le=first.notified_on,
            fin=term.ends_on,
            alerte_le=first.alert_on,
            renouvellement=first.renewal_ref,
            classe_le=first.set_aside_on,
            lots=[_lot(row, rows, used[row.id].ordered_ht) for row in lots if row.id],
            avenants=[one for row in lots for one in amendments.judged_lot(row, known, on)],
        )


def _rows(session: Session, term: Term) -> list[Contract]:
    query = select(Contract).where(
        Contract.number == term.first.number, Contract.buyer_siret == term.first.buyer_siret
    )
    return list(session.exec(query.order_by(col(Contract.lot), col(Contract.holder_rank))))


def _lot(row: Contract, rows: list[Contract], ordered: Decimal) -> LotSheet:
    before = initial(row)
    return LotSheet(
        lot=row.lot,
        objet=row.objet,
        titulaires=[one.holder for one in rows if one.lot == row.lot],
        montant_initial_ht=before.amount_ht,
        montant_ht=row.amount_ht,
        maximum_initial_ht=before.maximum_ht,
        maximum_ht=row.maximum_ht,
        fin_initiale=before.ends_on,
        fin=row.ends_on,
        commande_ht=to_cents(ordered),
    )
