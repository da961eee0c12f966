"""Reminding the people awaited at a gate, then those above them."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from models.organisation.group import Role
from models.process.procurement import Lock, Procurement, Seat, StageVisit
from models.process.table import Gate, stage_of
from models.risks.register import Level
from models.risks.watch import Finding
from tasks import clock
from tasks.organisation import people
from tasks.outgoing import dispatch, mail, outbox
from tasks.process import transitions
from tasks.signing import seats, takers
from tasks.signing.purchase_powers import Powers
from tasks.steps import step
from tasks.store import reading, transaction

EVERY = timedelta(days=3)
ESCALATE_AFTER = 1


@step("Relancer")
def remind(ref: str, stage: str, visit: int) -> int:
    """Write the next reminder of a gate that is open past its date; return its number, 0 when none is due."""
    with transaction() as session:
        procurement = transitions.load(session, ref)
        if (procurement.stage, procurement.visit) != (stage, visit):
            return 0
        stay = transitions.current_visit(session, procurement)
        late = seats.asked_now(transitions.seats(session, procurement))
        if not late or stay.due_at is None or stay.due_at + EVERY * stay.reminders > clock.now():
            return 0
        stay.reminders += 1
        for seat in late:
            _remind_seat(session, procurement, stay, seat)
        if stay.reminders > ESCALATE_AFTER:
            _escalate(session, procurement, stay, late)
        outbox.ask_run(
            session, outbox.reminder(procurement, stay.reminders + 1, stay.due_at + EVERY * stay.reminders)
        )
        number = stay.reminders
    mail.send_pending()
    dispatch.deliver(ref)
    return number


def await_date(ref: str, stage: str, visit: int, run_id: str) -> None:
    """Wait for the date of the next reminder when its run woke a little early, by a clock behind Prefect's.

    A run that woke much earlier asks for another: its reminder is not lost. Other runs than the dated one do nothing.
    """
    with reading() as session:
        procurement = session.get_one(Procurement, ref)
        stay = transitions.current_visit(session, procurement)
        if (procurement.stage, procurement.visit) != (stage, visit) or stay.due_at is None:
            return
        due_at, number = stay.due_at + EVERY * stay.reminders, stay.reminders + 1
        asked = outbox.dated(session, ref, f"{ref}:{stage}:{visit}:relance:{number}")
    if run_id in {run.flow_run_id for run in asked} and not clock.wait_for(due_at):
        again = outbox.reminder(procurement, number, clock.again_at(due_at))
        again.key = f"{again.key}:encore{len(asked)}"
        with transaction() as session:
            outbox.ask_run(session, again)
        dispatch.deliver(ref)


def _values(stay: StageVisit) -> dict[str, str | int | list[str] | None]:
    return {
        "etape": stage_of(stay.stage).label,
        "depuis": stay.entered_at.astimezone(clock.PARIS).strftime("%d/%m/%Y"),
        "numero": stay.reminders,
    }


def _remind_seat(session: Session, procurement: Procurement, stay: StageVisit, seat: Seat) -> None:
    for someone in takers.seat_holders(Powers(session, procurement), seat):
        key = f"{procurement.ref}:{stay.stage}:{stay.visit}:relance:{stay.reminders}:{someone.email}"
        values = {**_values(stay), "nom": someone.name, "courriel": someone.email}
        letter = outbox.Letter(key=key, to=someone.email, template="relance", values=values)
        outbox.write_message(session, letter, procurement)


def _escalate(session: Session, procurement: Procurement, stay: StageVisit, late: list[Seat]) -> None:
    names = [takers.seat_name(session, seat) for seat in late]
    above = people.holders(session, [Role.PURCHASING_DIRECTOR, Role.DIRECTOR], clock.today())
    for someone in above:
        key = f"{procurement.ref}:{stay.stage}:{stay.visit}:escalade:{stay.reminders}:{someone.email}"
        values = {**_values(stay), "nom": someone.name, "attendus": names}
        letter = outbox.Letter(key=key, to=someone.email, template="escalade", values=values)
        outbox.write_message(session, letter, procurement)


def check(at: datetime) -> list[Finding]:
    """Remind every gate past its date whose own reminder did not come; return those reminded now."""
    with reading() as session:
        stays = session.exec(
            select(StageVisit, Procurement)
            .join(Procurement, col(Procurement.ref) == col(StageVisit.ref))
            .where(StageVisit.stage == Procurement.stage, StageVisit.visit == Procurement.visit)
            .where(col(StageVisit.due_at) <= at)
        ).all()
        locked = _locked(session)
    found = []
    for stay, procurement in stays:
        gate = stage_of(stay.stage)
        if not isinstance(gate, Gate) or (gate.locked and stay.ref in locked):
            continue
        if number := remind.fn(stay.ref, stay.stage, stay.visit):
            found.append(
                Finding(
                    cle=f"{stay.ref}:{stay.stage}:{stay.visit}",
                    niveau=Level.AMBER,
                    objet=f"{procurement.title} — {gate.label}",
                    echeance=stay.due_at.astimezone(clock.PARIS).date() if stay.due_at else None,
                    action=f"relance {number}",
                )
            )
    return found


def _locked(session: Session) -> set[str]:
    return set(session.exec(select(Lock.ref).where(col(Lock.lifted_at).is_(None))))
