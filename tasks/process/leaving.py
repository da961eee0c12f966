"""What may leave a stay: each kind of stage has its own cause, and a date is judged by one clock for every machine."""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session, select

from models.process.procurement import Decision, Procurement, StageVisit
from models.process.table import Action, AnyStage, Final, Gate, Timer, stage_of
from tasks import clock, journal, store


class Cause(StrEnum):
    """What may leave a stay, and of which kind of stage."""

    WORK = "traitement"  # an action, whose own work is done
    DATE = "échéance"  # a timer, whose own date has come
    ANSWER = "réponse"  # a gate, by an answer that is recorded there
    RULING = "décision extérieure"  # any stage: a judge, a grouping, entered by a person


RULED = ("abandoned", "analysis", "without_follow_up")
"""Where a decision taken outside the gates may lead."""
AGREED = timedelta(milliseconds=50)  # two clocks that differ by less say the same


class Stay(BaseModel):
    """The stay that somebody means to leave: a procurement that moved meanwhile is no longer there."""

    model_config = ConfigDict(frozen=True)

    stage: str
    visit: int
    version: int

    @classmethod
    def of(cls, procurement: Procurement) -> "Stay":
        """Return where a procurement stands."""
        return cls(stage=procurement.stage, visit=procurement.visit, version=procurement.version)


class Step(BaseModel):
    """Why a procurement moves: what is left, by which cause, who, on what answer.

    `in_segment` when a running segment carries on by itself.
    """

    leaving: Stay
    cause: Cause
    actor: str = journal.APPLICATION
    answer: str = "done"
    reason: str = ""
    in_segment: bool = False


def instant(session: Session) -> datetime:
    """Return the present instant by which legal dates are judged: the clock of the database, shared by every machine.

    A machine whose own clock is ahead closes nothing early; one that is behind holds nothing up.
    """
    ahead = store.instant(session) - clock.machine()
    return clock.now() + (ahead if abs(ahead) > AGREED else timedelta())


def refusal(session: Session, procurement: Procurement, to: str, step: Step, now: datetime) -> str:
    """Return why a cause may not leave the present stage for another, empty when it may."""
    here = stage_of(procurement.stage)
    if step.cause is Cause.RULING:
        by_person = step.actor != journal.APPLICATION and not isinstance(here, Final)
        return "" if by_person and to in RULED else "aucune décision extérieure ne mène là"
    if to not in _leads(here, step.cause):
        return f"rien de tel n'y mène ({step.cause.value})"
    if isinstance(here, Timer):
        return _not_due(session, procurement, here, now)
    if isinstance(here, Gate) and not _is_answered(session, procurement, here, to, step):
        return "cette étape attend une décision"
    return ""


def _leads(here: AnyStage, cause: Cause) -> tuple[str | None, ...]:
    """Return where a cause may lead from a stage: none when it is the cause of another kind of stage."""
    match here, cause:
        case Action(), Cause.WORK:
            return (here.leads_to, here.fallback)
        case Timer(), Cause.DATE:
            return (here.leads_to,)
        case Gate(), Cause.ANSWER:
            return tuple(answer.leads_to for answer in here.answers)
        case _:
            return ()


def _not_due(session: Session, procurement: Procurement, timer: Timer, now: datetime) -> str:
    """Return why a timer may not be left yet: its date is missing or to come, in its stay or in the procurement."""
    dates = (_stay(session, procurement).due_at, getattr(procurement, timer.until))
    if any(date is None for date in dates):
        return "sa date n'est pas fixée"
    return (
        ""
        if max(dates) <= now
        else f"sa date, {max(dates).astimezone(clock.PARIS):%d/%m/%Y %H:%M:%S}, n'est pas venue"
    )


def _is_answered(session: Session, procurement: Procurement, gate: Gate, to: str, step: Step) -> bool:
    """Return whether the answer that moves a gate is one of its own, leads there, and is recorded there."""
    answer = gate.answer(step.answer)
    if answer is None or answer.leads_to != to:
        return False
    given = select(Decision.id).where(
        Decision.ref == procurement.ref,
        Decision.stage == gate.key,
        Decision.visit == procurement.visit,
        Decision.answer == step.answer,
        Decision.person_email == step.actor,
    )
    return session.exec(given).first() is not None


def _stay(session: Session, procurement: Procurement) -> StageVisit:
    query = select(StageVisit).where(
        StageVisit.ref == procurement.ref,
        StageVisit.stage == procurement.stage,
        StageVisit.visit == procurement.visit,
    )
    return session.exec(query).one()
