"""Publication against the calendar: when it was programmed, when it came, who else publishes the same. Pure."""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from models.law.planning import PlannedProcedure, PlanRequest, plan
from models.law.wording import french_day
from models.risks.register import Level

PUBLISHED_BY = ("publication", "quotes")
LATE_DAYS = 30  # beyond it a late publication is red: the level of the organisation, not of the law


class Judged(NamedTuple):
    """What the calendar says of one publication: a level, the fact, the way out."""

    level: Level
    fact: str
    action: str


def programmed_on(procedure: PlannedProcedure, starts_on: date, today: date) -> date:
    """Return the last day to publish so that the contract starts on its day, by the backward planning."""
    made = plan(PlanRequest(procedure=procedure, starts_on=starts_on), today)
    return next(one.on for one in made.milestones if one.stage in PUBLISHED_BY)


def judge_day(planned_on: date, launched_on: date | None, starts_on: date, on: date) -> Judged | None:
    """Return what is wrong with the day of a publication, None when it keeps to its calendar.

    Orange from the day after the one programmed; red thirty days later, or once the contract should have started.
    """
    late = ((launched_on or on) - planned_on).days
    if late <= 0:
        return None
    level = Level.RED if late > LATE_DAYS or on >= starts_on else Level.AMBER
    due = f"programmée au plus tard le {french_day(planned_on)}"
    if launched_on:
        fact = f"publiée le {french_day(launched_on)}, {due} ({late} jours de retard)"
        return Judged(
            level, fact, f"revoir le démarrage prévu le {french_day(starts_on)} ou l'attente permise"
        )
    fact = f"non publiée, {due} ({late} jours de retard)"
    return Judged(
        level, fact, "publier, raccourcir ce que la loi permet, ou reporter le démarrage au calendrier"
    )


def judge_same_cpv(houses: Collection[str], under_way: Collection[str]) -> Judged | None:
    """Return what is wrong when the same CPV is published twice within twelve months, None for a single one.

    Red when two establishments publish (the need is that of the group), orange for two consultations of the support
    establishment under way together.
    """
    if len(houses) > 1:
        return Judged(
            Level.RED,
            f"publié par {' et '.join(sorted(houses))} en douze mois",
            "suspendre la consultation la plus récente, regrouper le besoin (CCP art. R. 2121-6) et le confier à "
            "l'établissement support (CSP art. L. 6132-3)",
        )
    if len(under_way) > 1:
        return Judged(
            Level.AMBER,
            f"{len(under_way)} consultations en cours : {', '.join(sorted(under_way))}",
            "regrouper les consultations, ou motiver la séparation au dossier ; les besoins s'additionnent",
        )
    return None


WITHOUT_DATE = Judged(
    Level.AMBER,
    "publiée sans date de démarrage au calendrier",
    "donner la date de démarrage du marché, ou inscrire l'achat au calendrier du groupement",
)
"""What is said of a consultation launched that no calendar had planned."""
