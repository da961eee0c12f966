"""The register of contracts as the pages list it: what runs, what ends, what must be renewed, what was spent."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, Field
from sqlalchemy.orm import Mapped
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, and_, col, func, literal_column, or_, select

from models.access.sight import Viewer
from models.contracts.register import Contract
from models.contracts.terms import contract_key
from models.organisation.group import Establishment, Family
from models.searching import holds, words
from tasks import clock
from tasks.execution.use import Use, uses
from tasks.store import reading

PAGE = 25
MONTHS = 18


ORDER = (col(Contract.ends_on).nulls_last(), col(Contract.id))


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
    buyer: str = Field(default="", max_length=14)
    month: date | None = None  # its first day: contracts that end, or whose alert comes, in that month
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
    key: str  # as the address of its page writes it
    minimum_ht: Decimal | None
    alert_on: date | None
    use: Use | None  # None for the second holder of a lot, whose orders are counted with the first's


class Page(BaseModel):
    """One page of the register."""

    lines: list[Line]
    total: int
    page: int
    pages: int


class Month(BaseModel):
    """How many contracts end in a month, and how many reach the day to prepare what follows."""

    first: date
    ends: int
    alerts: int
    height: int  # 0 to 100
    alert_height: int


def search(viewer: Viewer, wanted: Filter) -> Page:
    """Return one page of the contracts that the person may read."""
    today = clock.today()
    found = [*_visible(viewer), *_conditions(wanted, today)]
    with reading() as session:
        total, page, shown = _page_of(session, found, wanted.page)
        rows = session.exec(
            select(Contract, Family.label, Establishment.name)
            .join(Family, col(Family.code) == col(Contract.family_code), isouter=True)
            .join(Establishment, col(Establishment.siret) == col(Contract.buyer_siret), isouter=True)
            .where(col(Contract.id).in_(shown))
            .order_by(*ORDER)
        ).all()
        used = uses(session, [one for one, _, _ in rows], today)
    lines = []
    for one, family, buyer in rows:
        line = _line(one, family or "", buyer or one.buyer_siret, today)
        line.key, line.use = contract_key(one, viewer.support_siret), used.get(one.id or 0)
        lines.append(line)
    return Page(lines=lines, total=total, page=page, pages=max(1, -(-total // PAGE)))


def _page_of(
    session: Session, found: list[ColumnElement[bool]], page: int
) -> tuple[int, int, Sequence[int | None]]:
    """Return how many contracts there are, the page shown (the last when there are fewer) and its contracts."""
    total = session.exec(select(func.count()).select_from(Contract).where(*found)).one()
    shown = min(page, max(1, -(-total // PAGE)))
    every = select(Contract.id).where(*found).order_by(*ORDER)
    return total, shown, session.exec(every.offset((shown - 1) * PAGE).limit(PAGE)).all()


def _visible(viewer: Viewer) -> list[ColumnElement[bool]]:
    """Return the condition that `models.access.sight.sees_contract` states, for the database."""
    if viewer.reads_journal:
        return []
    return [col(Contract.buyer_siret).in_([viewer.support_siret, viewer.siret])]


def _conditions(wanted: Filter, today: date) -> list[ColumnElement[bool]]:
    ends, alert = col(Contract.ends_on), col(Contract.alert_on)
    found = [holds(Contract, word) for word in words(wanted.text)]
    if wanted.family:
        found.append(col(Contract.family_code) == wanted.family)
    if wanted.buyer:
        found.append(col(Contract.buyer_siret) == wanted.buyer)
    if wanted.month:
        after = _month(wanted.month, 1)
        found.append(
            or_(
                and_(ends >= wanted.month, ends < after),
                and_(alert >= wanted.month, alert < after, col(Contract.renewal_ref).is_(None)),
            )
        )
        return found
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
        key=one.number,
        minimum_ht=one.minimum_ht,
        alert_on=one.alert_on,
        use=None,
    )


def _elapsed(one: Contract, today: date) -> int | None:
    start = one.starts_on or one.notified_on
    if start is None or one.ends_on is None or one.ends_on <= start:
        return None
    share = 100 * (today - start).days // (one.ends_on - start).days
    return min(100, max(0, share))


def ends_by_month(viewer: Viewer, today: date) -> list[Month]:
    """Return how many contracts end, and how many alerts come, in each of the coming months."""
    months = [_month(today, rank) for rank in range(MONTHS + 1)]
    ends = _per_month(viewer, col(Contract.ends_on), months)
    waiting = (col(Contract.renewal_ref).is_(None), col(Contract.set_aside_on).is_(None))
    alerts = _per_month(viewer, col(Contract.alert_on), months, *waiting)
    most = max([*ends.values(), *alerts.values()], default=0) or 1
    return [
        Month(
            first=month,
            ends=ends[month],
            alerts=alerts[month],
            height=round(100 * ends[month] / most),
            alert_height=round(100 * alerts[month] / most),
        )
        for month in months[:-1]
    ]


def _per_month(
    viewer: Viewer, column: Mapped[date | None], months: list[date], *among: ColumnElement[bool]
) -> dict[date, int]:
    """Return how many contracts have a date in each month, lots of one contract counted apart."""
    query = (
        select(column, func.count())
        .select_from(Contract)
        .where(*_visible(viewer), *among)
        .where(
            col(Contract.holder_rank) == literal_column("1")
        )  # written out, for the index on first holders
        .where(column >= months[0], column < months[-1])
        .group_by(column)
    )
    counts = dict.fromkeys(months[:-1], 0)
    with reading() as session:
        for day, number in session.exec(query):
            if day is not None:
                counts[day.replace(day=1)] += number
    return counts


def _month(today: date, rank: int) -> date:
    years, month = divmod(today.month - 1 + rank, 12)
    return date(today.year + years, month + 1, 1)
