"""Moving a procurement from stage to stage: compare-and-set, timeline, seats, journal, and the run that follows."""

from datetime import datetime, time, timedelta

from sqlmodel import Session, col, select, update

from models.errors import AlreadyDone, BadInput, NotAllowed
from models.journal import Fact
from models.process.procurement import Decision, Procurement, Seat, StageVisit
from models.process.table import STAGES, Action, AnyStage, Gate, Timer, destination, stage_of
from tasks import clock, journal
from tasks.delegations import vacancies
from tasks.outgoing import outbox, telling
from tasks.process.leaving import Cause, Stay, Step, instant, refusal
from tasks.signing import seats as seating
from tasks.store import transaction

ORDER = {stage.key: rank for rank, stage in enumerate(STAGES)}


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


def standing(session: Session, ref: str, visit: int, *stages: str) -> Procurement:
    """Return the procurement while it stands at that visit of one of the stages; `AlreadyDone` once it has moved."""
    procurement = load(session, ref)
    if procurement.stage not in stages or procurement.visit != visit:
        raise _left(ref, stages[0])
    return procurement


def _left(ref: str, stage: str) -> AlreadyDone:
    return AlreadyDone(f"{ref} a déjà quitté l'étape « {stage_of(stage).label} ».")


def move(session: Session, procurement: Procurement, to: str, step: Step) -> None:
    """Leave the stay that the step names, and no other; the only function that changes where a procurement stands.

    Raises `AlreadyDone` when another run or person left it first, `NotAllowed` when the cause may not leave it.
    """
    ref, left = procurement.ref, step.leaving
    if Stay.of(procurement) != left:
        raise _left(ref, left.stage)
    leaving, now = current_visit(session, procurement), instant(session)
    if why := refusal(session, procurement, to, step, now):
        raise NotAllowed(f"{ref} reste à l'étape « {stage_of(left.stage).label} » : {why}.")
    target = destination(to, procurement.legal_regime)
    arrival = _next_visit(session, ref, target)
    changed = session.exec(
        update(Procurement)
        .where(col(Procurement.ref) == ref, col(Procurement.stage) == left.stage)
        .where(col(Procurement.visit) == left.visit, col(Procurement.version) == left.version)
        .values(stage=target, visit=arrival, version=left.version + 1)
    )
    if changed.rowcount != 1:
        raise _left(ref, left.stage)
    leaving.left_at, leaving.outcome = now, step.answer
    outbox.withdraw(session, ref, left.stage, left.visit)
    session.refresh(procurement)
    journal.write(
        session,
        journal.Entry(
            fact=Fact.TRANSITION,
            ref=ref,
            actor=step.actor,
            subject=step.answer,
            before=f"{left.stage}/{left.visit}",
            after=f"{target}/{arrival}",
            reason=step.reason,
        ),
        at=now,
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
        if (procurement.stage, procurement.visit) == (stage, visit):
            leave(session, procurement, Stay.of(procurement), outcome, reason)


def leave(session: Session, procurement: Procurement, stay: Stay, outcome: str, reason: str = "") -> None:
    """Leave a stay whose own work is done, or whose own date has come, for where its row of the process leads.

    `fallback` is the outcome of an action whose work shows that the file must go back.
    """
    here = stage_of(stay.stage)
    if not isinstance(here, Action | Timer):
        raise BadInput(f"{procurement.ref} attend une décision, pas un traitement ({here.label}).")
    to = here.leads_to
    if outcome == "fallback" and isinstance(here, Action) and here.fallback:
        to = here.fallback
    cause = Cause.DATE if isinstance(here, Timer) else Cause.WORK
    step = Step(leaving=stay, cause=cause, answer=outcome, reason=reason, in_segment=True)
    move(session, procurement, to, step)
