"""Estimate of the need: whole group, one homogeneous category, whole duration (CCP art. R. 2121-1 to -8).

The support establishment alone passes contracts: thresholds are compared with the need of all members
together. The exception of the autonomous unit (R. 2121-2) is used only when a motive is written.
"""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

from models.errors import BadInput
from models.law.dated import Frozen, Law
from models.law.days import months_after
from models.law.need import Nature, Need, Procedure
from models.law.regime import regime_for
from models.law.wording import euros
from models.reading.values import to_cents

RANK = {one: rank for rank, one in enumerate(Procedure)}


class MemberNeed(Frozen):
    """The yearly need of one member, EUR HT; `autonomous_unit`: motive for counting it apart (R. 2121-2)."""

    establishment: str
    category: str
    yearly_ht: Decimal
    options_ht: Decimal = Decimal()
    autonomous_unit: str = ""


class Estimate(Frozen):
    """The estimated value of one category; `missing` names the members that have not answered."""

    category: str
    amount_ht: Decimal
    months: int
    members: tuple[str, ...]
    missing: tuple[str, ...]
    autonomous_unit: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether every member has answered, so that the amount may be compared with a threshold."""
        return not self.missing


def estimates(
    needs: Sequence[MemberNeed], members: Collection[str], months: int, on: date
) -> tuple[Estimate, ...]:
    """Return the estimate of each category over `months` (renewals included), for all members together.

    A regular need counts for at least twelve months (R. 2121-7). Amounts are rounded once, at the cent.
    """
    if months <= 0:
        raise BadInput("La durée du besoin, reconductions comprises, doit être supérieure à zéro.")
    counted = max(months, Law(on).days("besoin_regulier_mois"))
    groups: dict[tuple[str, str], list[MemberNeed]] = {}
    for need in needs:
        apart = need.establishment if need.autonomous_unit.strip() else ""
        groups.setdefault((need.category, apart), []).append(need)
    return tuple(
        _estimate(group, () if apart else members, counted) for (_, apart), group in sorted(groups.items())
    )


def _estimate(group: Sequence[MemberNeed], members: Collection[str], months: int) -> Estimate:
    yearly = sum((need.yearly_ht for need in group), Decimal())
    options = sum((need.options_ht for need in group), Decimal())
    present = sorted({need.establishment for need in group})
    return Estimate(
        category=group[0].category,
        amount_ht=to_cents(yearly * months / 12 + options),
        months=months,
        members=tuple(present),
        missing=tuple(sorted(set(members) - set(present))),
        autonomous_unit=group[0].autonomous_unit,
    )


class Purchase(Frozen):
    """A purchase made without competition, by any member, EUR HT."""

    establishment: str
    category: str
    amount_ht: Decimal
    bought_on: date


class Splitting(Frozen):
    """A planned purchase against those of the same category over the same period."""

    category: str
    total_ht: Decimal
    alone: Procedure
    together: Procedure
    reason: str

    @property
    def is_split(self) -> bool:
        """Whether the purchase escapes, taken alone, the procedure due to the whole (CCP art. R. 2121-4)."""
        return RANK[self.together] > RANK[self.alone]


def check_splitting(
    planned_ht: Decimal, nature: Nature, category: str, past: Sequence[Purchase], on: date
) -> Splitting:
    """Return whether a purchase splits the need of its category, all members, over the past period."""
    since = months_after(on, -Law(on).days("besoin_regulier_mois"))
    same = [one for one in past if one.category == category and since < one.bought_on <= on]
    total = sum((one.amount_ht for one in same), planned_ht)
    alone = regime_for(Need(nature=nature, amount_ht=planned_ht, launched_on=on)).procedure
    together = regime_for(Need(nature=nature, amount_ht=total, launched_on=on)).procedure
    split = RANK[together] > RANK[alone]
    reason = (
        f"Avec {len(same)} achats de la même catégorie depuis le {since:%d/%m/%Y}, "
        f"le besoin atteint {euros(total)} HT : procédure {together} due (CCP art. R. 2121-4 et R. 2121-6)."
        if split
        else f"Le besoin de la catégorie atteint {euros(total)} HT : même procédure que l'achat seul."
    )
    return Splitting(category=category, total_ht=total, alone=alone, together=together, reason=reason)
