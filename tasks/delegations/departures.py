"""The end of a function: what it takes away with it, and what nobody could sign any more the day after."""

from datetime import date, timedelta

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.delegations.coverage import Gap, Scope, gaps, scope_of
from models.errors import BadInput
from models.journal import Fact
from models.law.wording import french_day
from models.organisation.group import Family, Person, Role, RoleGrant
from models.signing.acts import Act, Delegation, FunctionHeld
from tasks import journal
from tasks.access import accounts
from tasks.delegations import vacancies
from tasks.organisation import people
from tasks.signing import power
from tasks.store import transaction


class Uncovered(BaseModel):
    """An act that nobody may sign the day after, from an amount on (EUR HT, included)."""

    acte: Act
    libelle: str
    familles: list[str]
    a_partir_de: str
    motif: str


class Departure(BaseModel):
    """What the end of a function did; `fin` is the last day held."""

    personne: str
    nom: str
    fin: date
    fonctions: list[str]
    delegations_donnees: list[str]  # references that have no effect any more the day after
    delegations_recues: list[str]
    non_couvert: list[Uncovered]


def end_function(
    email: str, last_day: date, actor: str = journal.APPLICATION, keeps_access: bool = False
) -> Departure:
    """End every function of a person on a day, and report what is left uncovered the day after.

    Her access closes after that day, with all that she holds of it, unless she stays in the group (`keeps_access`).

    Nothing is rewritten in the delegations: one is personal, and has no effect once its delegator or its holder
    has left the function for which it was given.
    """
    with transaction() as session:
        someone = people.person(session, email)
        ended = _end(session, someone, last_day)
        said = f"fin de fonction au {french_day(last_day)} : {', '.join(ended)}"
        entry = journal.Entry(fact=Fact.REGISTER, actor=actor, subject=someone.email, reason=said)
        journal.write(session, entry)
        if not keeps_access:
            accounts.end_after(session, someone.email, last_day, actor)
        done = _report(session, someone, last_day, ended)
    vacancies.follow_register()
    return done


def _end(session: Session, someone: Person, last_day: date) -> list[str]:
    """Date the end of the functions held that day; return their titles."""
    held = session.exec(
        select(FunctionHeld).where(FunctionHeld.person_email == someone.email).order_by(col(FunctionHeld.id))
    ).all()
    open_ones = [one for one in held if one.held_on(last_day)]
    if not held:
        open_ones = _dated_from_roles(session, someone, last_day)
    if not open_ones:
        raise BadInput(f"{someone.name} n'exerce aucune fonction le {french_day(last_day)}.")
    for one in open_ones:
        one.ended_on = last_day
    session.add_all(open_ones)
    session.flush()
    return list(dict.fromkeys(one.title or one.role.label for one in open_ones))


def _dated_from_roles(session: Session, someone: Person, last_day: date) -> list[FunctionHeld]:
    """Return functions for the roles of a person whose functions were never dated, since her first delegation."""
    concerned = session.exec(
        select(Delegation).where(
            (col(Delegation.delegator_email) == someone.email)
            | (col(Delegation.delegate_email) == someone.email)
        )
    )
    since = min((one.granted_on for one in concerned), default=last_day)
    grants = session.exec(select(RoleGrant).where(RoleGrant.person_email == someone.email)).all()
    return [
        FunctionHeld(
            person_email=someone.email,
            role=grant.role,
            title=someone.function or grant.role.label,
            establishment_siret=grant.establishment_siret,
            started_on=min(since, last_day),
        )
        for grant in grants
    ]


def _report(session: Session, someone: Person, last_day: date, ended: list[str]) -> Departure:
    next_day = last_day + timedelta(days=1)
    known = power.register(session)
    families = list(session.exec(select(Family.code).order_by(Family.code)))
    alive = [one for one in known.delegations if one.revoked_on is None or one.revoked_on > next_day]
    alive = [one for one in alive if one.valid_until is None or one.valid_until >= next_day]
    gave = [one for one in alive if one.delegator_email == someone.email]
    received = [one for one in alive if one.delegate_email == someone.email]
    scopes = [scope_of(one, families) for one in (*gave, *received)]
    headed = _house_headed(session, someone)
    if headed:
        scopes.append(Scope(acts=tuple(Act), families=tuple(families)))
    house = headed or people.support(session).siret
    return Departure(
        personne=someone.email,
        nom=someone.name,
        fin=last_day,
        fonctions=ended,
        delegations_donnees=[one.reference for one in gave],
        delegations_recues=[one.reference for one in received],
        non_couvert=[_shown(gap) for gap in gaps(scopes, known, house, next_day)],
    )


def _house_headed(session: Session, someone: Person) -> str | None:
    """Return the establishment that the person headed, None for anyone else."""
    held = select(FunctionHeld).where(
        FunctionHeld.person_email == someone.email, FunctionHeld.role == Role.DIRECTOR
    )
    found = session.exec(held.order_by(col(FunctionHeld.ended_on).desc())).first()
    return found.establishment_siret if found else None


def _shown(gap: Gap) -> Uncovered:
    return Uncovered(
        acte=gap.act,
        libelle=gap.act.label,
        familles=list(gap.families),
        a_partir_de=str(gap.from_amount),
        motif=gap.reason,
    )
