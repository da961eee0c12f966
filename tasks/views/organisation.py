"""The group, its people and their accesses, as the administrator sees them."""

from datetime import date, datetime

from pydantic import BaseModel
from sqlmodel import Session, col, or_, select

from models.access.accounts import Account, LoginEvent
from models.access.proofs import CodeEnrolment
from models.organisation.group import Establishment, Group, Person, RoleGrant
from models.searching import searched_text, words
from tasks import clock
from tasks.access import accounts, tries
from tasks.organisation import people
from tasks.store import reading

LAST_LOGINS = 30


class Member(BaseModel):
    """A person and her access."""

    email: str
    name: str
    function: str
    house: str
    roles: list[str]
    active_until: date | None
    access: str  # aucun, invité, actif, verrouillé, désactivé
    has_codes: bool
    last_login_at: datetime | None


class View(BaseModel):
    """Everything that the page shows."""

    group: str
    houses: list[Establishment]
    members: list[Member]
    logins: list[LoginEvent]


class Colleague(BaseModel):
    """Someone of the group who may be given something to do."""

    email: str
    name: str
    function: str


def active_people() -> list[Colleague]:
    """Return the people in activity today, by name."""
    active = or_(col(Person.active_until).is_(None), col(Person.active_until) >= clock.today())
    with reading() as session:
        return [
            Colleague(email=one.email, name=one.name, function=one.function)
            for one in session.exec(select(Person).where(active).order_by(Person.name))
        ]


def view() -> View:
    """Return the group, its people and the last logins."""
    with reading() as session:
        group = session.get(Group, 1)
        events = session.exec(select(LoginEvent).order_by(col(LoginEvent.id).desc()).limit(LAST_LOGINS))
        return View(
            group=group.name if group else "",
            houses=people.establishments(session, clock.today()),
            members=_members(session),
            logins=list(events),
        )


def matching(members: list[Member], text: str) -> list[Member]:
    """Return the people in whom every word is found: name, address, function, establishment or role."""
    wanted = words(text)
    return [
        one
        for one in members
        if all(
            word in searched_text(one.name, one.email, one.function, one.house, *one.roles) for word in wanted
        )
    ]


def _members(session: Session) -> list[Member]:
    houses = {one.siret: one.name for one in session.exec(select(Establishment))}
    known = {one.person_email: one for one in session.exec(select(Account))}
    delayed = tries.delayed(session, accounts.real_now())
    codes = set(session.exec(select(CodeEnrolment.person_email)))
    roles: dict[str, list[str]] = {}
    for grant in session.exec(select(RoleGrant).order_by(col(RoleGrant.id))):
        roles.setdefault(grant.person_email, []).append(grant.role.label)
    return [
        Member(
            email=one.email,
            name=one.name,
            function=one.function,
            house=houses.get(one.establishment_siret, ""),
            roles=list(dict.fromkeys(roles.get(one.email, []))),
            active_until=one.active_until,
            access="verrouillé" if one.email in delayed else _access(known.get(one.email)),
            has_codes=one.email in codes,
            last_login_at=known[one.email].last_login_at if one.email in known else None,
        )
        for one in session.exec(select(Person).order_by(Person.name))
    ]


def _access(account: Account | None) -> str:
    if account is None:
        return "aucun"
    if account.is_ended(clock.today()):
        return "désactivé"
    return "actif" if account.hashed_password or account.subject else "invité"
