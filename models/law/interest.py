"""Late interest (intérêts moratoires) and the flat indemnity (CCP art. R. 2192-31 to D. 2192-35)."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Self

from pydantic import model_validator

from models.errors import BadInput
from models.law.dated import Frozen, Ground, Law, Used
from models.law.days import ONE_DAY, days_after
from models.law.wording import french_day, percent
from models.reading.values import to_cents

NOTHING = Decimal("0.00")


class Payer(StrEnum):
    """Who pays, by its payment period: a public health establishment or another body (R. 2192-10, R. 2192-11)."""

    HEALTH = "etablissement_de_sante"
    OTHER = "autre"

    @property
    def figure(self) -> str:
        """The name of the figure of the payment period."""
        return "delai_paiement" if self is Payer.HEALTH else "delai_paiement_autres"


class Payment(Frozen):
    """A payment: EUR TTC, the days on which the claim was received, the work done (if later), and paid."""

    amount_ttc: Decimal
    received_on: date
    paid_on: date
    executed_on: date | None = None
    payer: Payer = Payer.HEALTH

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.amount_ttc <= 0:
            raise BadInput("Le montant TTC doit être supérieur à zéro.")
        if self.paid_on < self.received_on:
            raise BadInput(
                f"Le paiement du {french_day(self.paid_on)} précède la réception de la demande "
                f"du {french_day(self.received_on)} : corrigez l'une des deux dates."
            )
        return self

    @property
    def runs_from(self) -> date:
        """The day the payment period begins (CCP art. R. 2192-12 and R. 2192-13)."""
        return max(self.received_on, self.executed_on or self.received_on)


class Interest(Frozen):
    """What is due for a late payment, EUR; `rate` in percent, None when the payment is on time."""

    due_on: date
    days_late: int
    rate: Decimal | None
    interest: Decimal
    indemnity: Decimal
    total: Decimal
    grounds: tuple[Ground, ...]
    versions: tuple[Used, ...]


def payment_due_on(runs_from: date) -> date:
    """Return the last day to pay (CCP art. R. 2192-11 1°)."""
    return days_after(runs_from, Law(runs_from).days("delai_paiement"))


def half_year_start(day: date) -> date:
    """Return the first day of the calendar half-year of a day.

    >>> half_year_start(date(2026, 6, 30)), half_year_start(date(2026, 7, 1))
    (datetime.date(2026, 1, 1), datetime.date(2026, 7, 1))
    """
    return date(day.year, 1 if day.month <= 12 // 2 else 1 + 12 // 2, 1)


def late_interest(payment: Payment) -> Interest:
    """Return the interest due, rounded once at the cent.

    Interest runs from the day after the last day to pay, the day of payment included, at the single rate of
    the half-year in which it began. Raises `NoValue` when that rate is not known.
    """
    period = Law(payment.runs_from)
    allowed = period.days(payment.payer.figure)
    due_on = days_after(payment.runs_from, allowed)
    text = f"À payer au plus tard le {french_day(due_on)}, {allowed} jours après la réception."
    ground = period.ground(payment.payer.figure, text)
    late = (payment.paid_on - due_on).days
    if late > 0:
        return _late(payment.amount_ttc, due_on, late, ground, period)
    return Interest(
        due_on=due_on,
        days_late=0,
        rate=None,
        interest=NOTHING,
        indemnity=NOTHING,
        total=NOTHING,
        grounds=(ground,),
        versions=period.used,
    )


def _late(amount_ttc: Decimal, due_on: date, late: int, period_ground: Ground, period: Law) -> Interest:
    law = Law(half_year_start(due_on + ONE_DAY))
    rate = law.value("taux_bce") + law.value("interets_majoration")
    interest = to_cents(amount_ttc * rate / 100 * late / law.value("interets_base_annuelle"))
    indemnity = to_cents(law.value("indemnite_recouvrement"))
    why = f"Taux de la BCE au {french_day(law.on)} majoré : {percent(rate)}."
    return Interest(
        due_on=due_on,
        days_late=late,
        rate=rate,
        interest=interest,
        indemnity=indemnity,
        total=interest + indemnity,
        grounds=(
            period_ground,
            law.ground("taux_bce", why),
            law.ground("indemnite_recouvrement", "Indemnité forfaitaire due pour chaque paiement en retard."),
        ),
        versions=(*period.used, *law.used),
    )
