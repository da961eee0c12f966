"""What waits for one person, by due date, with the text that asks for it; made for lists of thousands of purchases.

The database says which free seats are open to the person, a page at a time, and only those of the page are read
whole. The pages, the API and the command line all take them from here.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import sqlalchemy
from pydantic import BaseModel
from sqlalchemy import Select
from sqlalchemy.orm import Mapped, aliased
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, and_, col, func, literal, or_, select

from models.access import Viewer
from models.authority import signing_limit
from models.competence import competence
from models.delegations import Act, ConflictDeclaration
from models.errors import BadInput
from models.organisation import Role
from models.process import Gate, stage_of
from models.procurement import Lock, Procurement, Seat, StageVisit
from tasks import clock, delegations, people
from tasks.amounts import signing_amounts
from tasks.store import reading

PAGE = 50


class Waiting(BaseModel):
    """An answer awaited from the person."""

    ref: str
    objet: str
    stage: str
    label: str
    ask: str
    ground: str
    since: date
    due: date | None
    days: int | None
    is_signature: bool


class Page(BaseModel):
    """One page of what waits for the person."""

    lines: list[Waiting]
    total: int
    page: int
    pages: int


def waiting_for(viewer: Viewer) -> list[Waiting]:
    """Return what the person may answer today, the earliest due date first."""
    with reading() as session:
        return _waiting(session, seats_for(session, viewer))


def page_for(viewer: Viewer, number: int = 1) -> Page:
    """Return one page of what the person may answer today, the last one when there are fewer."""
    with reading() as session:
        query = _open_to(session, viewer)
        found = _page(session, query, number)
        total = found[0][1] if found else 0
        if not found and number > 1:
            first = _page(session, query, 1)
            total = first[0][1] if first else 0
            number = max(1, -(-total // PAGE))
            found = first if number == 1 else _page(session, query, number)
        lines = _waiting(session, [seat for seat, _ in found])
    return Page(lines=lines, total=total, page=number, pages=max(1, -(-total // PAGE)))


def _page(session: Session, query: Select[tuple[int | None, int]], number: int) -> list[tuple[int, int]]:
    """Return the seats of a page, each with how many there are in all."""
    asked = query.offset((number - 1) * PAGE).limit(PAGE)
    return [(seat, total) for seat, total in session.execute(asked) if seat is not None]


def seats_for(session: Session, viewer: Viewer) -> list[int]:
    """Return the seats that the person may take today, the earliest due date first, one for each answer."""
    return [seat for seat, _ in session.execute(_open_to(session, viewer)) if seat is not None]


def is_open() -> ColumnElement[bool]:
    """Return the condition: a seat of the present gate is free and its turn has come, every lower rank has answered."""
    earlier = aliased(Seat)
    before = select(earlier.id).where(
        earlier.ref == Seat.ref,
        earlier.stage == Seat.stage,
        earlier.visit == Seat.visit,
        col(earlier.taken_by).is_(None),
        earlier.rank < Seat.rank,
    )
    present = and_(Seat.stage == Procurement.stage, Seat.visit == Procurement.visit)
    return and_(present, col(Seat.taken_by).is_(None), ~before.exists())


def _open_to(session: Session, viewer: Viewer) -> Select[tuple[int | None, int]]:
    """Return the query of the seats that the person may take, by due date, each with how many there are in all.

    Seats that differ in nothing take one answer each, of different people: she is told of them once.
    """
    stay = and_(
        col(StageVisit.ref) == col(Seat.ref),
        col(StageVisit.stage) == col(Seat.stage),
        col(StageVisit.visit) == col(Seat.visit),
    )
    opened = or_(_open_to_roles(viewer), _open_by_name(session, viewer), _open_to_signature(session, viewer))
    due = func.min(col(StageVisit.due_at))
    return (
        sqlalchemy.select(func.min(col(Seat.id)), func.count().over())
        .join(Procurement, col(Procurement.ref) == col(Seat.ref))
        .join(StageVisit, stay)
        .where(is_open(), opened, ~_barred(viewer.email).exists())
        .group_by(
            col(Seat.ref),
            col(Seat.roles),
            col(Seat.establishment_siret),
            col(Seat.person_email),
            col(Seat.act),
        )
        .order_by(due.is_(None), due, col(Seat.ref), func.min(col(Seat.id)))
    )


def _barred(email: str | Mapped[str | None]) -> Select[tuple[int | None]]:
    """Return the query of the conflicts of interests that bar a person from the purchase of the seat."""
    return sqlalchemy.select(col(ConflictDeclaration.id)).where(
        col(ConflictDeclaration.ref) == col(Seat.ref),
        col(ConflictDeclaration.person_email) == email,
        col(ConflictDeclaration.has_conflict).is_(True),
    )


def _open_to_roles(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition: one of the person's roles is asked, there, and she has not answered for it already."""
    mine, house = aliased(Seat), col(Seat.establishment_siret)
    answered = select(mine.id).where(
        mine.ref == Seat.ref,
        mine.stage == Seat.stage,
        mine.visit == Seat.visit,
        mine.taken_by == viewer.email,
        col(mine.establishment_siret).is_not_distinct_from(house),
    )
    asked = literal(",") + col(Seat.roles) + ","
    held = [
        and_(asked.contains(f",{one.role.value},", autoescape=True), or_(house.is_(None), house == one.siret))
        for one in viewer.held
    ]
    free = and_(col(Seat.act).is_(None), col(Seat.person_email).is_(None))
    return and_(free, or_(literal(False), *held), ~answered.exists())


def _open_by_name(session: Session, viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition: the seat names the person, or one whom she replaces today (`people.first_present`)."""
    away = people.away(session, clock.today())
    if viewer.email in away:
        return literal(False)
    person = col(Seat.person_email)
    is_out = or_(person.in_(away), _barred(person).exists())
    named = or_(person == viewer.email, and_(col(Seat.replacement_email) == viewer.email, is_out))
    return and_(col(Seat.act).is_(None), named)


def _open_to_signature(session: Session, viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition: the person may sign the act today, for that family and the amount that it engages.

    The register is read once, and each rule weighed once; the ceilings are then held against the amounts.
    """
    if not (viewer.signs or Role.DIRECTOR in viewer.roles):
        return literal(False)
    register, support = delegations.register(session), people.support(session).siret
    locks = dict(session.exec(select(Lock.ref, Lock.reason).where(col(Lock.lifted_at).is_(None))).all())
    allowed: list[ColumnElement[bool]] = []
    for act, family in _asked(session):
        asked = delegations.request(act, Decimal(0), family, support, clock.today())
        ceiling = signing_limit(viewer.email, asked, register)
        if ceiling is None:
            continue
        rule = and_(col(Seat.act) == act, col(Procurement.family_code) == family)
        if ceiling.is_finite():
            rule = and_(rule, _within(session, act, family, ceiling))
        locked = register.model_copy(update={"lock": "verrou"})
        if locks and signing_limit(viewer.email, asked, locked) is None:
            rule = and_(rule, col(Seat.ref).not_in(locks))
        allowed.append(rule)
    return or_(literal(False), *allowed)


def _asked(session: Session) -> list[tuple[str, str]]:
    """Return the acts that wait for a signature, each with the families of the purchases."""
    query = (
        sqlalchemy.select(col(Seat.act), col(Procurement.family_code))
        .join(Procurement, col(Procurement.ref) == col(Seat.ref))
        .where(col(Seat.act).is_not(None), is_open())
        .distinct()
    )
    return [(act, family) for act, family in session.execute(query)]


def _within(session: Session, act: str, family: str, ceiling: Decimal) -> ColumnElement[bool]:
    """Return the condition: what the act engages is no more than the ceiling (EUR HT)."""
    if act == Act.LAUNCH:
        return col(Procurement.amount_ht) <= ceiling
    waiting = (
        select(Seat.ref)
        .join(Procurement, col(Procurement.ref) == col(Seat.ref))
        .where(Seat.act == act, Procurement.family_code == family, is_open())
    )
    engaged = signing_amounts(session, act, list(session.exec(waiting)))
    return col(Seat.ref).in_([ref for ref, amount in engaged.items() if amount <= ceiling])


def _waiting(session: Session, seats: Sequence[int]) -> list[Waiting]:
    """Return the seats as people read them, in the same order."""
    stay = and_(
        col(StageVisit.ref) == col(Seat.ref),
        col(StageVisit.stage) == col(Seat.stage),
        col(StageVisit.visit) == col(Seat.visit),
    )
    query = (
        select(Seat, Procurement, StageVisit)
        .join(Procurement, col(Procurement.ref) == col(Seat.ref))
        .join(StageVisit, stay)
        .where(col(Seat.id).in_(seats))
    )
    known = {row[0].id: row for row in session.exec(query)}
    rows = [known[seat] for seat in seats]
    today = clock.today()
    names = people.seat_names(session, [seat for seat, _, _ in rows])
    return [_line(row, name, today) for row, name in zip(rows, names, strict=True)]


def _line(row: tuple[Seat, Procurement, StageVisit], name: str, today: date) -> Waiting:
    seat, procurement, stay = row
    gate = stage_of(procurement.stage)
    assert isinstance(gate, Gate)
    due = stay.due_at.astimezone(clock.PARIS).date() if stay.due_at else None
    return Waiting(
        ref=procurement.ref,
        objet=procurement.objet,
        stage=gate.key,
        label=gate.label,
        ask=name,
        ground=ground_of(gate, seat.act, today),
        since=seat.opened_at.astimezone(clock.PARIS).date(),
        due=due,
        days=(due - today).days if due else None,
        is_signature=seat.act is not None,
    )


def ground_of(gate: Gate, act: str | None, today: date) -> str:
    """Return the text that asks for the decision: the gate's own, or the competence for the act signed."""
    if act is None:
        return gate.ground
    try:
        return competence(Act(act), today).reference
    except BadInput:
        return gate.ground
