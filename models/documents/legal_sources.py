"""The legal frame of a consultation, taken from the dated figures of `models.law`."""

import re
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from models.documents.legal import LegalFrame, PenaltyRule, ProcedureKind
from models.law.dated import Law
from models.law.need import FAMILY, Nature, Need, Procedure
from models.law.regime import Regime, regime_for

DEFAULT_KIND: Final[dict[Procedure, ProcedureKind]] = {
    Procedure.WITHOUT_PUBLICITY: "gre_a_gre",
    Procedure.MAPA: "mapa",
    Procedure.FORMALISED: "appel_offres_ouvert",
}
GROUNDS: Final[dict[ProcedureKind, str]] = {
    "gre_a_gre": "art. R. 2122-8",
    "mapa": "art. L. 2123-1 et R. 2123-1 à R. 2123-7",
    "appel_offres_ouvert": "art. L. 2124-2, R. 2124-2 et R. 2161-2 à R. 2161-5",
    "appel_offres_restreint": "art. L. 2124-2, R. 2124-2 et R. 2161-6 à R. 2161-11",
    "procedure_avec_negociation": "art. L. 2124-3, R. 2124-3 et R. 2161-12 à R. 2161-20",
}


def legal_frame(
    day: date,
    nature: Literal["fournitures", "services", "travaux"],
    amount: Decimal,
    *,
    advance_base: Decimal = Decimal(0),
    months: int = 0,
) -> LegalFrame:
    """Return the frame for a need of that amount (EUR HT, whole duration) launched that day.

    The advance is owed above a floor, on the minimum of a framework (CCP art. R. 2191-3, R. 2191-17).
    """
    return frame_of(
        regime_for(Need(nature=Nature(nature), amount_ht=amount, launched_on=day)), advance_base, months
    )


def frame_of(regime: Regime, advance_base: Decimal, months: int) -> LegalFrame:
    """Return the frame of a frozen regime, with the execution figures of its launch day."""
    law = Law(regime.launched_on)
    kind = DEFAULT_KIND[regime.procedure]
    return LegalFrame(
        procedure=kind,
        ground=_glued(GROUNDS[kind]),
        payment_days=regime.payment_days,
        late_interest_points=law.value("interets_majoration"),
        recovery_fee=law.value("indemnite_recouvrement"),
        standstill_days=regime.standstill_days,
        minimum_days=regime.tender_days,
        penalty=_penalty(regime, law),
        advance_rate=_advance_rate(advance_base, months, law),
        vigilance_floor=law.value("attestation_vigilance_montant"),
        vigilance_months=law.days("attestation_vigilance_periode"),
        validity_action_months=law.days("recours_validite"),
        environmental_criterion=regime.environmental_criterion,
        environmental_condition=regime.environmental_condition,
        social_condition=regime.social_condition,
    )


def _glued(text: str) -> str:
    """Return a reference whose article numbers stay on one line."""
    return re.sub(r"(art\.|\b[LRD]\.) (?=[LRD\d])", "\\1\u00a0", text)


def _penalty(regime: Regime, law: Law) -> PenaltyRule:
    works = FAMILY[regime.nature] == "travaux"
    divisor = "penalites_diviseur_travaux_pi" if works else "penalites_diviseur_fournitures_services"
    return PenaltyRule(
        divisor=law.days(divisor),
        cap=law.value("penalites_plafond"),
        exemption=law.value("penalites_exoneration"),
        observation_days=law.days("penalites_observations"),
        article=_glued("art. 19" if works else "art. 14"),
    )


def _advance_rate(base: Decimal, months: int, law: Law) -> Decimal | None:
    """Return the legal minimum rate, or None when no advance is owed."""
    owed = base > law.value("avance_montant_minimal") and months > law.days("avance_duree_minimale")
    return law.value("avance_taux_minimal") if owed else None
