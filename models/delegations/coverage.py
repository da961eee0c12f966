"""What nobody could sign any more: the acts, families and amounts left without a signatory on a day."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from models.signing.acts import Act, DelegationTerms
from models.signing.authority import nobody_reason, signatories
from models.signing.questions import Question, Register

CENT = Decimal("0.01")


class Scope(BaseModel):
    """What a person let be signed: acts, families, and up to which amount (None: without limit)."""

    model_config = ConfigDict(frozen=True)

    acts: tuple[Act, ...]
    families: tuple[str, ...]
    ceiling: Decimal | None = None


class Gap(BaseModel):
    """An act that nobody may sign from an amount on (EUR HT, included), for families, with the closest reason."""

    model_config = ConfigDict(frozen=True)

    act: Act
    families: tuple[str, ...]
    from_amount: Decimal
    reason: str


def scope_of(one: DelegationTerms, families: Sequence[str]) -> Scope:
    """Return what a delegation lets its holder sign, among the families that exist."""
    return Scope(acts=tuple(one.acts), families=tuple(one.families or families), ceiling=one.ceiling)


def gaps(scopes: Iterable[Scope], register: Register, house: str, day: date) -> list[Gap]:
    """Return what the scopes held and nobody may sign on a day, families that share a gap together."""
    asked: dict[tuple[Act, str], Decimal | None] = {}
    for scope in scopes:
        for act in scope.acts:
            for family in scope.families:
                asked[act, family] = _higher(asked.get((act, family), Decimal(0)), scope.ceiling)
    found: dict[tuple[Act, Decimal, str], list[str]] = {}
    for (act, family), limit in asked.items():
        question = Question(act=act, amount=Decimal(0), family=family, establishment=house, day=day)
        if (gap := _first_gap(question, register, limit)) is not None:
            reason = nobody_reason(question.model_copy(update={"amount": gap}), register) or ""
            found.setdefault((act, gap, reason), []).append(family)
    return [
        Gap(act=act, families=tuple(sorted(names)), from_amount=amount, reason=reason)
        for (act, amount, reason), names in sorted(found.items(), key=lambda pair: (pair[0][0], pair[0][1]))
    ]


def _higher(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else max(one, other)


def _first_gap(question: Question, register: Register, limit: Decimal | None) -> Decimal | None:
    """Return the smallest amount within the limit that nobody may sign: coverage changes only above a ceiling."""
    steps = {one.ceiling + CENT for one in register.delegations if one.ceiling is not None}
    for amount in [Decimal(0), *sorted(steps)]:
        if limit is not None and amount > limit:
            return None
        if not signatories(question.model_copy(update={"amount": amount}), register):
            return amount
    return None
