"""`python -m tests.chaos.people`: everyone answers, candidates tender, and time passes once all wait for a date."""

import sys
import time
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, func, select

from models.process.procurement import Procurement, StageVisit, Tender
from models.process.table import Final, Timer, stage_of
from tasks.settings import join_prefect

PAUSE = 1.0


def say(text: str) -> None:
    """Write a line with the time."""
    sys.stdout.write(f"{datetime.now(UTC):%H:%M:%S} {text}\n")
    sys.stdout.flush()


def answer() -> None:
    """Give the favourable answer of everyone awaited."""
    from models.errors import Refused
    from tasks.gates.decisions import Reply, decide
    from tasks.outgoing import dispatch
    from tasks.rehearsal import playing as rehearsal
    from tasks.views import status

    ranks: dict[str, int] = {}
    for task in status.to_do():
        rank = ranks.get(task.ref, 0)
        ranks[task.ref] = rank + 1
        reply = rehearsal.reply_to(task, rank if task.stage == "opening" else 0)
        try:
            decide(
                task.ref,
                Reply(person=reply.person, answer=reply.answer, fields=reply.fields, stage=task.stage),
            )
        except Refused as refusal:
            say(f"{task.ref} {task.stage} : {refusal}")
            continue
        dispatch.deliver(task.ref)


def tender(session: Session, ref: str) -> None:
    """Deposit three tenders in time; the same file twice is one tender."""
    from tasks.rehearsal import playing as rehearsal
    from tasks.tendering import tenders

    known = session.exec(select(func.count()).where(Tender.ref == ref)).one()
    if known < len(rehearsal.CANDIDATES):
        for file in rehearsal.write_tenders(ref)[:-1]:
            tenders.receive(ref, file)


def pass_time() -> None:
    """Move the clock of the home to the next date, once every purchase waits for one and has its tenders."""
    from tasks import clock
    from tasks.outgoing import dispatch
    from tasks.rehearsal import home
    from tasks.store import reading

    with reading() as session:
        rows = session.exec(
            select(Procurement, StageVisit)
            .join(StageVisit, col(StageVisit.ref) == col(Procurement.ref))
            .where(StageVisit.stage == Procurement.stage, StageVisit.visit == Procurement.visit)
        ).all()
        going = [(one, stay) for one, stay in rows if not isinstance(stage_of(one.stage), Final)]
        for one, _ in going:
            if one.stage == "tendering":
                tender(session, one.ref)
    waiting = [stay for one, stay in going if isinstance(stage_of(one.stage), Timer)]
    if not waiting or len(waiting) < len(going):
        return
    dates = [stay.due_at for stay in waiting if stay.due_at]
    if dates and min(dates) > clock.now():
        home.move_to(min(dates) + timedelta(seconds=1))
        say(f"the clock moves to {min(dates):%d/%m/%Y %H:%M}")
        dispatch.reschedule()


def main() -> None:
    """Go on for ever; what fails is tried again."""
    join_prefect()
    say("the people are there")
    while True:
        for part in (answer, pass_time):
            try:
                part()
            except Exception as error:  # noqa: BLE001 (whatever is broken, people come back)
                say(f"{part.__name__} : {type(error).__name__} : {str(error)[:200]}")
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
