"""One contract as a person may see it: its lots and what they consume, its dates, its orders, its risks."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from pydantic import BaseModel, Field
from sqlmodel import Session, col, func, or_, select

from models.access.sight import Viewer, sees_contract
from models.columns import Euros
from models.contracts.amendments import JudgedAmendment, initial
from models.contracts.register import Contract, ContractOption
from models.contracts.terms import Term, TermKey, contract_key, terms_of
from models.errors import BadInput
from models.execution.facts import PurchaseOrder
from models.law.days import last_day
from models.organisation.group import Establishment, Family
from models.reading.values import to_cents
from models.risks.register import Risk
from tasks import clock
from tasks.contracts import amendments, terms
from tasks.execution.use import MONEY, Use, uses
from tasks.store import reading
from tasks.views import risks as views_risks

LAST_ORDERS = 12
DECISIONS = {"reconduit": "reconduit", "non_reconduit": "non reconduit"}


class Lot(BaseModel):
    """A lot of the contract, its amounts (EUR HT) and its last day as signed and as they are now, what it consumes."""

    number: int = Field(serialization_alias="lot")
    objet: str
    holders: list[str] = Field(serialization_alias="titulaires")
    signed_ht: Euros | None = Field(serialization_alias="montant_initial_ht")
    amount_ht: Euros | None = Field(serialization_alias="montant_ht")
    minimum_ht: Euros | None = Field(exclude=True)
    signed_maximum_ht: Euros | None = Field(serialization_alias="maximum_initial_ht")
    maximum_ht: Euros | None
    signed_end: date | None = Field(serialization_alias="fin_initiale")
    ends_on: date | None = Field(serialization_alias="fin")
    ordered_ht: Euros = Field(serialization_alias="commande_ht")
    use: Use = Field(exclude=True)


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
    """A contract of the register, its lots and its amendments; its French names are those of `achats marche voir`."""

    key: str = Field(serialization_alias="cle")
    number: str = Field(serialization_alias="numero")
    buyer_siret: str = Field(serialization_alias="acheteur")
    objet: str
    notified_on: date | None = Field(serialization_alias="notifie_le")
    ends_on: date | None = Field(serialization_alias="fin")
    alert_on: date | None = Field(serialization_alias="alerte_le")
    renewal_ref: str | None = Field(serialization_alias="renouvellement")
    set_aside_on: date | None = Field(serialization_alias="classe_le")
    lots: list[Lot]
    amendments: list[JudgedAmendment] = Field(serialization_alias="avenants")


class Page(Sheet):
    """What the page of a contract shows besides, to the person who looks."""

    model_config = {"arbitrary_types_allowed": True}

    first: Contract
    buyer: str
    family: str
    milestones: list[Milestone]
    orders: list[Order]
    houses: list[HouseTotal]
    risks: list[views_risks.Threat]
    base_ht: Decimal | None  # of the first lot before its amendments: what a further one is held against
    amended_ht: Decimal
    renewable: str  # the key of the term that may be renewed now, empty when there is none
    total_ht: Decimal


def sheet(number: str, on: date) -> Sheet:
    """Return a contract of the register as it stands on a day; raises `BadInput` when it is not there."""
    with reading() as session:
        term = terms.find_term(session, number)
        first = term.first
        rows = _rows(session, first.number, first.buyer_siret)
        return _shared(session, term.key, term.ends_on, first, rows, on)


def page(viewer: Viewer, key: str) -> Page | None:
    """Return one contract, or None when there is none of that key that the person may read."""
    try:
        asked = TermKey.parse(key)
    except BadInput:
        return None
    with reading() as session:
        buyer = asked.buyer_siret or terms.support_siret(session)
        rows = _rows(session, asked.number, buyer)
        if not rows or not sees_contract(viewer, buyer):
            return None
        return _page(session, viewer, rows)


def _rows(session: Session, number: str, buyer: str) -> list[Contract]:
    query = select(Contract).where(Contract.number == number, Contract.buyer_siret == buyer)
    return list(session.exec(query.order_by(col(Contract.lot), col(Contract.holder_rank))))


def _shared(
    session: Session, key: str, ends_on: date | None, first: Contract, rows: Sequence[Contract], on: date
) -> Sheet:
    known = amendments.of_contract(session, first.buyer_siret, first.number)
    return Sheet(
        key=key,
        number=first.number,
        buyer_siret=first.buyer_siret,
        objet=first.objet,
        notified_on=first.notified_on,
        ends_on=ends_on,
        alert_on=first.alert_on,
        renewal_ref=first.renewal_ref,
        set_aside_on=first.set_aside_on,
        lots=_lots(session, rows, on),
        amendments=[
            one for row in rows if row.holder_rank == 1 for one in amendments.judged_lot(row, known, on)
        ],
    )


def _page(session: Session, viewer: Viewer, rows: Sequence[Contract]) -> Page:
    first, today = rows[0], clock.today()
    support = terms.support_siret(session)
    house = session.get(Establishment, first.buyer_siret)
    family = session.get(Family, first.family_code) if first.family_code else None
    before = initial(first)
    shared = _shared(session, contract_key(first, support), first.ends_on, first, rows, today)
    renewed = next((row.renewal_ref for row in rows if row.renewal_ref), None)
    open_terms = [term for term in terms_of(rows, support) if term.first.renewal_ref is None]
    return Page(
        **{**dict(shared), "renewal_ref": renewed},
        first=first,
        buyer=house.name if house else first.buyer_siret,
        family=family.label if family else "",
        milestones=_milestones(session, rows, today),
        orders=_orders(session, viewer, rows),
        houses=_houses(session, viewer, first),
        risks=_threats(session, viewer, contract_key(first, support)),
        base_ht=before.maximum_ht or before.amount_ht,
        amended_ht=sum(
            (one.montant_ht or Decimal(0) for one in shared.amendments if one.lot == first.lot), Decimal(0)
        ),
        renewable=_renewable(open_terms, today),
        total_ht=sum((lot.ordered_ht for lot in shared.lots), Decimal(0)),
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
            signed_ht=initial(row).amount_ht,
            amount_ht=row.amount_ht,
            minimum_ht=row.minimum_ht,
            signed_maximum_ht=initial(row).maximum_ht,
            maximum_ht=row.maximum_ht,
            signed_end=initial(row).ends_on,
            ends_on=row.ends_on,
            ordered_ht=to_cents(used[row.id or 0].ordered_ht),
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
