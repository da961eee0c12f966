"""Terms of a contract that the law bounds: advance, guarantee, penalties for delay."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Self

from models.law.dated import Frozen, Law
from models.reading.values import to_cents

NOTHING = Decimal("0.00")


class Ccag(StrEnum):
    """The general terms a contract refers to, by their penalty formula."""

    SUPPLIES_SERVICES = "fournitures_services"
    WORKS = "travaux"
    INTELLECTUAL = "prestations_intellectuelles"

    @property
    def divisor(self) -> str:
        """The name of the figure that divides V × R."""
        return "fournitures_services" if self is Ccag.SUPPLIES_SERVICES else "travaux_pi"

    @property
    def bears_on_whole(self) -> bool:
        """Whether V is the whole contract, tranche or order and not its late part (CCAG-Travaux art. 19.2.3)."""
        return self is Ccag.WORKS


def advance_due(amount_ht: Decimal, months: Decimal, on: date) -> bool:
    """Return whether an advance is compulsory: above an amount and a duration (CCP art. R. 2191-3)."""
    law = Law(on)
    return amount_ht > law.value("avance_montant_minimal") and months > law.value("avance_duree_minimale")


def advance_bounds(amount_ttc: Decimal, months: Decimal, on: date) -> tuple[Decimal, Decimal | None]:
    """Return the lowest and highest advance, EUR TTC, on twelve months when longer (R. 2191-7, R. 2191-8).

    The highest is None since the décret of 15 October 2020; before, a share that asks for a guarantee.
    """
    law = Law(on)
    period = law.value("avance_periode")
    base = amount_ttc * period / months if months > period else amount_ttc
    return (
        to_cents(base * law.value("avance_taux_minimal") / 100),
        to_cents(base * law.value("avance_plafond") / 100) if law.flag("avance_plafonnee") else None,
    )


def highest_guarantee(initial_ttc: Decimal, modifications_ttc: Decimal, on: date) -> Decimal:
    """Return the highest guarantee withheld, of the initial amount plus modifications (R. 2191-33)."""
    share = Law(on).value("retenue_garantie_maximale")
    return to_cents((initial_ttc + modifications_ttc) * share / 100)


class PenaltyTerms(Frozen):
    """Penalties for delay as a contract states them; the CCAP may depart from every figure.

    `daily_ht`, EUR for each day, replaces the formula; the first `grace_days` of each delay bear no penalty.
    """

    divisor: Decimal
    daily_ht: Decimal | None = None
    grace_days: int = 0
    cap_percent: Decimal | None
    exemption_ht: Decimal
    observation_days: int

    @classmethod
    def of_ccag(cls, ccag: Ccag, on: date) -> Self:
        """Return the terms of the CCAG 2021 for a contract that does not depart from it."""
        law = Law(on)
        return cls(
            divisor=law.value(f"penalites_diviseur_{ccag.divisor}"),
            cap_percent=law.value("penalites_plafond"),
            exemption_ht=law.value("penalites_exoneration"),
            observation_days=law.days("penalites_observations"),
        )


class Penalty(Frozen):
    """Penalties for delay, EUR, without price revision nor VAT: computed, then capped, then waived or due."""

    computed: Decimal
    due: Decimal
    is_capped: bool
    is_waived: bool


class Delay(Frozen):
    """One delay: the value of what was late (EUR HT) and its calendar days."""

    late_ht: Decimal
    days_late: int


def late_penalty(terms: PenaltyTerms, late_ht: Decimal, days_late: int, contract_ht: Decimal) -> Penalty:
    """Return the penalty of a single delay, see `late_penalties`."""
    return late_penalties(terms, [Delay(late_ht=late_ht, days_late=days_late)], contract_ht)


def late_penalties(terms: PenaltyTerms, delays: Sequence[Delay], contract_ht: Decimal) -> Penalty:
    """Return V × R ÷ divisor added up over the delays, under the cap, waived when the total is within the exemption.

    The cap and the exemption are of the total of a contract, not of each delay (CCAG 2021 art. 14).
    """
    computed = sum((_of_one(terms, one) for one in delays), NOTHING)
    capped = computed
    if terms.cap_percent is not None:
        capped = min(computed, to_cents(contract_ht * terms.cap_percent / 100))
    waived = capped <= terms.exemption_ht
    return Penalty(
        computed=computed, due=NOTHING if waived else capped, is_capped=capped < computed, is_waived=waived
    )


def _of_one(terms: PenaltyTerms, delay: Delay) -> Decimal:
    counted = max(0, delay.days_late - terms.grace_days)
    if terms.daily_ht is not None:
        return to_cents(terms.daily_ht * counted)
    return to_cents(delay.late_ht * counted / terms.divisor)
