"""What waits for one person, by due date, with the text that asks for it; made for lists of thousands of purchases.

The database says which free seats are open to the person; only those of the page asked for are read whole. The pages,
the API and the command line all take them from here.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

import sqlalchemy
from pydantic import BaseModel
from sqlalchemy import Select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, and_, col, literal, or_, select

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


class Place(NamedTuple):
    """A free seat whose turn has come, with what it takes to know whose it is and when it is due."""

    seat: int
    ref: str
    roles: str
    siret: str | None
    act: str | None
    person: str | None
    replacement: str | None
    family: str
    amount_ht: Decimal
    due_at: datetime | None

    @property
    def awaited(self) -> tuple[str, str, str | None, str | None]:
        """Return what is awaited: seats that differ in nothing here take one answer each, of different people."""
        return self.ref, "" if self.act else self.roles, self.siret, self.person


PLACE = (
    Seat.id,
    Seat.ref,
    Seat.roles,
    Seat.establishment_siret,
    Seat.act,
    Seat.person_email,
    Seat.replacement_email,
    Procurement.family_code,
    Procurement.amount_ht,
    StageVisit.due_at,
)


def waiting_for(viewer: Viewer) -> list[Waiting]:
    """Return what the person may answer today, the earliest due date first."""
    with reading() as session:
        return _waiting(session, places_for(session, viewer))


def page_for(viewer: Viewer, number: int = 1) -> Page:
    """Return one page of what the person may answer today, the last one when there are fewer."""
    with reading() as session:
        found = places_for(session, viewer)
        pages = max(1, -(-len(found) // PAGE))
        page = min(max(number, 1), pages)
        lines = _waiting(session, found[(page - 1) * PAGE : page * PAGE])
    return Page(lines=lines, total=len(found), page=page, pages=pages)


def places_for(session: Session, viewer: Viewer) -> list[Place]:
    """Return the seats that the person may take today, the earliest due date first, one for each answer."""
    found = [Place(*row) for row in session.execute(_open_to(viewer))]
    kept = set(_signable(session, viewer, [one for one in found if one.act]))
    kept |= set(_named(session, viewer, [one for one in found if one.person and not one.act]))
    kept |= {one.seat for one in found if not one.act and not one.person}
    first = {one.awaited: one for one in reversed(found) if one.seat in kept}
    return sorted(first.values(), key=lambda one: (_day(one.due_at) or date.max, one.ref))


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


def _open_to(viewer: Viewer) -> Select[tuple[object, ...]]:
    """Return the query of the places that the person's roles or name open, and of the signatures if she signs."""
    stay = and_(
        col(StageVisit.ref) == col(Seat.ref),
        col(StageVisit.stage) == col(Seat.stage),
        col(StageVisit.visit) == col(Seat.visit),
    )
    barred = select(ConflictDeclaration.ref).where(
        ConflictDeclaration.person_email == viewer.email, col(ConflictDeclaration.has_conflict).is_(True)
    )
    named = or_(Seat.person_email == viewer.email, Seat.replacement_email == viewer.email)
    opened = [and_(col(Seat.act).is_(None), named), _open_to_roles(viewer)]
    if viewer.signs or Role.DIRECTOR in viewer.roles:
        opened.append(col(Seat.act).is_not(None))
    return (
        sqlalchemy.select(*(col(column) for column in PLACE))
        .join(Procurement, col(Procurement.ref) == col(Seat.ref))
        .join(StageVisit, stay)
        .where(is_open(), or_(*opened), col(Seat.ref).not_in(barred))
        .order_by(col(Seat.ref), col(Seat.rank), col(Seat.id))
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


def _named(session: Session, viewer: Viewer, found: Sequence[Place]) -> list[int]:
    """Return the seats naming people that are the person's to take today, herself or as a replacement."""
    if not found:
        return []
    away = people.away(session, clock.today())
    declared = select(ConflictDeclaration.ref, ConflictDeclaration.person_email).where(
        col(ConflictDeclaration.ref).in_({one.ref for one in found}),
        col(ConflictDeclaration.has_conflict).is_(True),
    )
    barred = set(session.exec(declared).all())

    def holder(one: Place) -> str | None:
        out = away | {email for ref, email in barred if ref == one.ref}
        return people.first_present(one.person, one.replacement, out)

    return [one.seat for one in found if holder(one) == viewer.email]


def _signable(session: Session, viewer: Viewer, found: Sequence[Place]) -> list[int]:
    """Return the signatures that the person may give today; the register is read once, each rule weighed once."""
    if not found:
        return []
    register = delegations.register(session)
    support, today = people.support(session).siret, clock.today()
    locks = dict(session.exec(select(Lock.ref, Lock.reason).where(col(Lock.lifted_at).is_(None))).all())
    limits: dict[tuple[str, str, str | None], Decimal | None] = {}

    def limit(one: Place) -> Decimal | None:
        rule = (one.act or "", one.family, locks.get(one.ref))
        if rule not in limits:
            asked = delegations.request(rule[0], Decimal(0), one.family, support, today)
            limits[rule] = signing_limit(viewer.email, asked, register.model_copy(update={"lock": rule[2]}))
        return limits[rule]

    allowed = [(one, ceiling) for one in found if (ceiling := limit(one)) is not None]
    amounts = _amounts(session, [one for one, ceiling in allowed if ceiling.is_finite()])
    return [one.seat for one, ceiling in allowed if amounts.get(one.seat, Decimal(0)) <= ceiling]


def _amounts(session: Session, found: Sequence[Place]) -> dict[int, Decimal]:
    """Return what each signature engages (EUR HT)."""
    amounts = {one.seat: one.amount_ht for one in found if one.act == Act.LAUNCH}
    for act in {one.act for one in found if one.act and one.act != Act.LAUNCH}:
        asked = {one.ref: one.seat for one in found if one.act == act}
        engaged = signing_amounts(session, act, asked)
        amounts |= {asked[ref]: amount for ref, amount in engaged.items()}
    return amounts


def _waiting(session: Session, found: Sequence[Place]) -> list[Waiting]:
    """Return the places as people read them, in the same order."""
    rows = _whole(session, [one.seat for one in found])
    today = clock.today()
    names = people.seat_names(session, [seat for seat, _ in rows])
    return [
        _line(place, seat, procurement, name, today)
        for place, (seat, procurement), name in zip(found, rows, names, strict=True)
    ]


def _whole(session: Session, seats: Collection[int]) -> list[tuple[Seat, Procurement]]:
    query = (
        select(Seat, Procurement)
        .join(Procurement, col(Procurement.ref) == col(Seat.ref))
        .where(col(Seat.id).in_(seats))
    )
    known = {seat.id: (seat, procurement) for seat, procurement in session.exec(query)}
    return [known[seat] for seat in seats]


def _line(place: Place, seat: Seat, procurement: Procurement, name: str, today: date) -> Waiting:
    gate = stage_of(procurement.stage)
    assert isinstance(gate, Gate)
    due = _day(place.due_at)
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


def _day(instant: datetime | None) -> date | None:
    return instant.astimezone(clock.PARIS).date() if instant else None


def ground_of(gate: Gate, act: str | None, today: date) -> str:
    """Return the text that asks for the decision: the gate's own, or the competence for the act signed."""
    if act is None:
        return gate.ground
    try:
        return competence(Act(act), today).reference
    except BadInput:
        return gate.ground
