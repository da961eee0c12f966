"""Who may sign, read from the database: the question that gates, pages and the command line ask.

Inside a writing transaction the rows that the answer rests on are held until the commit, so that a revocation
and a signature that rests on it never overlap (SQLite has one writer at a time; PostgreSQL locks the rows).
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from pydantic import BaseModel
from sqlmodel import Session, SQLModel, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from models.errors import BadInput
from models.organisation.group import Establishment, Person, Role, RoleGrant
from models.process.procurement import Lock
from models.signing.acts import (
    Absence,
    Act,
    ConflictDeclaration,
    Delegation,
    DelegationTerms,
    FunctionHeld,
    FunctionTerms,
    LocalChoice,
    Visa,
)
from models.signing.authority import may_sign
from models.signing.authority import signatories as able
from models.signing.circuits import Asked, Purchase, visas_before
from models.signing.questions import Agent, House, Question, Register, Verdict


def verdict(session: Session, person_email: str, asked: Question, known: Register | None = None) -> Verdict:
    """Return whether a person may sign, with the delegation used or the reason why not.

    `known` is the register for the purchase of the question, when it was read just before in the same session.
    """
    return may_sign(person_email.strip().lower(), asked, known or register(session, asked.reference))


def signatories(session: Session, asked: Question, known: Register | None = None) -> list[Person]:
    """Return everyone who may sign, delegates before heads of establishment."""
    able_agents = able(asked, known or register(session, asked.reference))
    emails = [agent.email for agent, _ in able_agents]
    found = {one.email: one for one in session.exec(select(Person).where(col(Person.email).in_(emails)))}
    return [found[email] for email in emails]


def visas(session: Session, act: str, amount: Decimal, family_code: str, on: date) -> list[list[Asked]]:
    """Return the visas to ask before an act, one list per rank, replacements of the day included."""
    purchase = Purchase(act=read_act(act), amount=amount, family=family_code, day=on)
    rows = session.exec(select(Visa).order_by(col(Visa.id))).all()
    return visas_before(purchase, rows, session.exec(select(Absence)).all())


def running(session: Session, person_email: str, on: date) -> list[Delegation]:
    """Return the delegations given to a person whose days include that one, whatever else they lack."""
    given = select(Delegation).where(
        Delegation.delegate_email == person_email,
        Delegation.valid_from <= on,
        or_(col(Delegation.valid_until).is_(None), col(Delegation.valid_until) >= on),
        or_(col(Delegation.revoked_on).is_(None), col(Delegation.revoked_on) > on),
    )
    return list(session.exec(given.order_by(Delegation.reference)))


def question(
    act: str, amount: Decimal, family_code: str, establishment_siret: str, on: date, ref: str | None = None
) -> Question:
    """Return the question as a value; refuses an act that does not exist and an amount below zero."""
    return Question(
        act=read_act(act),
        amount=_not_negative(amount),
        family=family_code.strip().lower(),
        establishment=establishment_siret,
        day=on,
        reference=ref,
    )


def read_act(text: str) -> Act:
    """Return the act of that word, or refuse with the words that exist."""
    try:
        return Act(text.strip().lower())
    except ValueError as error:
        raise BadInput(f"Acte « {text} » inconnu. Actes : {', '.join(Act)}.") from error


def _not_negative(amount: Decimal) -> Decimal:
    if amount < 0:
        raise BadInput(f"Montant : {amount} est négatif.")
    return amount


def register(session: Session, ref: str | None = None) -> Register:
    """Return everything that the answer depends on, for one procurement when it is named."""
    locks = standing_locks(session, ref) if ref else []
    lock = locks[0].reason if locks else None
    return _whole(session).model_copy(update={"conflicts": conflicted(session, ref), "lock": lock})


def _whole(session: Session) -> Register:
    """Return the register of the group; a session that only looks reads it once, as it was when it began."""
    if WHOLE in session.info:
        found: Register = session.info[WHOLE]
        return found
    given = tuple(_held(session, select(Delegation).order_by(Delegation.reference)))
    replaces = any(one.replaces_email for one in given)
    found = Register(
        houses={one.siret: _house(one) for one in session.exec(select(Establishment))},
        agents={one.email: _agent(one) for one in _held(session, select(Person).order_by(Person.email))},
        functions=tuple(_functions(session)),
        delegations=given,
        absences=tuple(_held(session, select(Absence).order_by(col(Absence.id)))) if replaces else (),
        choices=tuple(_held(session, select(LocalChoice).order_by(col(LocalChoice.id)))),
    )
    if _only_looks(session):
        session.info[WHOLE] = found
    return found


WHOLE = "register of delegations"


def _only_looks(session: Session) -> bool:
    return bool(session.get_bind().get_execution_options().get("reading"))


AnyRow = TypeVar("AnyRow", bound=SQLModel)


def _held(session: Session, query: SelectOfScalar[AnyRow]) -> list[AnyRow]:
    """Return rows; in a writing transaction they are share-locked and read as they are at this moment."""
    if _only_looks(session):
        return list(session.exec(query))
    return list(session.exec(query.with_for_update(read=True).execution_options(populate_existing=True)))


def _house(one: Establishment) -> House:
    return House(siret=one.siret, name=one.name, kind=one.kind, active_until=one.active_until)


def _agent(one: Person) -> Agent:
    return Agent(
        email=one.email, name=one.name, establishment=one.establishment_siret, active_until=one.active_until
    )


def _functions(session: Session) -> list[FunctionTerms]:
    """Return the dated functions, and the holders of the role where no director is dated."""
    dated = _held(session, select(FunctionHeld).order_by(col(FunctionHeld.id)))
    known = {held.establishment_siret for held in dated if held.role == Role.DIRECTOR}
    undated = _held(session, select(RoleGrant).where(RoleGrant.role == Role.DIRECTOR))
    supposed = [
        FunctionTerms(
            person_email=grant.person_email,
            role=Role.DIRECTOR,
            title=Role.DIRECTOR.label,
            establishment_siret=grant.establishment_siret,
            started_on=date.min,
        )
        for grant in undated
        if grant.establishment_siret not in known
    ]
    return [*dated, *supposed]


def standing_locks(session: Session, ref: str) -> list[Lock]:
    """Return what forbids the signature of a procurement, the oldest first."""
    standing = select(Lock).where(Lock.ref == ref, col(Lock.lifted_at).is_(None)).order_by(col(Lock.id))
    return list(session.exec(standing))


def conflicted(session: Session, ref: str | None) -> frozenset[str]:
    """Return the addresses of those who declared a conflict of interests on a procurement: barred from all of it."""
    if ref is None:
        return frozenset()
    declared = select(ConflictDeclaration).where(
        ConflictDeclaration.ref == ref, col(ConflictDeclaration.has_conflict).is_(True)
    )
    return frozenset(one.person_email for one in session.exec(declared))


def away(session: Session, on: date) -> frozenset[str]:
    """Return the addresses of those who have left or are away that day."""
    covering = select(Absence.person_email).where(col(Absence.from_on) <= on, col(Absence.until_on) >= on)
    left = select(Person.email).where(col(Person.active_until) < on)
    return frozenset(session.execute(covering.union(left)).scalars())


class Ending(BaseModel):
    """A delegation in force that soon has no effect any more: its last day, and why."""

    reference: str
    delegate_email: str
    ends_on: date  # last day, included
    reason: str


def expiring(session: Session, on: date, days: int) -> list[Ending]:
    """Return the delegations whose last day comes within so many days, the nearest first; for the watch and the list.

    The last day is that of the delegation, or that of the function by which it was given or received.
    """
    functions = _functions(session)
    near = []
    for one in _held(session, select(Delegation).order_by(Delegation.reference)):
        ending = _ending(one, functions, on)
        if ending and on <= ending.ends_on and (ending.ends_on - on).days <= days:
            near.append(ending)
    return sorted(near, key=lambda one: (one.ends_on, one.reference))


def _ending(one: DelegationTerms, functions: list[FunctionTerms], on: date) -> Ending | None:
    if one.revoked_on is not None and one.revoked_on <= on:
        return None
    ends = [(one.valid_until, "terme de la délégation")]
    for email, said in ((one.delegator_email, "délégant"), (one.delegate_email, "délégataire")):
        held = [f.ended_on for f in functions if f.person_email == email and f.held_on(on)]
        last_days = [day for day in held if day is not None]
        if held and len(last_days) == len(held):
            ends.append((max(last_days), f"fin de fonction du {said}"))
    if one.revoked_on is not None:
        ends.append((one.revoked_on - timedelta(days=1), "abrogation"))
    dated = [(day, why) for day, why in ends if day is not None]
    if not dated:
        return None
    day, why = min(dated)
    return Ending(reference=one.reference, delegate_email=one.delegate_email, ends_on=day, reason=why)
