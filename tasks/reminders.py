"""Reminding the people awaited at a gate, then those above them."""

from datetime import timedelta

from sqlmodel import Session

from models.organisation import Role
from models.process import stage_of
from models.procurement import Procurement, Seat, StageVisit
from tasks import clock, dispatch, messages, outbox, people, seats, transitions
from tasks.steps import step
from tasks.store import transaction

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
    messages.send_pending()
    dispatch.deliver(ref)
    return number


def _values(stay: StageVisit) -> dict[str, str | int | list[str] | None]:
    return {
        "etape": stage_of(stay.stage).label,
        "depuis": stay.entered_at.astimezone(clock.PARIS).strftime("%d/%m/%Y"),
        "numero": stay.reminders,
    }


def _remind_seat(session: Session, procurement: Procurement, stay: StageVisit, seat: Seat) -> None:
    for someone in people.seat_holders(session, seat, procurement, clock.today()):
        key = f"{procurement.ref}:{stay.stage}:{stay.visit}:relance:{stay.reminders}:{someone.email}"
        values = {**_values(stay), "nom": someone.name, "courriel": someone.email}
        letter = outbox.Letter(key=key, to=someone.email, template="relance", values=values)
        outbox.write_message(session, letter, procurement)


def _escalate(session: Session, procurement: Procurement, stay: StageVisit, late: list[Seat]) -> None:
    names = [people.seat_name(session, seat) for seat in late]
    above = people.holders(session, [Role.PURCHASING_DIRECTOR, Role.DIRECTOR], clock.today())
    for someone in above:
        key = f"{procurement.ref}:{stay.stage}:{stay.visit}:escalade:{stay.reminders}:{someone.email}"
        values = {**_values(stay), "nom": someone.name, "attendus": names}
        letter = outbox.Letter(key=key, to=someone.email, template="escalade", values=values)
        outbox.write_message(session, letter, procurement)
