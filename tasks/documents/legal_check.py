"""Comparing the legal frame written in a dossier with the law of its launch day."""

from collections.abc import Iterator
from decimal import Decimal

from models.documents.dossier import Dossier
from models.documents.legal import FORMALISED
from models.documents.legal_sources import legal_frame
from models.law.dated import NoValue

COMPARED = {
    "payment_days": "délai de paiement (jours)",
    "late_interest_points": "majoration des intérêts moratoires (points)",
    "recovery_fee": "indemnité de recouvrement (EUR)",
    "standstill_days": "délai de suspension (jours)",
    "environmental_criterion": "critère environnemental exigé",
    "environmental_condition": "condition environnementale exigée",
    "social_condition": "condition sociale exigée",
    "vigilance_floor": "seuil de vigilance (EUR HT)",
}


def departures(dossier: Dossier) -> list[str]:
    """Return, in French, where the dossier departs from the law of its launch day; for a person to judge."""
    amount = sum((lot.maximum or lot.estimate for lot in dossier.lots), Decimal(0))
    day = dossier.calendar.launched_on
    try:
        law = legal_frame(day, dossier.nature, amount)
    except NoValue as error:
        return [str(error)]
    found = [
        f"{label} : {getattr(dossier.legal, name)} dans le dossier, {getattr(law, name)} au {day:%d/%m/%Y}"
        for name, label in COMPARED.items()
        if getattr(dossier.legal, name) != getattr(law, name)
    ]
    return [*_procedure(dossier, law.is_formalised), *_period(dossier, law.minimum_days), *found]


def _procedure(dossier: Dossier, due: bool) -> Iterator[str]:
    if due and dossier.legal.procedure not in FORMALISED:
        yield "le montant demande une procédure formalisée (sauf motif particulier)"


def _period(dossier: Dossier, minimum: int | None) -> Iterator[str]:
    given = (dossier.calendar.offers_due_at.date() - dossier.calendar.launched_on).days
    if minimum and dossier.legal.is_formalised and given < minimum:
        yield f"{given} jours pour remettre une offre, {minimum} au moins"
