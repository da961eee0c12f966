"""The register of contracts as the pages list it: what runs, what ends, what must be renewed, what was spent."""

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, Field
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col, func, or_, select

from models.access import Viewer
from models.contracts import Contract
from models.organisation import Establishment, Family
from tasks import clock
from tasks.store import reading

PAGE = 25
MONTHS = 18


class State(StrEnum):
    """What a filter keeps."""

    LIVE = "en cours"
    ALERT = "à renouveler"
    ENDED = "terminés"
    ALL = "tous"


class Filter(BaseModel):
    """What is looked for; empty means everything."""

    text: str = Field(default="", max_length=200)
    family: str = Field(default="", max_length=100)
    state: State = State.LIVE
    page: int = Field(default=1, ge=1, le=100_000)


class Line(BaseModel):
    """One contract, one lot, one holder."""

    number: str
    lot: int
    objet: str
    holder: str
    buyer: str
    family: str
    amount_ht: Decimal | None
    maximum_ht: Decimal | None
    ends_on: date | None
    days: int | None
    must_renew: bool
    renewal_ref: str | None
    procurement_ref: str | None
    elapsed: int | None  # share of the duration gone, in hundredths


class Page(BaseModel):
    """One page of the register."""

    lines: list[Line]
    total: int
    page: int
    pages: int


class Month(BaseModel):
    """How many contracts end in a month."""

    first: date
    ends: int
    height: int  # 0 to 100


def search(viewer: Viewer, wanted: Filter) -> Page:
    """Return one page of the contracts that the person may read."""
    today = clock.today()
    found = [*_visible(viewer), *_conditions(wanted, today)]
    with reading() as session:
        total = session.exec(select(func.count()).select_from(Contract).where(*found)).one()
        pages = max(1, -(-total // PAGE))
        page = min(wanted.page, pages)
        rows = session.exec(
            select(Contract, Family.label, Establishment.name)
            .join(Family, col(Family.code) == col(Contract.family_code), isouter=True)
            .join(Establishment, col(Establishment.siret) == col(Contract.buyer_siret), isouter=True)
            .where(*found)
            .order_by(col(Contract.ends_on).is_(None), col(Contract.ends_on), col(Contract.id))
            .offset((page - 1) * PAGE)
            .limit(PAGE)
        ).all()
    lines = [_line(one, family or "", buyer or one.buyer_siret, today) for one, family, buyer in rows]
    return Page(lines=lines, total=total, page=page, pages=pages)


def _visible(viewer: Viewer) -> list[ColumnElement[bool]]:
    """Return the condition that `models.access.sees_contract` states, for the database."""
    if viewer.reads_journal:
        return []
    return [col(Contract.buyer_siret).in_([viewer.support_siret, viewer.siret])]


def _conditions(wanted: Filter, today: date) -> list[ColumnElement[bool]]:
    ends, alert = col(Contract.ends_on), col(Contract.alert_on)
    found: list[ColumnElement[bool]] = [
        or_(
            col(Contract.objet).icontains(word, autoescape=True),
            col(Contract.holder).icontains(word, autoescape=True),
            col(Contract.number).icontains(word, autoescape=True),
        )
        for word in wanted.text.split()
    ]
    if wanted.family:
        found.append(col(Contract.family_code) == wanted.family)
    match wanted.state:
        case State.LIVE:
            found.append(or_(ends.is_(None), ends >= today))
        case State.ALERT:
            found += [
                alert <= today,
                col(Contract.renewal_ref).is_(None),
                col(Contract.set_aside_on).is_(None),
                ends >= today - timedelta(days=365),
            ]
        case State.ENDED:
            found.append(ends < today)
        case State.ALL:
            pass
    return found


def _line(one: Contract, family: str, buyer: str, today: date) -> Line:
    return Line(
        number=one.number,
        lot=one.lot,
        objet=one.objet,
        holder=one.holder,
        buyer=buyer,
        family=family,
        amount_ht=one.amount_ht,
        maximum_ht=one.maximum_ht,
        ends_on=one.ends_on,
        days=(one.ends_on - today).days if one.ends_on else None,
        must_renew=one.alert_on is not None
        and one.alert_on <= today
        and one.renewal_ref is None
        and one.set_aside_on is None,
        renewal_ref=one.renewal_ref,
        procurement_ref=one.procurement_ref,
        elapsed=_elapsed(one, today),
    )


def _elapsed(one: Contract, today: date) -> int | None:
    start = one.starts_on or one.notified_on
    if start is None or one.ends_on is None or one.ends_on <= start:
        return None
    share = 100 * (today - start).days // (one.ends_on - start).days
    return min(100, max(0, share))


def ends_by_month(viewer: Viewer, today: date) -> list[Month]:
    """Return how many contracts end in each of the coming months."""
    months = [_month(today, rank) for rank in range(MONTHS + 1)]
    with reading() as session:
        ending = session.exec(
            select(col(Contract.ends_on), func.count())
            .where(*_visible(viewer), Contract.holder_rank == 1)
            .where(col(Contract.ends_on) >= months[0], col(Contract.ends_on) < months[-1])
            .group_by(col(Contract.ends_on))
        ).all()
    counts = dict.fromkeys(months[:-1], 0)
    for day, number in ending:
        if day is not None:
            counts[day.replace(day=1)] += number
    most = max(counts.values(), default=0) or 1
    return [Month(first=month, ends=n, height=round(100 * n / most)) for month, n in counts.items()]


def _month(today: date, rank: int) -> date:
    years, month = divmod(today.month - 1 + rank, 12)
    return date(today.year + years, month + 1, 1)
