"""One contract as a person may see it: its lots and what they consume, its dates, its orders, its risks."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from pydantic import BaseModel
from sqlmodel import Session, col, func, or_, select

from models.access.sight import Viewer, sees_contract
from models.contracts.amendments import JudgedAmendment, initial
from models.contracts.register import Contract, ContractOption
from models.contracts.terms import Term, TermKey, contract_key, terms_of
from models.errors import BadInput
from models.execution.facts import PurchaseOrder
from models.law.days import last_day
from models.organisation.group import Establishment, Family
from models.risks.register import Risk
from tasks import clock
from tasks.contracts import amendments, terms
from tasks.execution.consumption import MONEY
from tasks.execution.use import Use, uses
from tasks.store import reading
from tasks.views import risks as views_risks

LAST_ORDERS = 12
DECISIONS = {"reconduit": "reconduit", "non_reconduit": "non reconduit"}


class Lot(BaseModel):
    """A lot of the contract, its holders in order and what it consumes."""

    number: int
    objet: str
    holders: list[str]
    amount_ht: Decimal | None
    minimum_ht: Decimal | None
    maximum_ht: Decimal | None
    ends_on: date | None
    use: Use


class Milestone(BaseModel):
    """A date of the contract: what happens then, and what is to be done."""

    on: date
    label: str
    state: str  # passé, à faire, à venir


class Order(BaseModel):
    """An order placed under the contract, EUR HT."""

    number: str
    house: str
    lot: int
    on: date
    amount_ht: Decimal
    is_late: bool  # after the end of its lot


class HouseTotal(BaseModel):
    """What one establishment ordered, EUR HT."""

    house: str
    orders: int
    amount_ht: Decimal


class Sheet(BaseModel):
    """Everything that the page of a contract shows."""

    model_config = {"arbitrary_types_allowed": True}

    key: str
    first: Contract
    buyer: str
    family: str
    lots: list[Lot]
    milestones: list[Milestone]
    orders: list[Order]
    houses: list[HouseTotal]
    risks: list[views_risks.Threat]
    amendments: list[JudgedAmendment]
    base_ht: Decimal | None  # of the first lot before its amendments: what a further one is held against
    amended_ht: Decimal
    renewal_ref: str | None
    renewable: str  # the key of the term that may be renewed now, empty when there is none
    total_ht: Decimal


def sheet(viewer: Viewer, key: str) -> Sheet | None:
    """Return one contract, or None when there is none of that key that the person may read."""
    try:
        asked = TermKey.parse(key)
    except BadInput:
        return None
    with reading() as session:
        buyer = asked.buyer_siret or terms.support_siret(session)
        rows = session.exec(
            select(Contract)
            .where(Contract.number == asked.number, Contract.buyer_siret == buyer)
            .order_by(col(Contract.lot), col(Contract.holder_rank))
        ).all()
        if not rows or not sees_contract(viewer, buyer):
            return None
        return _sheet(session, viewer, rows)


def _sheet(session: Session, viewer: Viewer, rows: Sequence[Contract]) -> Sheet:
    first, today = rows[0], clock.today()
    support = terms.support_siret(session)
    house = session.get(Establishment, first.buyer_siret)
    family = session.get(Family, first.family_code) if first.family_code else None
    known, before = amendments.of_contract(session, first.buyer_siret, first.number), initial(first)
    lots = _lots(session, rows, today)
    open_terms = [term for term in terms_of(rows, support) if term.first.renewal_ref is None]
    return Sheet(
        key=contract_key(first, support),
        first=first,
        buyer=house.name if house else first.buyer_siret,
        family=family.label if family else "",
        lots=lots,
        milestones=_milestones(session, rows, today),
        orders=_orders(session, viewer, rows),
        houses=_houses(session, viewer, first),
        risks=_threats(session, viewer, contract_key(first, support)),
        amendments=[
            one for row in rows if row.holder_rank == 1 for one in amendments.judged_lot(row, known, today)
        ],
        base_ht=before.maximum_ht or before.amount_ht,
        amended_ht=sum((one.amount_ht or Decimal(0) for one in known if one.lot == first.lot), Decimal(0)),
        renewal_ref=next((row.renewal_ref for row in rows if row.renewal_ref), None),
        renewable=_renewable(open_terms, today),
        total_ht=sum((lot.use.ordered_ht for lot in lots), Decimal(0)),
    )


def _renewable(open_terms: list[Term], today: date) -> str:
    """Return the term whose alert day has come and that nothing renews."""
    due = (term for term in open_terms if term.first.alert_on and term.first.alert_on <= today)
    return next((term.key for term in due), "")


def _lots(session: Session, rows: Sequence[Contract], today: date) -> list[Lot]:
    used = uses(session, rows, today)
    firsts = [row for row in rows if row.id in used]
    return [
        Lot(
            number=row.lot,
            objet=row.objet,
            holders=[one.holder for one in rows if one.lot == row.lot and one.ends_on == row.ends_on],
            amount_ht=row.amount_ht,
            minimum_ht=row.minimum_ht,
            maximum_ht=row.maximum_ht,
            ends_on=row.ends_on,
            use=used[row.id or 0],
        )
        for row in firsts
    ]


def _milestones(session: Session, rows: Sequence[Contract], today: date) -> list[Milestone]:
    """Return the dates of the contract in their order, each one once."""
    found: set[tuple[date, str, bool]] = set()
    for row in rows:
        if row.notified_on:
            found.add((row.notified_on, "Notification", False))
        if row.starts_on and row.starts_on != row.notified_on:
            found.add((row.starts_on, "Début d'exécution", False))
        if row.alert_on:
            found.add((row.alert_on, "Alerte : préparer la suite", row.renewal_ref is None))
        if row.ends_on:
            found.add((row.ends_on, "Fin : dernier jour pour commander", row.renewal_ref is None))
    for option in _options(session, rows[0]):
        found |= _option_dates(option)
    return [
        Milestone(on=on, label=label, state="à venir" if on > today else "à faire" if is_asked else "passé")
        for on, label, is_asked in sorted(found)
    ]


def _options(session: Session, first: Contract) -> Sequence[ContractOption]:
    query = select(ContractOption).where(
        ContractOption.contract_number == first.number, ContractOption.buyer_siret == first.buyer_siret
    )
    return session.exec(query.order_by(col(ContractOption.rank))).all()


def _option_dates(option: ContractOption) -> set[tuple[date, str, bool]]:
    name = f"Reconduction n° {option.rank} ({option.months} mois)"
    said = DECISIONS.get(option.decision, "")
    silence = "le silence reconduit" if option.is_tacit else "le silence met fin au marché"
    return {
        (option.notice_on, f"{name} : {said or f'dernier jour pour décider, {silence}'}", not said),
        (option.starts_on, f"{name} : premier jour de la nouvelle période", False),
        (last_day(option.starts_on, max(option.months, 1)), f"{name} : dernier jour si elle a lieu", False),
    }


def _orders(session: Session, viewer: Viewer, rows: Sequence[Contract]) -> list[Order]:
    ends = {row.lot: row.ends_on for row in rows}
    query = select(PurchaseOrder).where(*_under(viewer, rows[0]))
    found = session.exec(
        query.order_by(col(PurchaseOrder.ordered_on).desc(), col(PurchaseOrder.id).desc()).limit(LAST_ORDERS)
    ).all()
    names = dict(session.exec(select(Establishment.siret, Establishment.name)).all())
    return [
        Order(
            number=one.number,
            house=names.get(one.establishment_siret, one.establishment_siret),
            lot=one.lot,
            on=one.ordered_on,
            amount_ht=one.amount_ht,
            is_late=(end := ends.get(one.lot)) is not None and one.ordered_on > end,
        )
        for one in found
    ]


def _houses(session: Session, viewer: Viewer, first: Contract) -> list[HouseTotal]:
    total = func.sum(PurchaseOrder.amount_ht, type_=MONEY)
    found = session.exec(
        select(Establishment.name, func.count(), total)
        .select_from(PurchaseOrder)
        .join(Establishment, col(Establishment.siret) == col(PurchaseOrder.establishment_siret))
        .where(*_under(viewer, first))
        .group_by(col(Establishment.name))
        .order_by(total.desc())
    ).all()
    return [HouseTotal(house=name, orders=count, amount_ht=amount) for name, count, amount in found]


def _under(viewer: Viewer, first: Contract) -> list[bool]:
    """Return the condition of the orders shown: everyone's for the team, one's own establishment's otherwise."""
    found = [
        PurchaseOrder.contract_number == first.number,
        PurchaseOrder.buyer_siret == first.buyer_siret,
    ]
    if not viewer.reads_journal:
        found.append(PurchaseOrder.establishment_siret == viewer.siret)
    return found


def _threats(session: Session, viewer: Viewer, key: str) -> list[views_risks.Threat]:
    """Return the risks that stand on a contract, or on one of its terms (« KEY:DATE »)."""
    of_it = or_(col(Risk.contract) == key, col(Risk.contract).startswith(f"{key}:", autoescape=True))
    return views_risks.threats(session, viewer, of_it)
