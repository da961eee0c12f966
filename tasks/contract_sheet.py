"""One contract as people read it: its lots before and after its amendments, what was ordered, what the law says."""

from datetime import date
from decimal import Decimal

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.amendments import JudgedAmendment, initial
from models.columns import Euros
from models.contracts import Contract
from models.terms import Term
from tasks import amendments, consumption, terms
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
    lots: list[LotSheet]
    avenants: list[JudgedAmendment]


def sheet(number: str, on: date) -> ContractSheet:
    """Return a contract of the register as it stands on a day; raises `BadInput` when it is not there."""
    with reading() as session:
        term = terms.find_term(session, number)
        rows = _rows(session, term)
        first = term.first
        known = amendments.of_contract(session, first.buyer_siret, first.number)
        ordered = {one.contract.id: one.ordered for one in consumption.used_lots(session, on)}
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
            lots=[_lot(row, rows, ordered.get(row.id)) for row in lots],
            avenants=[one for row in lots for one in amendments.judged_lot(row, known, on)],
        )


def _rows(session: Session, term: Term) -> list[Contract]:
    query = select(Contract).where(
        Contract.number == term.first.number, Contract.buyer_siret == term.first.buyer_siret
    )
    return list(session.exec(query.order_by(col(Contract.lot), col(Contract.holder_rank))))


def _lot(row: Contract, rows: list[Contract], ordered: Decimal | None) -> LotSheet:
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
        commande_ht=ordered or Decimal("0.00"),
    )
