"""What waits for one person, by due date, with the text that asks for it; made for lists of thousands of purchases."""

from datetime import date
from decimal import Decimal

from pydantic import BaseModel
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select

from models.access import Viewer
from models.authority import may_sign
from models.competence import competence
from models.delegations import Act, ConflictDeclaration
from models.errors import BadInput
from models.organisation import Role
from models.process import STAGES, EachEstablishment, Gate, Roles, Visas, stage_of
from models.procurement import Lock, Procurement, Seat, StageVisit
from tasks import clock, delegations, people
from tasks.amounts import awarded_totals, engaged
from tasks.store import reading


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


def waiting_for(viewer: Viewer) -> list[Waiting]:
    """Return what the person may answer today, the earliest due date first."""
    with reading() as session:
        barred, answered = _barred(session, viewer), _answered(session, viewer)
        rows = [
            row
            for row in _open_seats(session, viewer)
            if row[1].ref not in barred and _may_take(session, viewer, row[0], answered)
        ]
        signing = _signable(session, viewer, [(seat, one) for seat, one, _ in rows if seat.act])
        made = [
            _waiting(session, seat, procurement, stay)
            for seat, procurement, stay in rows
            if seat.act is None or seat.id in signing
        ]
    first = {(one.ref, one.stage, one.ask): one for one in made}
    return sorted(first.values(), key=lambda one: (one.due or date.max, one.ref))


def _barred(session: Session, viewer: Viewer) -> set[str]:
    """Return the purchases on which the person declared a conflict of interests."""
    return set(
        session.exec(
            select(ConflictDeclaration.ref).where(
                ConflictDeclaration.person_email == viewer.email,
                col(ConflictDeclaration.has_conflict).is_(True),
            )
        )
    )


def _open_seats(session: Session, viewer: Viewer) -> list[tuple[Seat, Procurement, StageVisit]]:
    """Return the free seats whose turn has come that the person's roles or name open, and every free signature."""
    earlier = aliased(Seat)
    before = select(earlier.id).where(
        earlier.ref == Seat.ref,
        earlier.stage == Seat.stage,
        earlier.visit == Seat.visit,
        col(earlier.taken_by).is_(None),
        earlier.rank < Seat.rank,
    )
    query = (
        select(Seat, Procurement, StageVisit)
        .join(Procurement, col(Procurement.ref) == col(Seat.ref))
        .join(StageVisit, col(StageVisit.ref) == col(Seat.ref))
        .where(Seat.stage == Procurement.stage, Seat.visit == Procurement.visit)
        .where(StageVisit.stage == Procurement.stage, StageVisit.visit == Procurement.visit)
        .where(col(Seat.taken_by).is_(None), ~before.exists())
        .where(
            or_(
                col(Seat.act).is_not(None),
                col(Seat.roles).in_(_seat_words(viewer)),
                Seat.person_email == viewer.email,
                Seat.replacement_email == viewer.email,
            )
        )
    )
    return list(session.exec(query))


def _seat_words(viewer: Viewer) -> list[str]:
    """Return the lists of roles, as seats write them, in which the person has one."""
    groups: set[tuple[str, ...]] = set()
    for stage in STAGES:
        match stage:
            case Gate(asks=Roles(roles=roles)):
                groups.add(tuple(roles))
            case Gate(asks=Visas(groups=visas)):
                groups.update(tuple(group) for group in visas)
            case Gate(asks=EachEstablishment(role=role)):
                groups.add((role.value,))
    return [",".join(group) for group in groups if viewer.roles & set(group)]


Place = tuple[str, str, int, str | None]


def _place(seat: Seat) -> Place:
    return seat.ref, seat.stage, seat.visit, seat.establishment_siret


def _may_take(session: Session, viewer: Viewer, seat: Seat, answered: set[Place]) -> bool:
    """Return whether a seat is the person's to take; a signature is weighed afterwards, with the register."""
    if seat.act is not None:
        return viewer.signs or Role.DIRECTOR in viewer.roles
    if seat.person_email:
        named = people.named_holder(session, seat, clock.today())
        return named is not None and named.email == viewer.email
    roles = people.seat_roles(seat)
    holds = any(held.role in roles and seat.establishment_siret in (None, held.siret) for held in viewer.held)
    return holds and _place(seat) not in answered


def _answered(session: Session, viewer: Viewer) -> set[Place]:
    """Return where the person has answered already at a gate that is still open."""
    taken = (
        select(Seat)
        .join(Procurement, col(Procurement.ref) == col(Seat.ref))
        .where(Seat.stage == Procurement.stage, Seat.visit == Procurement.visit)
        .where(Seat.taken_by == viewer.email)
    )
    return {_place(seat) for seat in session.exec(taken)}


def _signable(session: Session, viewer: Viewer, seats: list[tuple[Seat, Procurement]]) -> set[int | None]:
    """Return the seats that the person may sign today; the register is read once for all of them."""
    if not seats:
        return set()
    register = delegations.register(session)
    support = people.support(session).siret
    locks = {one.ref: one.reason for one in session.exec(select(Lock).where(col(Lock.lifted_at).is_(None)))}
    able: set[int | None] = set()
    awarded = awarded_totals(session, [one.ref for _, one in seats])
    for seat, procurement in seats:
        asked = delegations.request(
            seat.act or "",
            engaged(procurement, seat.act or "", awarded.get(procurement.ref, Decimal(0))),
            procurement.family_code,
            support,
            clock.today(),
        )
        known = register.model_copy(update={"lock": locks.get(procurement.ref)})
        if may_sign(viewer.email, asked, known).allowed:
            able.add(seat.id)
    return able


def _waiting(session: Session, seat: Seat, procurement: Procurement, stay: StageVisit) -> Waiting:
    gate = stage_of(procurement.stage)
    assert isinstance(gate, Gate)
    due = stay.due_at.astimezone(clock.PARIS).date() if stay.due_at else None
    return Waiting(
        ref=procurement.ref,
        objet=procurement.objet,
        stage=gate.key,
        label=gate.label,
        ask=people.seat_name(session, seat),
        ground=ground_of(gate, seat.act),
        since=seat.opened_at.astimezone(clock.PARIS).date(),
        due=due,
        days=(due - clock.today()).days if due else None,
        is_signature=seat.act is not None,
    )


def ground_of(gate: Gate, act: str | None) -> str:
    """Return the text that asks for the decision: the gate's own, or the competence for the act signed."""
    if act is None:
        return gate.ground
    try:
        return competence(Act(act), clock.today()).reference
    except BadInput:
        return gate.ground
