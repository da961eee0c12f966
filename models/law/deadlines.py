"""Deadlines counted from an event: signature, notices, data, appeals, keeping of files. All in calendar days.

A period is counted from date to date: sent on 28 December, a wait of sixteen days ends on 12 January at
midnight and the contract is signed on 13 January at the earliest (CCP art. R. 2182-1).
"""

from datetime import date, datetime, timedelta

from models.law.dated import Frozen, Law
from models.law.days import days_after, months_after, working_day_from, years_after
from models.law.need import Nature
from models.law.regime import Regime


def earliest_signature(sent_on: date, days: int) -> date:
    """Return the first day on which the contract may be signed after the rejections were sent.

    >>> earliest_signature(date(2026, 12, 28), 16)
    datetime.date(2027, 1, 13)
    """
    return days_after(sent_on, days)


def standstill_for(regime: Regime, *, electronic: bool = True, tenderers: int = 2) -> int | None:
    """Return the standstill in days, None when none is due (no formalised procedure, or a sole tenderer)."""
    if tenderers <= 1:
        return None
    return regime.standstill_days if electronic else regime.standstill_days_paper


def earliest_closing(notice_sent_on: date, days: int) -> date:
    """Return the last day of the period for tenders: it ends with its last hour (règlement n° 1182/71 art. 3).

    The day of the sending is not counted; a last day off moves to the next worked day.
    """
    return working_day_from(days_after(notice_sent_on, days))


def first_closing(notice_sent_on: date, days: int) -> date:
    """Return the first worked day at any hour of which tenders may close: the last day of the period is whole.

    >>> first_closing(date(2026, 12, 14), 30)
    datetime.date(2027, 1, 14)
    """
    return working_day_from(days_after(earliest_closing(notice_sent_on, days), 1))


def leaves_enough(notice_sent_on: date, closing: datetime, days: int) -> bool:
    """Return whether a closing, an instant of the legal calendar, leaves tenderers the whole period.

    >>> leaves_enough(date(2026, 11, 2), datetime(2026, 12, 2, 12), 30)
    False
    >>> leaves_enough(date(2026, 11, 2), datetime(2026, 12, 2, 23, 59), 30)
    True
    >>> leaves_enough(date(2026, 11, 2), datetime(2026, 12, 3, 12), 30)
    True
    """
    return (closing + timedelta(minutes=1)).date() > earliest_closing(notice_sent_on, days)


def prior_notice_holds(prior_notice_on: date, notice_on: date) -> bool:
    """Return whether a prior notice (avis de préinformation) is neither too late nor too old (R. 2161-3)."""
    law = Law(notice_on)
    latest = notice_on - timedelta(days=law.days("preinformation_minimum"))
    oldest = months_after(notice_on, -law.days("preinformation_maximum"))
    return oldest <= prior_notice_on <= latest


def award_notice_by(signed_on: date) -> date:
    """Return the last day to send the award notice (CCP art. R. 2183-1)."""
    return days_after(signed_on, Law(signed_on).days("delai_avis_attribution"))


def essential_data_by(notified_on: date) -> date:
    """Return the last day to publish essential data after a notification or modification (R. 2196-1)."""
    return months_after(notified_on, Law(notified_on).days("delai_donnees_essentielles"))


def rejection_motives_by(asked_on: date) -> date:
    """Return the last day to answer a rejected candidate who asks why (R. 2181-2, R. 2181-4)."""
    return days_after(asked_on, Law(asked_on).days("delai_motifs_du_rejet"))


def subcontractor_accepted_on(received_on: date) -> date:
    """Return the day from which silence accepts a subcontractor (R. 2193-4)."""
    return days_after(received_on, Law(received_on).days("sous_traitance_silence"))


def authorising_share(received_on: date) -> int:
    """Return the days left to the ordonnateur within the payment period (décret n° 2013-269)."""
    law = Law(received_on)
    return law.days("delai_paiement") - law.days("delai_comptable")


def vigilance_due_on(previous_on: date) -> date:
    """Return the day of the next certificate of vigilance (code du travail art. D. 8222-5)."""
    return months_after(previous_on, Law(previous_on).days("attestation_vigilance_periode"))


class Keeping(Frozen):
    """The last day on which files must be kept (CCP art. R. 2184-12 and R. 2184-13)."""

    tenders_until: date
    contract_until: date


def keeping(nature: Nature, signed_on: date, ended_on: date) -> Keeping:
    """Return until when tenders (from the signature) and contract (from the end of execution) are kept."""
    kind = "travaux" if nature is Nature.WORKS else "fournitures_services"
    return Keeping(
        tenders_until=years_after(signed_on, Law(signed_on).days("conservation_candidatures_offres")),
        contract_until=years_after(ended_on, Law(ended_on).days(f"conservation_{kind}")),
    )


class InterimProceedings(Frozen):
    """Days of a référé précontractuel: no signature until the decision is notified (CJA art. L. 551-4)."""

    not_before: date
    expected_by: date


def interim_proceedings(
    decision_sent_on: date, filed_on: date, *, electronic: bool = True
) -> InterimProceedings:
    """Return before which day the judge does not rule, and by which day he should (CJA art. R. 551-5)."""
    law = Law(filed_on)
    wait = law.days("refere_pas_avant_electronique" if electronic else "refere_pas_avant_autre")
    return InterimProceedings(
        not_before=days_after(decision_sent_on, wait),
        expected_by=days_after(filed_on, law.days("refere_jugement")),
    )


def contractual_appeal_until(concluded_on: date, award_notice_on: date | None) -> date:
    """Return the last day of a référé contractuel (CJA art. R. 551-7)."""
    if award_notice_on:
        return days_after(award_notice_on, Law(award_notice_on).days("refere_contractuel_avec_avis"))
    return months_after(concluded_on, Law(concluded_on).days("refere_contractuel_sans_avis"))


def validity_appeal_until(known_on: date, *, published: bool) -> date:
    """Return the last day of an action against the contract (CE 4 April 2014; CE 19 July 2023)."""
    law = Law(known_on)
    if (
        published
    ):  # a délai franc: the day of the end is not counted either; extended past days off (CE n° 362568)
        return working_day_from(days_after(months_after(known_on, law.days("recours_validite")), 1))
    return years_after(known_on, law.days("recours_validite_delai_raisonnable"))
