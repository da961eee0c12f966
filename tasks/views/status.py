"""Where procurements stand, who is awaited and what was made: what people read on the command line and in the pages.

Each answer is built for who reads it: pages and API ask for a viewer, what Prefect shows is for anyone of the group,
and the command line, which the operator runs beside the database, gives no viewer and reads everything.
"""

from datetime import date, datetime

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.access.sight import Viewer, sees_document, sees_signatures
from models.errors import BadInput
from models.law.regime import Regime
from models.organisation.group import Family, Person
from models.process.procurement import Document, Lock, Procurement, Seat, StageVisit
from models.process.table import Gate, Timer, stage_of
from models.signing.signatures import Signature
from tasks import clock
from tasks.access import proofs, sessions
from tasks.delegations import vacancies
from tasks.gates import examples
from tasks.organisation import people
from tasks.process import transitions
from tasks.signing import seats, takers
from tasks.store import reading
from tasks.views import work


class Awaited(BaseModel):
    """Someone who is awaited: a role (and who holds it), since when and for when."""

    role: str
    personnes: list[str]
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
    famille: str
    montant_ht: str
    stage: str
    label: str
    visit: int
    echeance: datetime | None
    awaiting: list[Awaited]
    verrous: list[str]
    alertes: list[str]  # acts that nobody may sign, with the reason that comes closest to a yes
    regime: Regime | None
    lance_le: date | None
    notifie_le: date | None
    documents: list[KeptDocument]
    timeline: list[Moment]
    preuve_identite: str  # what the group asks of signatories: declaration or code
    signatures: list[Signed]


class Row(BaseModel):
    """One line of the portfolio."""

    ref: str
    objet: str
    famille: str
    stage: str
    label: str
    attendu: str
    echeance: date | None
    jours: int | None  # days left before the due date, negative when late


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
    attendu: str
    personnes: list[str]
    depuis: date
    echeance: date | None
    alertes: list[str]
    reponses: list[PossibleAnswer]
    exemple: dict[str, object]


def _paris_day(instant: datetime | None) -> date | None:
    return instant.astimezone(clock.PARIS).date() if instant else None


def awaited(
    session: Session, procurement: Procurement, visit: StageVisit, viewer: Viewer | None = None
) -> list[Awaited]:
    """Return who is awaited at the present gate (nobody elsewhere); outside the team a viewer reads of herself."""
    on = clock.today()
    return [
        Awaited(
            role=takers.seat_name(session, seat),
            personnes=[
                someone.email
                for someone in takers.seat_holders(session, seat, procurement, on)
                if viewer is None or viewer.runs_purchases or viewer.email == someone.email
            ],
            since=seat.opened_at.astimezone(clock.PARIS).date(),
            due=_paris_day(visit.due_at),
        )
        for seat in seats.asked_now(transitions.seats(session, procurement))
    ]


def status(ref: str, viewer: Viewer | None = None) -> Status:
    """Return where the procurement of that reference stands, as a viewer may read it (everything without one)."""
    with reading() as session:
        procurement = session.get(Procurement, ref)
        if procurement is None:
            raise BadInput(f"Achat inconnu : {ref} (liste : achats statut).")
        return of(session, procurement, viewer)


def of(session: Session, procurement: Procurement, viewer: Viewer | None = None) -> Status:
    """Return where a procurement stands, as a viewer may read it (everything without one)."""
    ref, is_team = procurement.ref, viewer is None or viewer.runs_purchases
    visits = session.exec(select(StageVisit).where(StageVisit.ref == ref).order_by(col(StageVisit.id))).all()
    visit = next(one for one in visits if (one.stage, one.visit) == (procurement.stage, procurement.visit))
    family = session.get_one(Family, procurement.family_code)
    locks = session.exec(select(Lock).where(Lock.ref == ref, col(Lock.lifted_at).is_(None)))
    return Status(
        ref=ref,
        objet=procurement.objet,
        famille=family.label,
        montant_ht=str(procurement.amount_ht),
        stage=procurement.stage,
        label=stage_of(procurement.stage).label,
        visit=procurement.visit,
        echeance=visit.due_at,
        awaiting=awaited(session, procurement, visit, viewer),
        verrous=[lock.reason for lock in locks],
        alertes=[one.sentence for one in vacancies.of(session, procurement)] if is_team else [],
        regime=transitions.regime_of(procurement),
        lance_le=procurement.launched_on,
        notifie_le=procurement.notified_on,
        documents=_documents(session, procurement, viewer),
        timeline=[
            Moment(label=stage_of(stay.stage).label, **stay.model_dump(include=set(Moment.model_fields)))
            for stay in visits
        ],
        preuve_identite=proofs.policy(session),
        signatures=_signed(session, ref) if viewer is None or sees_signatures(viewer) else [],
    )


def _documents(session: Session, procurement: Procurement, viewer: Viewer | None) -> list[KeptDocument]:
    papers = session.exec(select(Document).where(Document.ref == procurement.ref).order_by(col(Document.id)))
    is_notified = procurement.notified_on is not None
    return [
        KeptDocument.model_validate(paper, from_attributes=True)
        for paper in papers
        if viewer is None or sees_document(viewer, paper.path, paper.kind, is_notified)
    ]


def _signed(session: Session, ref: str) -> list[Signed]:
    rows = session.exec(select(Signature).where(Signature.ref == ref).order_by(col(Signature.id)))
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
        for row in rows
    ]


def portfolio(session: Session) -> list[Row]:
    """Return every procurement, the most recent first, with the days left before its next date."""
    rows = []
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
            who = " ; ".join(one.role for one in awaited(session, procurement, visit))
        rows.append(
            Row(
                ref=procurement.ref,
                objet=procurement.objet,
                famille=procurement.family_code,
                stage=procurement.stage,
                label=stage.label,
                attendu=who,
                echeance=due,
                jours=(due - clock.today()).days if due else None,
            )
        )
    return rows


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
    return sorted(tasks, key=lambda task: (task.echeance or date.max, task.ref))


def _task(session: Session, seat: Seat, procurement: Procurement) -> Task:
    gate = stage_of(procurement.stage)
    assert isinstance(gate, Gate)
    visit = transitions.current_visit(session, procurement)
    holders: list[Person] = takers.seat_holders(session, seat, procurement, clock.today())
    return Task(
        ref=procurement.ref,
        objet=procurement.objet,
        stage=gate.key,
        label=gate.label,
        attendu=takers.seat_name(session, seat),
        personnes=[someone.email for someone in holders],
        depuis=seat.opened_at.astimezone(clock.PARIS).date(),
        echeance=_paris_day(visit.due_at),
        alertes=[one.sentence for one in vacancies.of(session, procurement)],
        reponses=[
            PossibleAnswer(
                reponse=answer.key,
                libelle=answer.label,
                mene_a=answer.leads_to,
                champs=answer.form.model_json_schema(by_alias=True),
            )
            for answer in gate.answers
        ],
        exemple=examples.example(session, procurement),
    )
