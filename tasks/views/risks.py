"""The risks as a person sees them in the pages: the board, one page of the register, one risk with its history."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from pydantic import BaseModel, Field
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, case, col, func, or_, select

from models.access.sight import Viewer, handles_risk
from models.organisation.group import Establishment, Family, Person
from models.process.procurement import Lock, Procurement
from models.risks.register import Level, Risk, RiskAction, RiskEvent, RiskKind
from models.searching import holds, words
from tasks import clock
from tasks.risks import board as risk_board
from tasks.store import reading

PAGE = 25
RANK = case({level.value: level.rank for level in Level}, value=col(Risk.level), else_=0)


class Threat(BaseModel):
    """A risk that stands on a contract or a purchase."""

    key: str
    level: Level
    title: str


class Filter(BaseModel):
    """What is looked for; empty means everything that stands."""

    kind: RiskKind | None = None
    level: Level | None = None
    family: str = Field(default="", max_length=100)
    text: str = Field(default="", max_length=200)
    alone: bool = False  # that nobody has acknowledged
    vital: bool = False
    closed: bool = False
    page: int = Field(default=1, ge=1, le=100_000)


class Undertaken(BaseModel):
    """An action undertaken against a risk."""

    text: str
    owner: str
    due: date | None


class Shown(BaseModel):
    """One risk as the list shows it."""

    key: str
    level: Level
    kind: RiskKind
    title: str
    family: str
    house: str
    owner: str
    since: date
    due: date | None
    days: int | None
    proposed: str
    ref: str | None
    contract: str | None
    is_vital: bool
    acknowledged_by: str
    acknowledged_at: datetime | None
    closed_by: str
    closed_at: datetime | None
    closed_reason: str
    actions: list[Undertaken]


class Past(BaseModel):
    """One line of the history of a risk."""

    on: date
    what: str
    level: Level
    actor: str
    reason: str


class Sheet(BaseModel):
    """One risk, its history, and what the person may do about it."""

    risk: Shown
    history: list[Past]
    may_act: bool


class Page(BaseModel):
    """One page of the register of risks."""

    lines: list[Shown]
    total: int
    page: int
    pages: int


class Suspended(BaseModel):
    """A purchase whose signature a court or a dispute suspends."""

    ref: str
    objet: str
    reason: str


def board(viewer: Viewer) -> risk_board.Board:
    """Return the counts of the risks that stand and that the person may read."""
    return risk_board.board(*visible(viewer))


def search(viewer: Viewer, wanted: Filter) -> Page:
    """Return one page of the risks that answer the filter, the worst and the nearest first."""
    found = [*visible(viewer), *_conditions(wanted)]
    order = [col(Risk.closed_at).desc()] if wanted.closed else [RANK.desc()]
    with reading() as session:
        total = session.exec(select(func.count()).select_from(Risk).where(*found)).one()
        pages = max(1, -(-total // PAGE))
        page = min(wanted.page, pages)
        rows = session.exec(
            select(Risk)
            .where(*found)
            .order_by(*order, col(Risk.due_on).is_(None), col(Risk.due_on), col(Risk.key))
            .offset((page - 1) * PAGE)
            .limit(PAGE)
        ).all()
        return Page(lines=_shown(session, rows), total=total, page=page, pages=pages)


def sheet(viewer: Viewer, key: str) -> Sheet | None:
    """Return one risk, open or closed, or None when there is none that the person may read."""
    with reading() as session:
        risk = session.exec(select(Risk).where(Risk.key == key, *visible(viewer))).first()
        if risk is None:
            return None
        events = session.exec(
            select(RiskEvent).where(RiskEvent.key == key).order_by(col(RiskEvent.id).desc())
        ).all()
        names = _names(session, (one.actor for one in events))
        return Sheet(
            risk=_shown(session, [risk])[0],
            history=[
                Past(
                    on=one.on_day,
                    what=one.what,
                    level=one.level,
                    actor=names.get(one.actor, ""),
                    reason=one.reason,
                )
                for one in events
            ],
            may_act=risk.closed_at is None and handles_risk(viewer, risk.owner_email),
        )


def threats(session: Session, viewer: Viewer, of_it: ColumnElement[bool]) -> list[Threat]:
    """Return the open risks that the person may read and that answer a condition, the worst first."""
    query = select(Risk).where(of_it, col(Risk.closed_at).is_(None), *visible(viewer)).order_by(RANK.desc())
    return [Threat(key=one.key, level=one.level, title=one.title) for one in session.exec(query)]


def visible(viewer: Viewer) -> list[ColumnElement[bool]]:
    """Return the condition of what is shown: the group's risks to all, those of one house there and to the team.

    The key of a contract of another buyer than the support establishment ends with that buyer's SIRET.
    """
    if viewer.reads_journal:
        return []
    own = [f"@{siret}" for siret in (viewer.siret, viewer.support_siret) if siret]
    house, key = col(Risk.establishment_siret), col(Risk.key)
    return [
        or_(house.is_(None), house.in_([viewer.siret, viewer.support_siret])),
        or_(key.not_like("%@%"), *(key.contains(one, autoescape=True) for one in own)),
    ]


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    closed = col(Risk.closed_at)
    found: list[ColumnElement[bool]] = [closed.is_not(None) if wanted.closed else closed.is_(None)]
    found += [holds(Risk, word) for word in words(wanted.text)]
    for value, column in ((wanted.kind, Risk.kind), (wanted.level, Risk.level)):
        if value is not None:
            found.append(col(column) == value)
    if wanted.family:
        found.append(col(Risk.family_code) == wanted.family)
    if wanted.alone:
        found.append(col(Risk.acknowledged_at).is_(None))
    if wanted.vital:
        found.append(col(Risk.is_vital).is_(True))
    return found


class _Known(BaseModel):
    """What the lines of risks point at, read once for all of them: names by address, code or SIRET."""

    people: dict[str, str]
    families: dict[str, str]
    houses: dict[str, str]
    actions: dict[str, list[Undertaken]]
    today: date


def _shown(session: Session, rows: Sequence[Risk]) -> list[Shown]:
    """Return the lines of risks, in a few queries whatever their number."""
    undertaken = session.exec(
        select(RiskAction)
        .where(col(RiskAction.key).in_([row.key for row in rows]))
        .order_by(col(RiskAction.id))
    ).all()
    emails = [
        email for row in rows for email in (row.owner_email, row.acknowledged_by, row.closed_by) if email
    ]
    names = _names(session, [*emails, *(one.owner_email for one in undertaken)])
    actions: dict[str, list[Undertaken]] = {}
    for one in undertaken:
        owner = names.get(one.owner_email, one.owner_email)
        actions.setdefault(one.key, []).append(Undertaken(text=one.text, owner=owner, due=one.due_on))
    known = _Known(
        people=names,
        families=dict(session.exec(select(Family.code, Family.label)).all()),
        houses=dict(session.exec(select(Establishment.siret, Establishment.name)).all()),
        actions=actions,
        today=clock.today(),
    )
    return [_line(row, known) for row in rows]


def _line(row: Risk, known: _Known) -> Shown:
    return Shown(
        key=row.key,
        level=row.level,
        kind=row.kind,
        title=row.title,
        family=known.families.get(row.family_code or "", ""),
        house=known.houses.get(row.establishment_siret or "", ""),
        owner=known.people.get(row.owner_email or "", ""),
        since=row.raised_on,
        due=row.due_on,
        days=(row.due_on - known.today).days if row.due_on else None,
        proposed=row.action,
        ref=row.ref,
        contract=row.contract,
        is_vital=row.is_vital,
        acknowledged_by=known.people.get(row.acknowledged_by or "", ""),
        acknowledged_at=row.acknowledged_at,
        closed_by=known.people.get(row.closed_by or "", "la veille" if row.closed_at else ""),
        closed_at=row.closed_at,
        closed_reason=row.closed_reason,
        actions=known.actions.get(row.key, []),
    )


def _names(session: Session, emails: Iterable[str]) -> dict[str, str]:
    query = select(Person.email, Person.name).where(col(Person.email).in_(set(emails)))
    return dict(session.exec(query).all())


def suspended() -> list[Suspended]:
    """Return the purchases whose signature is suspended, whoever looks."""
    query = (
        select(Lock, Procurement)
        .join(Procurement, col(Procurement.ref) == col(Lock.ref))
        .where(col(Lock.lifted_at).is_(None))
        .order_by(col(Lock.ref))
    )
    with reading() as session:
        return [
            Suspended(ref=one.ref, objet=one.objet, reason=lock.reason) for lock, one in session.exec(query)
        ]
