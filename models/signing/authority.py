"""Who may sign what, on a day: the question of every signature gate, answered from plain values.

The head of the competent establishment signs by his own power; anyone else needs a delegation that passes
every check of `models.signing.checks`. What is not granted is refused, and the reason given is that of the
delegation closest to being enough.
"""

from collections.abc import Iterable
from decimal import Decimal

from models.errors import BadInput
from models.organisation.group import EstablishmentKind, Role
from models.signing.checks import CHECKS, Case, findings, is_enough
from models.signing.competence import Competence, competence
from models.signing.questions import Agent, Code, Question, Register, Verdict, heads


def may_sign(person: str, question: Question, register: Register) -> Verdict:
    """Return whether a person may sign on that day, the delegation used, or one code with its reason.

    Raises `BadInput` for a person, establishment or day of which the register knows nothing.
    """
    if question.establishment not in register.houses:
        raise BadInput(f"Établissement {question.establishment} inconnu du groupement.")
    if person not in register.agents:
        raise BadInput(f"Personne « {person} » inconnue de l'annuaire.")
    rule = competence(question.act, question.day, register.choices)
    if barred := _barred(person, register, rule):
        return barred
    if own := _own_power(person, question, register, rule):
        return own
    return _by_delegation(person, question, register, rule)


def signing_limit(person: str, question: Question, register: Register) -> Decimal | None:
    """Return the highest amount (EUR HT, infinite without ceiling) a person may sign that day, None for nothing.

    The amount of the question is left aside: a ceiling is all that an amount is ever held against, so that the answer
    for one amount is `may_sign` for every amount up to it.
    """
    ceilings = {one.ceiling for one in register.delegations if one.delegate_email == person}
    known = sorted((one for one in ceilings if one is not None), reverse=True)
    above = max(known, default=Decimal(0)) + 1
    for amount in (above, *known):
        if may_sign(person, question.model_copy(update={"amount": amount}), register).allowed:
            return Decimal("Infinity") if amount == above else amount
    return None


def _barred(person: str, register: Register, rule: Competence) -> Verdict | None:
    if register.lock is not None and rule.stops_in_dispute:
        return _no(Code.LOCKED, f"La signature est suspendue : {register.lock}.")
    if person in register.conflicts:
        name = register.agents[person].name
        return _no(
            Code.CONFLICT_OF_INTEREST,
            f"{name} a déclaré un conflit d'intérêts sur ce dossier (CP art. 432-12).",
        )
    return None


def _own_power(person: str, question: Question, register: Register, rule: Competence) -> Verdict | None:
    held = [
        function
        for function in heads(register, rule.kind, question.establishment, question.day)
        if function.person_email == person
    ]
    if not held or register.agents[person].has_left(question.day):
        return None
    house = register.houses[held[0].establishment_siret]
    reason = f"{register.agents[person].name} signe par son pouvoir propre de directeur ({house.name})."
    return Verdict(allowed=True, code=Code.OK, reason=reason, own_power=True)


def _by_delegation(person: str, question: Question, register: Register, rule: Competence) -> Verdict:
    cases = [
        Case(question=question, register=register, competence=rule, delegation=one)
        for one in register.delegations
        if one.delegate_email == person
    ]
    valid = [case for case in cases if is_enough(case)]
    if valid:
        return _yes(min(valid, key=_breadth))
    if cases:
        return _closest(cases)
    who = "le directeur de l'établissement support"
    if rule.kind == EstablishmentKind.MEMBER:
        who = f"le directeur de l'établissement concerné ({register.houses[question.establishment].name})"
    reason = (
        f"{register.agents[person].name} n'a reçu aucune délégation de signature ; "
        f"cet acte ({question.act.label.lower()}) revient à {who} ou à son délégataire."
    )
    return _no(Code.NO_DELEGATION, reason)


def _breadth(case: Case) -> tuple[float, float, Decimal, int, int, str]:
    """Return how broad a delegation is: fewer houses, families, a lower ceiling, fewer acts go first."""
    one = case.delegation
    return (
        len(one.establishments) or float("inf"),
        len(one.families) or float("inf"),
        one.ceiling if one.ceiling is not None else Decimal("Infinity"),
        len(one.acts),
        -one.valid_from.toordinal(),
        one.reference,
    )


def _yes(case: Case) -> Verdict:
    one = case.delegation
    delegator = case.register.agents[one.delegator_email].name
    return Verdict(
        allowed=True,
        code=Code.OK,
        reason=f"Délégation {one.summary} donnée par {delegator}.",
        delegation=one.reference,
        reserves=one.reserves,
        warnings=tuple(_warnings(case)),
    )


def _warnings(case: Case) -> Iterable[str]:
    one, day = case.delegation, case.day
    if one.transmitted_council_on is None or one.transmitted_council_on > day:
        yield "La délégation n'a pas été communiquée au conseil de surveillance (CSP art. D. 6143-35)."
    if case.competence.binds_expense and (one.specimen_on is None or one.specimen_on > day):
        yield "Le spécimen de signature n'est pas déposé auprès du comptable (arrêté du 25 juillet 2013)."


def _closest(cases: list[Case]) -> Verdict:
    """Return the refusal of the delegation that lacks the least: findings, then check, then ceiling."""

    def distance(case: Case) -> tuple[int, int, Decimal, str]:
        failed = [index for index, check in enumerate(CHECKS) if check(case)]
        return len(failed), -failed[0], -(case.delegation.ceiling or Decimal(0)), case.delegation.reference

    nearest = min(cases, key=distance)
    code, reason = findings(nearest)[0]
    return _no(code, reason, nearest.delegation.reference)


def _no(code: Code, reason: str, delegation: str | None = None) -> Verdict:
    return Verdict(allowed=False, code=code, reason=reason, delegation=delegation)


def nobody_reason(question: Question, register: Register) -> str | None:
    """Return why nobody may sign: the refusal closest to a yes; None when somebody may."""
    if _somebody_may(question, register):
        return None
    free = register.model_copy(update={"conflicts": frozenset(), "lock": None})
    if stopped := signatories(question, free):  # only a conflict or a lock stands in the way
        return may_sign(stopped[0][0].email, question, register).reason
    rule = competence(question.act, question.day, register.choices)
    cases = [
        Case(question=question, register=register, competence=rule, delegation=one)
        for one in register.delegations
    ]
    if cases:
        return _closest(cases).reason
    return "Aucun directeur n'est en fonction et aucune délégation n'est inscrite."


def _somebody_may(question: Question, register: Register) -> bool:
    """Return whether anyone may sign, asked of the heads of establishment first: they nearly always may."""
    directors = {held.person_email for held in register.functions if held.role == Role.DIRECTOR}
    people = sorted(register.agents, key=lambda email: email not in directors)
    return any(may_sign(email, question, register).allowed for email in people)


def signatories(question: Question, register: Register) -> list[tuple[Agent, Verdict]]:
    """Return everyone who may sign, heads of establishment last: the closest to the act comes first."""
    answers = [
        (agent, verdict)
        for agent in register.agents.values()
        if (verdict := may_sign(agent.email, question, register)).allowed
    ]
    return sorted(answers, key=lambda pair: (pair[1].own_power, pair[0].name))
