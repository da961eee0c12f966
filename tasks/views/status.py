"""Where procurements stand, who is awaited and what was made: what people read on the command line and in the pages.

Each answer is built for who reads it: pages and API ask for a viewer, what Prefect shows is for anyone of the group,
and the command line, which the operator runs beside the database, gives no viewer and reads everything.
"""

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import BaseModel, Field
from sqlmodel import Session, col, select

from models.access.sight import Viewer, sees_document, sees_signatures
from models.errors import BadInput
from models.law.regime import Regime
from models.organisation.group import Person
from models.process.procurement import Procurement, Seat, StageVisit
from models.process.table import Gate, Timer, stage_of
from tasks import clock
from tasks.access import sessions
from tasks.delegations import vacancies
from tasks.gates import examples
from tasks.organisation import people
from tasks.process import transitions
from tasks.signing import seats, takers
from tasks.signing.purchase_powers import Powers
from tasks.store import reading
from tasks.views import rows, work
from tasks.views.rows import Rows


class Awaited(BaseModel):
    """Someone who is awaited: a role (and who holds it), since when and for when."""

    role: str
    holders: list[str] = Field(serialization_alias="personnes")
    since: date
    due: date | None


class KeptDocument(BaseModel):
    """A document of the procurement; `path` is relative to the home directory."""

    kind: str
    title: str
    version: int
    recipient: str
    path: str
    sha256: str


class Signed(BaseModel):
    """A signature given: the act, by whom, on what power, how the person was identified, what was signed."""

    acte: str
    personne: str
    delegation: str | None  # None: own power
    signe_le: datetime
    preuve: str
    document: str
    sha256: str


class Moment(BaseModel):
    """A stay at a stage."""

    stage: str
    label: str
    visit: int
    entered_at: datetime
    left_at: datetime | None
    outcome: str | None


class Status(BaseModel):
    """Where one procurement stands."""

    ref: str
    objet: str
    family: str = Field(serialization_alias="famille")
    amount_ht: str = Field(serialization_alias="montant_ht")
    stage: str
    label: str
    visit: int
    due_at: datetime | None = Field(serialization_alias="echeance")
    awaiting: list[Awaited]
    locks: list[str] = Field(serialization_alias="verrous")
    # Acts that nobody may sign, with the reason that comes closest to a yes.
    alerts: list[str] = Field(serialization_alias="alertes")
    regime: Regime | None
    launched_on: date | None = Field(serialization_alias="lance_le")
    notified_on: date | None = Field(serialization_alias="notifie_le")
    documents: list[KeptDocument]
    timeline: list[Moment]
    # What the group asks of signatories: declaration or code.
    proof: str = Field(serialization_alias="preuve_identite")
    signatures: list[Signed]


class Row(BaseModel):
    """One line of the portfolio."""

    ref: str
    objet: str
    family: str = Field(serialization_alias="famille")
    stage: str
    label: str
    awaited: str = Field(serialization_alias="attendu")
    due: date | None = Field(serialization_alias="echeance")
    days: int | None = Field(serialization_alias="jours")  # left before that date, negative when late


class PossibleAnswer(BaseModel):
    """An answer that may be given, with the JSON Schema of its form."""

    reponse: str
    libelle: str
    mene_a: str
    champs: dict[str, object]


class Task(BaseModel):
    """A gate at which an answer is awaited from someone."""

    ref: str
    objet: str
    stage: str
    label: str
    ask: str = Field(serialization_alias="attendu")
    holders: list[str] = Field(serialization_alias="personnes")
    since: date = Field(serialization_alias="depuis")
    due: date | None = Field(serialization_alias="echeance")
    alerts: list[str] = Field(serialization_alias="alertes")
    answers: list[PossibleAnswer] = Field(serialization_alias="reponses")
    example: dict[str, object] = Field(serialization_alias="exemple")


def _paris_day(instant: datetime | None) -> date | None:
    return instant.astimezone(clock.PARIS).date() if instant else None


def awaited(
    powers: Powers, places: Sequence[Seat], visit: StageVisit, viewer: Viewer | None = None
) -> list[Awaited]:
    """Return who is awaited at seats of the present gate; outside the team a viewer reads of herself."""
    now = seats.asked_now(places)
    return [
        Awaited(
            role=name,
            holders=[
                someone.email
                for someone in takers.seat_holders(powers, seat)
                if viewer is None or viewer.runs_purchases or viewer.email == someone.email
            ],
            since=seat.opened_at.astimezone(clock.PARIS).date(),
            due=_paris_day(visit.due_at),
        )
        for seat, name in zip(now, takers.seat_names(powers.session, now), strict=True)
    ]


def status(ref: str, viewer: Viewer | None = None) -> Status:
    """Return where the procurement of that reference stands, as a viewer may read it (everything without one)."""
    with reading() as session:
        found = rows.of(session, ref)
        if found is None:
            raise BadInput(f"Achat inconnu : {ref} (liste : achats statut).")
        return of(found, viewer)


def of(kept: Rows, viewer: Viewer | None = None) -> Status:
    """Return where a procurement stands, as a viewer may read it (everything without one)."""
    procurement, is_team = kept.procurement, viewer is None or viewer.runs_purchases
    return Status(
        ref=procurement.ref,
        objet=procurement.objet,
        family=kept.family.label,
        amount_ht=str(procurement.amount_ht),
        stage=procurement.stage,
        label=stage_of(procurement.stage).label,
        visit=procurement.visit,
        due_at=kept.stay.due_at,
        awaiting=awaited(kept.powers, kept.seats, kept.stay, viewer),
        locks=[lock.reason for lock in kept.powers.locks],
        alerts=[one.sentence for one in vacancies.of(kept.powers, kept.seats)] if is_team else [],
        regime=procurement.legal_regime,
        launched_on=procurement.launched_on,
        notified_on=procurement.notified_on,
        documents=_documents(kept, viewer),
        timeline=[
            Moment(label=stage_of(stay.stage).label, **stay.model_dump(include=set(Moment.model_fields)))
            for stay in kept.stays
        ],
        proof=kept.proof,
        signatures=_signed(kept) if viewer is None or sees_signatures(viewer) else [],
    )


def _documents(kept: Rows, viewer: Viewer | None) -> list[KeptDocument]:
    is_notified = kept.procurement.notified_on is not None
    return [
        KeptDocument.model_validate(paper, from_attributes=True)
        for paper in kept.documents
        if viewer is None or sees_document(viewer, paper.path, paper.kind, is_notified)
    ]


def _signed(kept: Rows) -> list[Signed]:
    return [
        Signed(
            acte=row.act,
            personne=row.person_email,
            delegation=row.delegation,
            signe_le=row.signed_at,
            preuve=row.means,
            document=row.document,
            sha256=row.document_sha256,
        )
        for row, _ in kept.signatures
    ]


def portfolio(session: Session) -> list[Row]:
    """Return every procurement, the most recent first, with the days left before its next date."""
    lines = []
    stays = select(Procurement, StageVisit).join(
        StageVisit,
        (col(StageVisit.ref) == col(Procurement.ref))
        & (col(StageVisit.stage) == col(Procurement.stage))
        & (col(StageVisit.visit) == col(Procurement.visit)),
    )
    for procurement, visit in session.exec(stays.order_by(col(Procurement.opened_at).desc())):
        due = _paris_day(visit.due_at)
        stage = stage_of(procurement.stage)
        if isinstance(stage, Timer):
            who = stage.label
        else:
            places = transitions.seats(session, procurement)
            who = " ; ".join(takers.seat_names(session, seats.asked_now(places)))
        lines.append(
            Row(
                ref=procurement.ref,
                objet=procurement.objet,
                family=procurement.family_code,
                stage=procurement.stage,
                label=stage.label,
                awaited=who,
                due=due,
                days=(due - clock.today()).days if due else None,
            )
        )
    return lines


def to_do(email: str | None = None) -> list[Task]:
    """Return what awaits an answer: from one person, or from anyone; the earliest due date first."""
    with reading() as session:
        wanted = select(Seat, Procurement).join(Procurement, col(Procurement.ref) == col(Seat.ref))
        if email:
            viewer = sessions.viewer_of(session, people.person(session, email).email)
            mine = work.seats_for(session, viewer) if viewer else []
            wanted = wanted.where(col(Seat.id).in_(mine))
        rows = session.exec(
            wanted.where(work.is_open()).order_by(col(Seat.ref), col(Seat.rank), col(Seat.id))
        ).all()
        tasks = [_task(session, seat, procurement) for seat, procurement in rows]
    return sorted(tasks, key=lambda task: (task.due or date.max, task.ref))


def _task(session: Session, seat: Seat, procurement: Procurement) -> Task:
    gate = stage_of(procurement.stage)
    assert isinstance(gate, Gate)
    visit = transitions.current_visit(session, procurement)
    powers = Powers(session, procurement)
    holders: list[Person] = takers.seat_holders(powers, seat)
    return Task(
        ref=procurement.ref,
        objet=procurement.objet,
        stage=gate.key,
        label=gate.label,
        ask=takers.seat_name(session, seat),
        holders=[someone.email for someone in holders],
        since=seat.opened_at.astimezone(clock.PARIS).date(),
        due=_paris_day(visit.due_at),
        alerts=[one.sentence for one in vacancies.of(powers)],
        answers=[
            PossibleAnswer(
                reponse=answer.key,
                libelle=answer.label,
                mene_a=answer.leads_to,
                champs=answer.form.model_json_schema(by_alias=True),
            )
            for answer in gate.answers
        ],
        example=examples.example(session, procurement),
    )
