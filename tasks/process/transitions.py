"""Moving a procurement from stage to stage: compare-and-set, timeline, seats, journal, and the run that follows."""

from datetime import datetime, time, timedelta

from pydantic import BaseModel
from sqlmodel import Session, col, select, update

from models.errors import AlreadyDone, BadInput
from models.journal import Fact
from models.process.procurement import Decision, Procurement, Seat, StageVisit
from models.process.table import STAGES, Action, AnyStage, Gate, Timer, destination, stage_of
from tasks import clock, journal
from tasks.delegations import vacancies
from tasks.outgoing import outbox, telling
from tasks.signing import seats as seating
from tasks.store import transaction

ORDER = {stage.key: rank for rank, stage in enumerate(STAGES)}


class Step(BaseModel):
    """Why a procurement moves: who, on what answer, and whether a running segment carries on by itself."""

    actor: str = journal.APPLICATION
    answer: str = "done"
    reason: str = ""
    in_segment: bool = False


def load(session: Session, ref: str) -> Procurement:
    """Return the procurement of that reference, or refuse."""
    found = session.get(Procurement, ref, with_for_update=True, populate_existing=True)
    if found is None:
        raise BadInput(f"Achat inconnu : {ref} (liste : achats statut).")
    return found


def current_visit(session: Session, procurement: Procurement) -> StageVisit:
    """Return the stay at the present stage."""
    return session.exec(
        select(StageVisit).where(
            StageVisit.ref == procurement.ref,
            StageVisit.stage == procurement.stage,
            StageVisit.visit == procurement.visit,
        )
    ).one()


def move(session: Session, procurement: Procurement, to: str, step: Step) -> None:
    """Move to a stage, or raise `AlreadyDone` when another run or person moved it first."""
    before, visit, version = procurement.stage, procurement.visit, procurement.version
    leaving = current_visit(session, procurement)
    target = destination(to, procurement.legal_regime)
    arrival = _next_visit(session, procurement.ref, target)
    leaving = current_visit(session, procurement)
    changed = session.exec(
        update(Procurement)
        .where(col(Procurement.ref) == procurement.ref, col(Procurement.stage) == before)
        .where(col(Procurement.visit) == visit, col(Procurement.version) == version)
        .values(stage=target, visit=arrival, version=version + 1)
    )
    if changed.rowcount != 1:
        raise AlreadyDone(f"{procurement.ref} a déjà quitté l'étape « {stage_of(before).label} ».")
    leaving.left_at, leaving.outcome = clock.now(), step.answer
    outbox.withdraw(session, procurement.ref, before, visit)
    session.refresh(procurement)
    journal.write(
        session,
        journal.Entry(
            fact=Fact.TRANSITION,
            ref=procurement.ref,
            actor=step.actor,
            subject=step.answer,
            before=f"{before}/{visit}",
            after=f"{target}/{arrival}",
            reason=step.reason,
        ),
    )
    _void_after(session, procurement, target)
    enter(session, procurement, step.in_segment)


def _next_visit(session: Session, ref: str, stage: str) -> int:
    visits = session.exec(
        select(StageVisit.visit).where(StageVisit.ref == ref, StageVisit.stage == stage)
    ).all()
    return max(visits, default=0) + 1


def _void_after(session: Session, procurement: Procurement, target: str) -> None:
    """Void the approvals given at the target stage or after it: the file goes back before them."""
    given = select(Decision).where(
        Decision.ref == procurement.ref, col(Decision.voided_at).is_(None), Decision.answer == "approve"
    )
    for decision in session.exec(given):
        if ORDER[decision.stage] >= ORDER[target]:
            decision.voided_at = clock.now()
            journal.write(
                session,
                journal.Entry(
                    fact=Fact.VOIDED,
                    ref=procurement.ref,
                    subject=f"{decision.stage}/{decision.visit}",
                    before=decision.person_email,
                    reason=f"retour à l'étape « {stage_of(target).label} »",
                ),
            )


def enter(session: Session, procurement: Procurement, in_segment: bool) -> None:
    """Open the stage just reached: its place in the timeline, its seats, and the runs that it needs."""
    stage = stage_of(procurement.stage)
    due_at = _due_at(procurement, stage)
    session.add(
        StageVisit(
            ref=procurement.ref,
            stage=stage.key,
            visit=procurement.visit,
            entered_at=clock.now(),
            due_at=due_at,
        )
    )
    session.flush()
    telling.stage_reached(session, procurement, stage.label, is_gate=isinstance(stage, Gate))
    if isinstance(stage, Gate):
        seating.open_seats(session, procurement, stage)
        vacancies.announce(session, procurement)
        if due_at:
            outbox.ask_run(session, outbox.reminder(procurement, 1, due_at))
    if isinstance(stage, Timer) and due_at:
        outbox.ask_run(session, outbox.segment(procurement, ":echeance", due_at))
    if not in_segment:
        outbox.ask_run(session, outbox.segment(procurement))


def _due_at(procurement: Procurement, stage: AnyStage) -> datetime | None:
    """Return the instant at which the stage is due: a timer's date, or the end of a gate's usual time."""
    if isinstance(stage, Timer):
        return getattr(procurement, stage.until)  # type: ignore[no-any-return]
    if isinstance(stage, Gate):
        day = clock.today() + timedelta(days=stage.due_days)
        return datetime.combine(day, time(8), clock.PARIS)
    return None


def seats(session: Session, procurement: Procurement) -> list[Seat]:
    """Return the seats of the present gate, in the order in which they are answered."""
    return seating.of_gate(session, procurement)


def finish(ref: str, stage: str, visit: int, outcome: str = "done", reason: str = "") -> None:
    """Leave an action or a timer whose work is done; do nothing when that very visit was left already."""
    with transaction() as session:
        procurement = load(session, ref)
        if (procurement.stage, procurement.visit) != (stage, visit):
            return
        here = stage_of(stage)
        if not isinstance(here, Action | Timer):
            raise BadInput(f"{ref} attend une décision, pas un traitement ({here.label}).")
        to = here.leads_to
        if outcome == "fallback" and isinstance(here, Action) and here.fallback:
            to = here.fallback
        move(session, procurement, to, Step(answer=outcome, reason=reason, in_segment=True))
