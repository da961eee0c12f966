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
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, and_, col, func, literal, or_, select

from models.access.sight import Viewer
from models.errors import BadInput
from models.organisation.group import Role
from models.process.procurement import Lock, Procurement, Seat, StageVisit
from models.process.table import Gate, stage_of
from models.signing.acts import Act, ConflictDeclaration
from models.signing.authority import signing_limit
from models.signing.competence import competence
from tasks import clock
from tasks.organisation import people
from tasks.signing import power, takers
from tasks.signing.amounts import signing_amounts
from tasks.store import reading

PAGE = 50
FIRST_RANK = 1


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
    return and_(present, col(Seat.taken_by).is_(None), or_(col(Seat.rank) == FIRST_RANK, ~before.exists()))


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
    barred = select(ConflictDeclaration.ref).where(
        ConflictDeclaration.person_email == viewer.email, col(ConflictDeclaration.has_conflict).is_(True)
    )
    due = func.min(col(StageVisit.due_at))
    return (
        sqlalchemy.select(func.min(col(Seat.id)), func.count().over())
        .join(Procurement, col(Procurement.ref) == col(Seat.ref))
        .join(StageVisit, stay)
        .where(is_open(), opened, col(Seat.ref).not_in(barred))
        .group_by(
            col(Seat.ref),
            col(Seat.roles),
            col(Seat.establishment_siret),
            col(Seat.person_email),
            col(Seat.act),
        )
        .order_by(due.is_(None), due, col(Seat.ref), func.min(col(Seat.id)))
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
    away = power.away(session, clock.today())
    if viewer.email in away:
        return literal(False)
    person = col(Seat.person_email)
    barred = select(ConflictDeclaration.id).where(
        ConflictDeclaration.ref == Seat.ref,
        col(ConflictDeclaration.person_email) == person,
        col(ConflictDeclaration.has_conflict).is_(True),
    )
    is_out = or_(person.in_(away), barred.exists())
    named = or_(person == viewer.email, and_(col(Seat.replacement_email) == viewer.email, is_out))
    return and_(col(Seat.act).is_(None), named)


def _open_to_signature(session: Session, viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition: the person may sign the act today, for that family and the amount that it engages.

    The register is read once, and each rule weighed once; the ceilings are then held against the amounts.
    """
    if Role.DIRECTOR not in viewer.roles and not power.running(session, viewer.email, clock.today()):
        return literal(False)
    register, support = power.register(session), people.support(session).siret
    locks = dict(session.exec(select(Lock.ref, Lock.reason).where(col(Lock.lifted_at).is_(None))).all())
    locked = register.model_copy(update={"lock": "verrou"})
    allowed: list[ColumnElement[bool]] = []
    limited: dict[str, dict[str, Decimal]] = {}
    for act, family in _asked(session):
        asked = power.question(act, Decimal(0), family, support, clock.today())
        ceiling = signing_limit(viewer.email, asked, register)
        if ceiling is None:
            continue
        rule = and_(col(Seat.act) == act, col(Procurement.family_code) == family)
        if locks and signing_limit(viewer.email, asked, locked) is None:
            rule = and_(rule, col(Seat.ref).not_in(locks))
        if ceiling.is_finite() and act == Act.LAUNCH:
            rule = and_(rule, col(Procurement.amount_ht) <= ceiling)
        elif ceiling.is_finite():
            limited.setdefault(act, {})[family] = ceiling
        allowed.append(rule)
    within = [_within(session, act, ceilings) for act, ceilings in limited.items()]
    return and_(or_(literal(False), *allowed), *within)


def _asked(session: Session) -> list[tuple[str, str]]:
    """Return the acts that wait for a signature, each with the families of the purchases."""
    query = (
        sqlalchemy.select(col(Seat.act), col(Procurement.family_code))
        .join(Procurement, col(Procurement.ref) == col(Seat.ref))
        .where(
            col(Seat.act).is_not(None),
            col(Seat.taken_by).is_(None),
            col(Seat.stage) == col(Procurement.stage),
        )
        .distinct()
    )
    return [(act, family) for act, family in session.execute(query)]


def _within(session: Session, act: str, ceilings: dict[str, Decimal]) -> ColumnElement[bool]:
    """Return the condition: what the act engages is no more than the ceiling of the family (EUR HT), if it has one."""
    query = (
        select(Procurement.ref, Procurement.family_code)
        .join(Seat, col(Procurement.ref) == col(Seat.ref))
        .where(Seat.act == act, col(Procurement.family_code).in_(ceilings), is_open())
    )
    families = dict(session.exec(query).all())
    engaged = signing_amounts(session, act, families)
    above = [ref for ref, amount in engaged.items() if amount > ceilings[families[ref]]]
    return or_(col(Seat.act) != act, col(Seat.ref).not_in(above))


def _waiting(session: Session, seats: Sequence[int]) -> list[Waiting]:
    """Return the seats as people read them, in the same order."""
    stay = and_(
        col(StageVisit.ref) == col(Seat.ref),
        col(StageVisit.stage) == col(Seat.stage),
        col(StageVisit.visit) == col(Seat.visit),
    )
    query = (
        select(Seat, Procurement.objet, StageVisit)
        .join(Procurement, col(Procurement.ref) == col(Seat.ref))
        .join(StageVisit, stay)
        .where(col(Seat.id).in_(seats))
    )
    known = {row[0].id: row for row in session.exec(query)}
    rows = [known[seat] for seat in seats]
    today = clock.today()
    names = takers.seat_names(session, [seat for seat, _, _ in rows])
    return [_line(row, name, today) for row, name in zip(rows, names, strict=True)]


def _line(row: tuple[Seat, str, StageVisit], name: str, today: date) -> Waiting:
    seat, objet, stay = row
    gate = stage_of(seat.stage)
    assert isinstance(gate, Gate)
    due = stay.due_at.astimezone(clock.PARIS).date() if stay.due_at else None
    return Waiting(
        ref=seat.ref,
        objet=objet,
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
