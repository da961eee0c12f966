"""What a delegation must pass before it lets someone sign: one function per check, as a lawyer reads them.

Each check returns nothing when it passes, else the code and the French reason. Their order is that of the
reasons given when one delegation fails several of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from models.law.wording import euros, french_day
from models.organisation.group import Role
from models.reading.values import fold
from models.signing.acts import DelegationTerms, FunctionTerms
from models.signing.competence import Competence
from models.signing.questions import Code, Question, Register, heads


@dataclass(frozen=True)
class Case:
    """One delegation held against one question, with the competence that applies that day."""

    question: Question
    register: Register
    competence: Competence
    delegation: DelegationTerms

    @property
    def day(self) -> date:
        """Return the day of the signature."""
        return self.question.day


Finding = tuple[Code, str]
Check = Callable[[Case], Finding | None]


def _act(case: Case) -> Finding | None:
    one = case.delegation
    if case.question.act in one.acts:
        return None
    return (
        Code.ACT_NOT_COVERED,
        f"La délégation {one.summary} ne couvre pas l'acte : {case.question.act.label}.",
    )


def _amount(case: Case) -> Finding | None:
    one, amount = case.delegation, case.question.amount
    if one.ceiling is None or amount <= one.ceiling:
        return None
    return Code.AMOUNT_EXCEEDED, (
        f"Le montant de {euros(amount)} HT dépasse le plafond de {euros(one.ceiling)} HT "
        f"de la délégation {one.summary}."
    )


def _family(case: Case) -> Finding | None:
    one = case.delegation
    if not one.families or case.question.family in one.families:
        return None
    return Code.FAMILY_NOT_COVERED, (
        f"La délégation {one.summary} ne couvre pas la famille {case.question.family} "
        f"(familles couvertes : {', '.join(one.families)})."
    )


def _establishment(case: Case) -> Finding | None:
    one = case.delegation
    if not one.establishments or case.question.establishment in one.establishments:
        return None
    house = case.register.houses[case.question.establishment]
    return Code.ESTABLISHMENT_NOT_COVERED, (
        f"La délégation {one.summary} ne couvre pas l'établissement {house.name} ({house.siret})."
    )


def _start(case: Case) -> Finding | None:
    one = case.delegation
    if case.day < one.valid_from:
        return Code.NOT_YET_VALID, (
            f"La délégation {one.summary} ne prend effet que le {french_day(one.valid_from)}."
        )
    if one.replaces_email is None or _is_away(case, one.replaces_email):
        return None
    replaced = case.register.agents[one.replaces_email].name
    return Code.NOT_YET_VALID, (
        f"La délégation {one.summary} ne joue qu'en l'absence de {replaced}, "
        f"dont aucune absence n'est déclarée au {french_day(case.day)}."
    )


def _is_away(case: Case, person: str) -> bool:
    return any(
        absence.person_email == person and absence.from_on <= case.day <= absence.until_on
        for absence in case.register.absences
    )


def _end(case: Case) -> Finding | None:
    one = case.delegation
    if one.valid_until is None or case.day <= one.valid_until:
        return None
    return Code.EXPIRED, f"La délégation {one.summary} a pris fin le {french_day(one.valid_until)}."


def _revocation(case: Case) -> Finding | None:
    one = case.delegation
    if one.revoked_on is None or case.day < one.revoked_on:
        return None
    return Code.REVOKED, f"La délégation {one.summary} est abrogée depuis le {french_day(one.revoked_on)}."


def _publication(case: Case) -> Finding | None:
    one = case.delegation
    if one.published_on is not None and one.published_on <= case.day:
        return None
    return Code.NOT_PUBLISHED, (
        f"La délégation {one.summary} n'est pas publiée au {french_day(case.day)} : "
        "elle n'est pas opposable (CSP art. D. 6143-35)."
    )


def _transmission(case: Case) -> Finding | None:
    one = case.delegation
    sent = one.transmitted_accountant_on is not None and one.transmitted_accountant_on <= case.day
    if sent or not case.competence.binds_expense:
        return None
    return Code.NOT_TRANSMITTED, (
        f"La délégation {one.summary} n'est pas transmise au comptable au {french_day(case.day)}, "
        "ce qu'exige un acte d'ordonnateur (CSP art. D. 6143-35)."
    )


def _origin(case: Case) -> Finding | None:
    """No delegation of a delegation; the delegator headed the competent house and commands the delegate."""
    return _chain(case) or _delegator(case)


def _chain(case: Case) -> Finding | None:
    one = case.delegation
    granted_by_delegate = one.parent_reference is not None or (
        not _ever_heads(case, one.delegator_email)
        and any(other.delegate_email == one.delegator_email for other in case.register.delegations)
    )
    if not granted_by_delegate:
        return None
    name = case.register.agents[one.delegator_email].name
    return Code.SUB_DELEGATION, (
        f"La délégation {one.summary} est une subdélégation de {name} : "
        "une délégation de signature ne se subdélègue pas."
    )


def _ever_heads(case: Case, person: str) -> bool:
    return any(held.person_email == person and held.role == Role.DIRECTOR for held in case.register.functions)


def _delegator(case: Case) -> Finding | None:
    one = case.delegation
    name = case.register.agents[one.delegator_email].name
    granting = _granting_functions(case)
    if not granting:
        return Code.DELEGATOR_NOT_COMPETENT, (
            f"{name} ne dirigeait pas l'établissement compétent pour cet acte "
            f"le {french_day(one.granted_on)} : la délégation {one.summary} est sans effet."
        )
    delegate = case.register.agents[one.delegate_email]
    if one.attachment is None and delegate.establishment not in {
        held.establishment_siret for held in granting
    }:
        return Code.DELEGATOR_NOT_COMPETENT, (
            f"{delegate.name} relève d'un autre établissement sans être sous l'autorité de {name} "
            "(autorité fonctionnelle, CSP art. R. 6132-21-1, ou mise à disposition)."
        )
    return None


def _granting_functions(case: Case) -> list[FunctionTerms]:
    """Return the functions of head that made the delegator competent on the day of the grant."""
    one = case.delegation
    return [
        held
        for held in heads(case.register, case.competence.kind, case.question.establishment, one.granted_on)
        if held.person_email == one.delegator_email
    ]


def _functions(case: Case) -> Finding | None:
    """A delegation is personal: it ends when the delegator or the delegate leaves the function."""
    one, day = case.delegation, case.day
    granting = _granting_functions(case)
    delegator = case.register.agents[one.delegator_email]
    if (granting and not any(held.held_on(day) for held in granting)) or delegator.has_left(day):
        return Code.FUNCTION_ENDED, (
            f"{delegator.name} n'exerce plus la fonction de directeur au {french_day(day)} : "
            f"la délégation {one.summary} a pris fin avec elle."
        )
    delegate = case.register.agents[one.delegate_email]
    if delegate.has_left(day) or not _still_in_function(case):
        return Code.FUNCTION_ENDED, (
            f"{delegate.name} n'exerce pas la fonction « {one.function} » au {french_day(day)} : "
            f"la délégation {one.summary} est sans effet."
        )
    return None


def _still_in_function(case: Case) -> bool:
    """Return whether the delegate holds the function named; coming back to it later revives nothing.

    A register that knows no function of the delegate has nothing to object; one that knows others but not
    this one is content with any of them.
    """
    one = case.delegation
    held = [known for known in case.register.functions if known.person_email == one.delegate_email]
    named = [known for known in held if fold(known.title) == fold(one.function)]
    if any(known.ended_on and one.valid_from <= known.ended_on < case.day for known in named):
        return False
    return not held or any(known.held_on(case.day) for known in named or held)


CHECKS: tuple[Check, ...] = (
    _act,
    _amount,
    _family,
    _establishment,
    _start,
    _end,
    _revocation,
    _publication,
    _transmission,
    _origin,
    _functions,
)


def findings(case: Case) -> list[Finding]:
    """Return everything that a delegation lacks for a question; nothing means that it is enough."""
    return [found for check in CHECKS if (found := check(case))]


def is_enough(case: Case) -> bool:
    """Return whether a delegation lacks nothing for a question."""
    return not any(check(case) for check in CHECKS)


STANDING: tuple[Check, ...] = (_revocation, _end, _functions, _origin, _start, _publication)


def standing(case: Case) -> Finding | None:
    """Return why a delegation has no effect that day whatever is signed, or None when it is in force."""
    return next((found for check in STANDING if (found := check(case))), None)
