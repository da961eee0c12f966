"""Backward planning (rétroplanning): from the day a contract must start back to the last day to begin.

Each milestone is the latest day on which its stage begins. Legal periods count calendar days, date to date;
the organisation's own durations count working days; people act, and tenders close, on working days only
(règlement (CEE, Euratom) n° 1182/71 art. 3).
"""

from datetime import date, timedelta

from models.law.dated import Frozen, Status, article_of, dated, days
from models.law.days import ONE_DAY, working_day_before, working_days_before
from models.law.exemptions import BridgingOption
from models.law.timetable import TIMETABLES, Pace, PlannedProcedure, Shortcut, Step

__all__ = [
    "Milestone",
    "Plan",
    "PlanRequest",
    "PlannedProcedure",
    "Shortcut",
    "Shortening",
    "alert_date",
    "plan",
]


class PlanRequest(Frozen):
    """What to plan: a procedure, the first day of the contract, and how candidates are written to."""

    procedure: PlannedProcedure
    starts_on: date
    electronic: bool = True
    shortcut: Shortcut | None = None


class Milestone(Frozen):
    """The latest day on which a stage begins, and what fixes the time it takes."""

    stage: str
    label: str
    on: date
    ground: str
    is_legal: bool
    length: int
    in_working_days: bool


class Shortening(Frozen):
    """What the code allows for starting later: days gained, its ground and its condition."""

    shortcut: Shortcut
    days_gained: int
    ground: str
    condition: str
    feasible: bool


class Plan(Frozen):
    """A backward planning and what it says of today."""

    procedure: PlannedProcedure
    starts_on: date
    today: date
    milestones: tuple[Milestone, ...]
    latest_start: date
    feasible: bool
    days_late: int
    shortenings: tuple[Shortening, ...]
    bridging: tuple[BridgingOption, ...]

    @property
    def own_working_days(self) -> int:
        """The working days that the organisation gives itself, and may shorten by its own decision."""
        return sum(one.length for one in self.milestones if one.in_working_days)


CONDITIONS = {
    Shortcut.PRIOR_NOTICE: "avis de préinformation complet, envoyé dans les délais de l'article",
    Shortcut.URGENCY: "urgence dûment justifiée, motivée au dossier",
    Shortcut.AGREEMENT: "délai fixé d'un commun accord avec tous les candidats sélectionnés",
}


def plan(request: PlanRequest, today: date) -> Plan:
    """Return the milestones of a purchase, its latest start and whether it is feasible from today.

    Raises `NoValueYet` when it would reach back before the first known periods.
    """
    milestones = _milestones(request)
    latest = milestones[0].on
    late = max(0, (today - latest).days)
    return Plan(
        procedure=request.procedure,
        starts_on=request.starts_on,
        today=today,
        milestones=milestones,
        latest_start=latest,
        feasible=late == 0,
        days_late=late,
        shortenings=_shortenings(request, latest, today),
        bridging=tuple(BridgingOption) if late else (),
    )


def latest_start(request: PlanRequest) -> date:
    """Return the last day on which the purchase can begin and still start on time."""
    end = _notified_by(request)
    for step in reversed(TIMETABLES[request.procedure]):
        end, _ = _begin(step, end, request)
    return end


def alert_date(ends_on: date, procedure: PlannedProcedure) -> date:
    """Return the day on which the renewal of a contract ending that day must be put before people.

    It is the latest start of a contract that follows without a gap, less the margin of the organisation.
    """
    latest = latest_start(PlanRequest(procedure=procedure, starts_on=ends_on + ONE_DAY))
    return latest - timedelta(days=days("marge_alerte", on=latest))


def _milestones(request: PlanRequest) -> tuple[Milestone, ...]:
    end = _notified_by(request)
    found: list[Milestone] = []
    for step in reversed(TIMETABLES[request.procedure]):
        found.append(_milestone(step, end, request))
        end = found[-1].on
    return tuple(reversed(found))


def _notified_by(request: PlanRequest) -> date:
    """Return the last working day for the holder to be notified and still get ready."""
    start = request.starts_on
    return working_day_before(start - timedelta(days=days("duree_mise_en_place", on=start)))


def _begin(step: Step, end: date, request: PlanRequest) -> tuple[date, int]:
    """Return the latest day on which a stage begins so that the next one begins on `end`, and its length."""
    figure = step.figure_for(request.electronic, request.shortcut)
    if step.pace is Pace.WORK:
        length = days(figure, on=end)
        return working_days_before(end, length), length
    if step.pace is Pace.TENDER:
        end = working_days_before(end, 1)  # the closing day is whole: people act from the next working day
    length = _period(figure, end) + (_safety(end) if step.stage == "standstill" else 0)
    return working_day_before(end - timedelta(days=length)), length


def _milestone(step: Step, end: date, request: PlanRequest) -> Milestone:
    """Return the milestone of a stage whose successor begins on `end`."""
    begin, length = _begin(step, end, request)
    figure = step.figure_for(request.electronic, request.shortcut)
    unit = ("jour ouvré" if length < 2 else "jours ouvrés") if step.pace is Pace.WORK else "jours"
    return Milestone(
        stage=step.stage,
        label=step.label,
        on=begin,
        ground=f"{article_of(figure)} ({length} {unit})",
        is_legal=dated(figure, on=end).status is not Status.PROPOSITION,
        length=length,
        in_working_days=step.pace is Pace.WORK,
    )


def _period(figure: str, end: date) -> int:
    """Return a period in force both on the day it ends and on the day it begins: the longer if it changed."""
    length = days(figure, on=end)
    return max(length, days(figure, on=end - timedelta(days=length)))


def _safety(end: date) -> int:
    return days("standstill_jours_de_securite", on=end)


def _shortenings(request: PlanRequest, latest: date, today: date) -> tuple[Shortening, ...]:
    """Return what the code allows beyond what the request already uses, the greatest gain first."""
    found = []
    for shortcut in Shortcut:
        steps = [s for s in TIMETABLES[request.procedure] if shortcut in s.shortened]
        if request.shortcut or not steps:
            continue
        start = latest_start(request.model_copy(update={"shortcut": shortcut}))
        articles = dict.fromkeys(article_of(step.shortened[shortcut]) for step in steps)
        found.append(
            Shortening(
                shortcut=shortcut,
                days_gained=(start - latest).days,
                ground=" ; ".join(articles),
                condition=CONDITIONS[shortcut],
                feasible=today <= start,
            )
        )
    return tuple(sorted(found, key=lambda one: -one.days_gained))
