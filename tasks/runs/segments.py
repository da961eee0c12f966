"""The steps of a segment that every stage shares: find the next work, leave it, tell people, wait."""

from datetime import datetime
from typing import Any
from uuid import UUID

from prefect import Flow, runtime
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.events import emit_event
from pydantic import BaseModel
from sqlmodel import Session, select
from sqlmodel.sql.expression import SelectOfScalar

from models.journal import Fact, JournalLine
from models.organisation.group import Role
from models.outgoing import happenings
from models.process.procurement import Procurement, Seat, StageVisit
from models.process.table import Action, Final, Gate, Timer, stage_of
from tasks import clock, journal
from tasks.organisation import people
from tasks.outgoing import dispatch, mail, outbox, restored
from tasks.process import decided, leaving, transitions
from tasks.signing import seats, takers
from tasks.signing.purchase_powers import Powers
from tasks.steps import step
from tasks.store import reading, transaction

POINTLESS = "Sans objet"


class Place(BaseModel):
    """The stay of a procurement that a run carries from its start to its end; `token` is its lease."""

    ref: str
    stage: str
    visit: int
    version: int
    label: str
    due_at: datetime | None = None
    title: str = ""
    family: str = ""
    token: str = ""

    @property
    def stay(self) -> leaving.Stay:
        """Return what the run may leave, and nothing else."""
        return leaving.Stay(stage=self.stage, visit=self.visit, version=self.version)

    @property
    def is_action(self) -> bool:
        """Return whether there is work to do here."""
        return isinstance(stage_of(self.stage), Action)


def place(ref: str) -> Place:
    """Return where the procurement stands now."""
    with reading() as session:
        return placed(session, session.get_one(Procurement, ref))


def placed(session: Session, procurement: Procurement, token: str = "") -> Place:
    """Return where a procurement stands, with the lease under which a run works on it."""
    return Place(
        ref=procurement.ref,
        stage=procurement.stage,
        visit=procurement.visit,
        version=procurement.version,
        label=stage_of(procurement.stage).label,
        due_at=transitions.current_visit(session, procurement).due_at,
        title=procurement.title,
        family=procurement.family_code,
        token=token,
    )


def same_stay(here: Place) -> SelectOfScalar[StageVisit]:
    """Return the query of the stay that a run carries."""
    return select(StageVisit).where(
        StageVisit.ref == here.ref, StageVisit.stage == here.stage, StageVisit.visit == here.visit
    )


def run_id() -> str | None:
    """Return the identifier of Prefect's run in which this is called, None outside one."""
    return str(runtime.flow_run.id) if runtime.flow_run.id else None


@step("Prévenir")
def tell(here: Place) -> mail.Sent:
    """Write to the people awaited, or to the buyers when the procurement is over, then send what is waiting.

    Nobody is asked for an answer that somebody gave meanwhile.
    """
    with transaction() as session:
        procurement = transitions.load(session, here.ref)
        stage = stage_of(procurement.stage)
        if here.stay != leaving.Stay.of(procurement):
            pass
        elif isinstance(stage, Gate):
            for seat in seats.asked_now(transitions.seats(session, procurement)):
                _ask_answer(session, procurement, stage, seat)
        elif isinstance(stage, Final):
            _tell_end(session, procurement, stage)
    return mail.send_pending()


def _ask_answer(session: Session, procurement: Procurement, gate: Gate, seat: Seat) -> None:
    visit = transitions.current_visit(session, procurement)
    due = visit.due_at.astimezone(clock.PARIS).strftime("%d/%m/%Y") if visit.due_at else None
    for someone in takers.seat_holders(Powers(session, procurement), seat):
        values: dict[str, str | int | list[str] | None] = {
            "nom": someone.name,
            "courriel": someone.email,
            "etape": gate.label,
            "echeance": due,
            "reponses": [f"{answer.key} ({answer.label})" for answer in gate.answers],
        }
        rank = f":{seat.rank}" if seat.rank > 1 else ""
        key = f"{procurement.ref}:{gate.key}:{procurement.visit}:attente{rank}:{someone.email}"
        awaited = f"{gate.label} : votre réponse est attendue" + (f" pour le {due}" if due else "")
        letter = outbox.Letter(
            key=key, to=someone.email, template="decision_attendue", values=values, lines=[awaited]
        )
        outbox.write_message(session, letter, procurement)


def _tell_end(session: Session, procurement: Procurement, stage: Final) -> None:
    readers = people.holders(session, [Role.BUYER, Role.PURCHASING_DIRECTOR], clock.today())
    for someone in readers:
        key = f"{procurement.ref}:{stage.key}:fin:{someone.email}"
        values: dict[str, str | int | list[str] | None] = {
            "nom": someone.name,
            "etape": stage.label,
            "motif": decided.reason(session, procurement),
        }
        letter = outbox.Letter(key=key, to=someone.email, template="achat_termine", values=values)
        outbox.write_message(session, letter, procurement)


@step("Programmer les échéances")
def settle(here: Place) -> dispatch.Delivery:
    """Ask Prefect for the dated runs of the stay, and note that everything it starts is done."""
    with transaction() as session:
        _wake_again(session, here)
    delivery = dispatch.deliver(here.ref)
    with transaction() as session:
        stay = session.exec(same_stay(here)).one()
        if stay.settled_at is None:
            stay.settled_at = clock.now()
        stay.rests_until = None
    return delivery


def _wake_again(session: Session, here: Place) -> None:
    """Ask for another run at the date of a timer whose own woke too early for a clock to agree."""
    procurement = transitions.load(session, here.ref)
    if here.stay != leaving.Stay.of(procurement) or not isinstance(stage_of(here.stage), Timer):
        return
    due_at = transitions.current_visit(session, procurement).due_at
    runs = outbox.dated(session, here.ref, f"{here.ref}:{here.stage}:{here.visit}:echeance")
    woken = [run for run in runs if run.flow_run_id is not None and run.flow_run_id == run_id()]
    if due_at and woken:
        outbox.ask_run(
            session, outbox.segment(procurement, f":echeance:{len(runs) + 1}", clock.again_at(due_at))
        )


def hindrance() -> str:
    """Return the name of the state in which a run ends that may do nothing: held, or asked for in a former life."""
    if restored.hold():
        return restored.STATE
    here = run_id()
    if here and restored.mark():
        with get_client(sync_client=True) as client:
            if restored.is_of_former_life(client.read_flow_run(UUID(here)).idempotency_key):
                return "Sans objet : demandé avant la restauration"
    return ""


def waiting_name(here: Place | None) -> str:
    """Return the name of the state in which a segment ends: what is awaited, or how the procurement ended.

    A procurement that was moved on meanwhile by another decision has its own next run.
    """
    if here is None:
        return POINTLESS
    return here.label if isinstance(stage_of(here.stage), Final) else f"En attente : {here.label}"


def report_failure(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Write to the administrators and buyers that a segment of the flow failed, and why."""
    ref = str((flow_run.parameters or {}).get("ref", ""))
    with transaction() as session:
        procurement = session.get(Procurement, ref)
        if procurement is None:
            return
        for someone in people.holders(session, [Role.ADMINISTRATOR, Role.BUYER], clock.today()):
            values: dict[str, str | int | list[str] | None] = {
                "nom": someone.name,
                "etape": stage_of(procurement.stage).label,
                "motif": str(state.message or state.name),
            }
            key = f"{ref}:echec:{flow_run.id}:{someone.email}"
            letter = outbox.Letter(key=key, to=someone.email, template="traitement_en_echec", values=values)
            outbox.write_message(session, letter, procurement)
    mail.send_pending()


def resume_unsettled(session: Session, ref: str, reason: str) -> None:
    """Ask for a new segment of a procurement whose own did not end, and say so in the journal."""
    procurement = transitions.load(session, ref)
    stays = session.exec(
        select(JournalLine).where(JournalLine.ref == ref, JournalLine.fact == Fact.RESUMED)
    ).all()
    outbox.ask_run(session, outbox.segment(procurement, f":reprise:{len(stays) + 1}"))
    journal.write(
        session,
        journal.Entry(
            fact=Fact.RESUMED, ref=ref, subject=f"{procurement.stage}/{procurement.visit}", reason=reason
        ),
    )


def stays_to_settle(session: Session) -> list[StageVisit]:
    """Return the present stays whose work, messages or dated runs are not all done, oldest first."""
    query = (
        select(StageVisit)
        .join(Procurement, Procurement.ref == StageVisit.ref)  # type: ignore[arg-type]
        .where(StageVisit.stage == Procurement.stage, StageVisit.visit == Procurement.visit)
        .order_by(StageVisit.id)  # type: ignore[arg-type]
    )
    now = clock.now()
    return [
        stay
        for stay in session.exec(query)
        if stay.settled_at is None
        or (isinstance(stage_of(stay.stage), Timer) and stay.due_at is not None and stay.due_at <= now)
    ]


@step("Annoncer l'étape")
def announce(here: Place) -> None:
    """Emit `ght.procurement.<stage>` for the stage just reached."""
    emit_event(
        event=f"{happenings.PROCUREMENT}.{here.stage}",
        resource={
            "prefect.resource.id": f"{happenings.PROCUREMENT}.{here.ref}",
            "prefect.resource.name": here.title,
        },
        payload={"ref": here.ref, "stage": here.stage, "visit": here.visit, "family": here.family},
    )
