"""The portfolio of purchases as the pages list it: filtered, searched and sorted by the database, page by page."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, Field
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, and_, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from models.organisation.group import Family, Person, Role, RoleGrant
from models.process.procurement import Lock, Need, Procurement, Seat, StageVisit
from models.process.table import STAGES, Final, Timer, stage_of
from models.risks import register
from models.searching import holds, words
from tasks import clock
from tasks.organisation import people
from tasks.signing import takers
from tasks.store import reading

PAGE = 25
SOON = timedelta(days=7)
PRESENT = and_(
    col(StageVisit.ref) == col(Procurement.ref),
    col(StageVisit.stage) == col(Procurement.stage),
    col(StageVisit.visit) == col(Procurement.visit),
)
FINALS = tuple(stage.key for stage in STAGES if isinstance(stage, Final))


class Risk(StrEnum):
    """What a filter on risk keeps."""

    LATE = "retard"
    SOON = "semaine"
    LOCKED = "verrou"
    SERIOUS = "grave"  # an open risk of the register, red or black


class Sort(StrEnum):
    """The orders of the portfolio."""

    RECENT = "recent"
    DUE = "echeance"
    AMOUNT = "montant"
    REF = "reference"


class Filter(BaseModel):
    """What is looked for; empty means everything."""

    text: str = Field(default="", max_length=200)
    family: str = Field(default="", max_length=100)
    stage: str = Field(default="", max_length=60)
    buyer: str = Field(default="", max_length=254)
    establishment: str = Field(default="", max_length=14)
    risk: Risk | None = None
    sort: Sort = Sort.DUE
    page: int = Field(default=1, ge=1, le=100_000)


class Line(BaseModel):
    """One purchase of the list."""

    ref: str
    objet: str
    family: str = ""
    amount_ht: Decimal
    stage: str
    label: str
    is_over: bool
    awaited: str
    due: date | None
    days: int | None
    buyer: str = ""
    is_locked: bool = False


class Page(BaseModel):
    """One page of the list."""

    lines: list[Line]
    total: int
    page: int
    pages: int


class Choice(BaseModel):
    """One value of a filter and how people read it."""

    value: str
    label: str


class Choices(BaseModel):
    """The values of each filter."""

    families: list[Choice]
    stages: list[Choice]
    buyers: list[Choice]
    establishments: list[Choice]


class Count(BaseModel):
    """How many purchases stand at a stage."""

    stage: str
    label: str
    number: int


class Screen(BaseModel):
    """What the page of the portfolio shows."""

    page: Page
    choices: Choices
    counts: list[Count]


def screen(wanted: Filter) -> Screen:
    """Return one page of the portfolio, what its filters propose and how many purchases stand at each stage."""
    with reading() as session:
        return Screen(page=_page(session, wanted), choices=_choices(session), counts=_counts(session))


def search(wanted: Filter) -> Page:
    """Return one page of the purchases that answer the filter."""
    with reading() as session:
        return _page(session, wanted)


def _page(session: Session, wanted: Filter) -> Page:
    found = _conditions(wanted)
    counted = select(func.count()).select_from(Procurement)
    if wanted.risk in (Risk.LATE, Risk.SOON):  # the only conditions on the present stay
        counted = counted.join(StageVisit, PRESENT)
    total = session.exec(counted.where(*found)).one()
    pages = max(1, -(-total // PAGE))
    page = min(wanted.page, pages)
    query = _ordered(_joined(select(Procurement.ref), found), wanted.sort)
    refs = list(session.exec(query.offset((page - 1) * PAGE).limit(PAGE)))
    return Page(lines=_lines(session, refs), total=total, page=page, pages=pages)


def _joined(query: SelectOfScalar, found: list[ColumnElement[bool]]) -> SelectOfScalar:  # type: ignore[type-arg]
    return query.select_from(Procurement).join(StageVisit, PRESENT).where(*found)


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    """Return the conditions; every value is a bound parameter, wildcards included."""
    found: list[ColumnElement[bool]] = [
        or_(holds(Procurement, word), col(Procurement.cpv).startswith(word, autoescape=True))
        for word in words(wanted.text)
    ]
    for value, column in (
        (wanted.family, Procurement.family_code),
        (wanted.stage, Procurement.stage),
        (wanted.buyer, Procurement.buyer_email),
    ):
        if value:
            found.append(col(column) == value)
    if wanted.establishment:
        found.append(_concerns(wanted.establishment))
    if wanted.risk is not None:
        found.append(_at_risk(wanted.risk))
    return found


def _concerns(siret: str) -> ColumnElement[bool]:
    """Return the condition: the establishment has needs in the purchase, or is awaited there."""
    needs = select(Need.ref).where(Need.establishment_siret == siret, Need.yearly_quantity != "0")
    seats = select(Seat.ref).where(Seat.establishment_siret == siret, col(Seat.taken_by).is_(None))
    return or_(col(Procurement.ref).in_(needs), col(Procurement.ref).in_(seats))


def _at_risk(risk: Risk) -> ColumnElement[bool]:
    if risk is Risk.LOCKED:
        return col(Procurement.ref).in_(select(Lock.ref).where(col(Lock.lifted_at).is_(None)))
    if risk is Risk.SERIOUS:
        serious = and_(
            col(register.Risk.closed_at).is_(None),
            col(register.Risk.level).in_([register.Level.RED, register.Level.BLACK]),
        )
        return col(Procurement.ref).in_(
            select(register.Risk.ref).where(serious, col(register.Risk.ref).is_not(None))
        )
    until = clock.now() + (SOON if risk is Risk.SOON else timedelta())
    running = col(Procurement.stage).not_in(FINALS)
    return and_(running, col(StageVisit.due_at) <= until)


def _ordered(query: SelectOfScalar[str], sort: Sort) -> SelectOfScalar[str]:
    newest = col(Procurement.ref).desc()
    match sort:
        case Sort.RECENT:
            return query.order_by(col(Procurement.opened_at).desc(), newest)
        case Sort.AMOUNT:
            return query.order_by(col(Procurement.amount_ht).desc(), newest)
        case Sort.REF:
            return query.order_by(newest)
        case Sort.DUE:
            due = col(StageVisit.due_at)
            return query.order_by(col(Procurement.stage).in_(FINALS), due.is_(None), due, newest)


def _lines(session: Session, refs: list[str]) -> list[Line]:
    rows = session.exec(
        select(Procurement, StageVisit.due_at, Family.label, Person.name)
        .join(StageVisit, PRESENT)
        .join(Family, col(Family.code) == col(Procurement.family_code))
        .join(Person, col(Person.email) == col(Procurement.buyer_email), isouter=True)
        .where(col(Procurement.ref).in_(refs))
    ).all()
    awaited = _awaited(session, refs)
    locked = set(session.exec(select(Lock.ref).where(col(Lock.ref).in_(refs), col(Lock.lifted_at).is_(None))))
    made = {}
    for one, due_at, family, buyer in rows:
        line = _line(one, due_at, awaited.get((one.ref, one.stage, one.visit), ""))
        line.family, line.buyer, line.is_locked = family, buyer or "", one.ref in locked
        made[one.ref] = line
    return [made[ref] for ref in refs]


def _line(one: Procurement, due_at: datetime | None, awaited: str) -> Line:
    stage = stage_of(one.stage)
    due = due_at.astimezone(clock.PARIS).date() if due_at else None
    return Line(
        ref=one.ref,
        objet=one.objet,
        amount_ht=one.amount_ht,
        stage=one.stage,
        label=stage.label,
        is_over=isinstance(stage, Final),
        awaited="date légale" if isinstance(stage, Timer) else awaited,
        due=due,
        days=(due - clock.today()).days if due else None,
    )


def _awaited(session: Session, refs: list[str]) -> dict[tuple[str, str, int], str]:
    """Return who is awaited at each stay, several establishments counted."""
    seats = session.exec(
        select(Seat).where(col(Seat.ref).in_(refs), col(Seat.taken_by).is_(None)).order_by(col(Seat.id))
    )
    found: dict[tuple[str, str, int], list[str]] = {}
    for seat in seats:
        name = "Signataire habilité" if seat.act else " ou ".join(r.label for r in takers.seat_roles(seat))
        found.setdefault((seat.ref, seat.stage, seat.visit), []).append(name)
    return {
        place: " ; ".join(
            f"{name} ({names.count(name)})" if names.count(name) > 1 else name
            for name in dict.fromkeys(names)
        )
        for place, names in found.items()
    }


def choices() -> Choices:
    """Return what the filters propose."""
    with reading() as session:
        return _choices(session)


def _choices(session: Session) -> Choices:
    houses = people.establishments(session, clock.today())
    buyers = session.exec(
        select(Person.email, Person.name)
        .join(RoleGrant, col(RoleGrant.person_email) == col(Person.email))
        .where(RoleGrant.role == Role.BUYER)
        .distinct()
        .order_by(Person.name)
    )
    return Choices(
        families=_families(session),
        stages=[Choice(value=stage.key, label=stage.label) for stage in STAGES],
        buyers=[Choice(value=email, label=name) for email, name in buyers],
        establishments=[Choice(value=one.siret, label=one.name) for one in houses],
    )


def families() -> list[Choice]:
    """Return the families of purchases, by name."""
    with reading() as session:
        return _families(session)


def _families(session: Session) -> list[Choice]:
    rows = session.exec(select(Family.code, Family.label).order_by(Family.label))
    return [Choice(value=code, label=label) for code, label in rows]


def _counts(session: Session) -> list[Count]:
    """Return how many purchases stand at each stage, in the order of the process, empty stages left out."""
    found = dict(session.exec(select(Procurement.stage, func.count()).group_by(col(Procurement.stage))).all())
    return [
        Count(stage=stage.key, label=stage.label, number=found[stage.key])
        for stage in STAGES
        if stage.key in found
    ]
