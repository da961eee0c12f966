"""Amendments of contracts: kept once, applied to the register, judged by the law, watched."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from sqlmodel import Session, col, select

from models.contracts.amendments import ContractAmendment, JudgedAmendment, in_force, initial, judged
from models.contracts.reading import AmendmentRead
from models.contracts.register import Contract
from models.contracts.terms import contract_key
from models.risks.register import Level, Observation, Risk, RiskKind
from tasks import clock
from tasks.contracts import terms
from tasks.contracts.terms import alert_day
from tasks.risks import register
from tasks.store import transaction

PREFIX = "avenant:"
WRITTEN = {
    "amount_ht",
    "maximum_ht",
    "ends_on",
    "amendment_count",
    "initial_ht",
    "initial_maximum_ht",
    "initial_ends_on",
}
"""The columns of the register that amendments write."""
OUTSIDE_THE_FILE = {"id", "imported_at", "source"}
Lot = tuple[str, str, int]


def store(session: Session, buyer: str, number: str, reads: Sequence[AmendmentRead], source: str) -> int:
    """Keep the amendments of a contract, each once by its lot and number; return how many are new or changed."""
    changed = 0
    for read in reads:
        row = ContractAmendment(
            buyer_siret=buyer,
            contract_number=number,
            source=source,
            imported_at=clock.now(),
            **read.model_dump(),
        )
        known = session.exec(
            select(ContractAmendment).where(
                ContractAmendment.buyer_siret == buyer,
                ContractAmendment.contract_number == number,
                ContractAmendment.lot == read.lot,
                ContractAmendment.number == read.number,
            )
        ).first()
        if known is None:
            session.add(row)
        elif known.model_dump(exclude=OUTSIDE_THE_FILE) != row.model_dump(exclude=OUTSIDE_THE_FILE):
            known.sqlmodel_update(row.model_dump(exclude={"id"}))
        else:
            continue
        changed += 1
    session.flush()
    return changed


def apply_all(session: Session, contracts: set[tuple[str, str]]) -> None:
    """Apply the amendments of the register to those contracts among these that have some."""
    query = select(ContractAmendment.buyer_siret, ContractAmendment.contract_number).distinct()
    for buyer, number in sorted(contracts & set(session.exec(query).all())):
        apply(session, buyer, number)


def apply(session: Session, buyer: str, number: str) -> None:
    """Write on the rows of a contract its amounts, its end and its alert day after its amendments.

    What it was before stays beside: the second time changes nothing. An alert on an end that has moved is looked
    at again by the next watch.
    """
    query = select(Contract).where(Contract.buyer_siret == buyer, Contract.number == number)
    rows = session.exec(query).all()
    by_lot = _by_lot(of_contract(session, buyer, number))
    moved = {row.ends_on for row in rows if by_lot[buyer, number, row.lot]}
    for row in rows:
        _write(row, by_lot[buyer, number, row.lot])
    total = sum((row.maximum_ht or row.amount_ht or Decimal(0) for row in rows), Decimal(0))
    for row in rows:
        if by_lot[buyer, number, row.lot]:
            row.alert_on = alert_day(row.ends_on, row.nature, total)
    session.flush()
    _look_again(session, rows, moved - {row.ends_on for row in rows})


def _write(row: Contract, amendments: Sequence[ContractAmendment]) -> None:
    if not amendments:
        return
    before = initial(row)
    after = in_force(before, amendments)
    row.initial_ht, row.initial_maximum_ht, row.initial_ends_on = before
    if row.holder_rank > 1:  # the first holder carries the amounts
        after = after._replace(amount_ht=None, maximum_ht=None)
    if after.ends_on != row.ends_on:
        row.set_aside_on = None  # with another end it is another term
    row.amount_ht, row.maximum_ht, row.ends_on = after
    row.amendment_count = len(amendments)


def _look_again(session: Session, rows: Sequence[Contract], gone: set[date | None]) -> None:
    """Have the next watch look at the alerts of the ends that these contracts no longer have."""
    support = terms.support_siret(session)
    keys = {f"{contract_key(row, support)}:{end}" for row in rows for end in gone if end}
    for risk in session.exec(select(Risk).where(col(Risk.contract).in_(keys), col(Risk.closed_at).is_(None))):
        if risk.kind is RiskKind.CONTRACT_GAP:
            risk.next_on = risk.raised_on


def of_contract(session: Session, buyer: str, number: str) -> list[ContractAmendment]:
    """Return the amendments of a contract."""
    query = select(ContractAmendment).where(
        ContractAmendment.buyer_siret == buyer, ContractAmendment.contract_number == number
    )
    return list(session.exec(query.order_by(col(ContractAmendment.lot), col(ContractAmendment.number))))


def _by_lot(amendments: Iterable[ContractAmendment]) -> dict[Lot, list[ContractAmendment]]:
    found: dict[Lot, list[ContractAmendment]] = defaultdict(list)
    for one in amendments:
        found[one.buyer_siret, one.contract_number, one.lot].append(one)
    return found


def judged_lot(row: Contract, amendments: Sequence[ContractAmendment], on: date) -> list[JudgedAmendment]:
    """Return the amendments of a lot up to a day, each with the verdict of the law."""
    mine = [one for one in amendments if one.lot == row.lot]
    return judged(initial(row), row.nature, mine, on)


def check(on: date) -> list[str]:
    """Keep a risk for each lot that was modified beyond what the law allows."""
    with transaction() as session:
        found = set()
        for key, lot in _by_lot(session.exec(select(ContractAmendment))).items():
            if seen := _refused(session, key, lot, on):
                register.record(session, seen, on)
                found.add(seen.key)
        register.settle_gone(session, [RiskKind.PUBLICATION], {PREFIX: "modification régularisée"}, found, on)
    return []


def _refused(session: Session, key: Lot, lot: list[ContractAmendment], on: date) -> Observation | None:
    buyer, number, rank = key
    query = select(Contract).where(
        Contract.buyer_siret == buyer, Contract.number == number, Contract.lot == rank
    )
    row = session.exec(query.order_by(col(Contract.holder_rank))).first()
    refused = [one for one in judged_lot(row, lot, on) if one.permis is False] if row else []
    if row is None or not refused:
        return None
    name = contract_key(row, terms.support_siret(session))
    worst = refused[-1]
    return Observation(
        key=f"{PREFIX}{name}/{rank}",
        kind=RiskKind.PUBLICATION,
        level=Level.RED,
        title=f"{number}, lot {rank} : avenant n° {worst.numero} hors des limites. {worst.motif}",
        action="ne pas exécuter l'avenant au-delà de la limite ; saisir la cellule juridique, autre fondement à "
        "justifier (R. 2194-1 et suivants) ou nouvelle procédure",
        contract=name,
        family_code=row.family_code,
    )
