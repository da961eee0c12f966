"""Which visas come before an act: the circuit that fits the family and the amount, rank by rank.

Circuits are rows of the organisation, not code. One circuit applies: that of the family before the general one, then
the one that starts at the highest amount reached.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from models.organisation.group import Role
from models.signing.acts import AbsenceTerms, Act, VisaTerms


class Asked(BaseModel):
    """A visa to ask: the role, and the person when the circuit names one (her replacement while she is away)."""

    model_config = ConfigDict(frozen=True)

    role: Role
    person_email: str | None = None
    instead_of: str | None = None


class Purchase(BaseModel):
    """What a circuit is chosen for: the act, its amount in EUR HT, the family, the day."""

    model_config = ConfigDict(frozen=True)

    act: Act
    amount: Decimal
    family: str
    day: date


def circuit_for(purchase: Purchase, visas: Sequence[VisaTerms]) -> list[VisaTerms]:
    """Return the visas of the one circuit that applies, in the order of their ranks; none when none applies."""
    fitting = [visa for visa in visas if _fits(visa, purchase)]
    if not fitting:
        return []
    chosen = max(fitting, key=lambda visa: (visa.family_code is not None, visa.from_amount, visa.circuit))
    rows = [visa for visa in fitting if visa.circuit == chosen.circuit]
    return sorted(rows, key=lambda visa: visa.rank)


def visas_before(
    purchase: Purchase, visas: Sequence[VisaTerms], absences: Sequence[AbsenceTerms] = ()
) -> list[list[Asked]]:
    """Return the visas to ask, one list per rank: those of a rank in parallel, ranks one after the other."""
    rows = circuit_for(purchase, visas)
    ranks = sorted({visa.rank for visa in rows})
    return [[_asked(visa, purchase.day, absences) for visa in rows if visa.rank == rank] for rank in ranks]


def _fits(visa: VisaTerms, purchase: Purchase) -> bool:
    in_force = visa.since <= purchase.day and (visa.until is None or purchase.day <= visa.until)
    return (
        in_force
        and visa.act == purchase.act
        and visa.family_code in (None, purchase.family)
        and visa.from_amount <= purchase.amount
    )


def _asked(visa: VisaTerms, day: date, absences: Sequence[AbsenceTerms]) -> Asked:
    away = any(
        one.person_email == visa.person_email and one.from_on <= day <= one.until_on for one in absences
    )
    if away and visa.replacement_email:
        return Asked(role=visa.role, person_email=visa.replacement_email, instead_of=visa.person_email)
    return Asked(role=visa.role, person_email=visa.person_email)
