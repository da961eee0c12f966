"""Rectifying a published dossier: decided in one transaction, then written, published and told, each thing once.

The version is the key of everything that follows the decision: interrupted anywhere, it is finished by running the
same command again, or by the resumption.
"""

import hashlib
import json
from datetime import date, datetime, time
from pathlib import Path

from pydantic import BaseModel, ValidationError
from sqlmodel import Session, col, select

from models.consultation.corrections import Corrections
from models.consultation.rectification import Rectification
from models.documents.dossier import Dossier
from models.errors import BadInput, NotAllowed, Refused
from models.journal import Fact
from models.law.days import working_day_from
from models.organisation.group import Person, Role
from models.process.procurement import Procurement
from models.process.table import stage_of
from models.reading.form_faults import faults_of
from tasks import clock, journal
from tasks.consultation import corrections as consultation_corrections
from tasks.consultation import dossier, editions, versions
from tasks.consultation.rectified_sending import Report, finish
from tasks.documents.french import instant
from tasks.organisation import people
from tasks.outgoing import outbox
from tasks.process import transitions
from tasks.signing import power
from tasks.store import reading, transaction

STAGE = "tendering"
ALLOWED = (Role.BUYER, Role.PURCHASING_DIRECTOR, Role.LEGAL_OFFICER)
NOON = time(12)


class Order(BaseModel):
    """Who rectifies, why, and what."""

    person: str
    reason: str
    corrections: Corrections = Corrections()

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the whole order: who, why, what."""
        who = self.person.strip().lower()
        content = [who, self.reason.strip(), self.corrections.model_dump(mode="json")]
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def read_corrections(file: Path) -> Corrections:
    """Return the corrections of a JSON file, or refuse naming every faulty field with its path."""
    try:
        return Corrections.model_validate_json(file.read_bytes())
    except OSError as error:
        raise BadInput(f"Fichier {file} illisible : {error.strerror}.") from error
    except ValidationError as error:
        raise BadInput(f"Fichier {file} : {faults_of(error, 'fichier')}.") from error


def rectify(ref: str, order: Order) -> Report:
    """Publish a new version of the dossier and return what was done; the same order twice makes one version.

    Raises `BadInput` (corrections), `NotAllowed` (person, stage) or `Unavailable`.
    """
    finish_pending(ref)
    last = _last(ref)
    if last is None or last.digest != order.digest:
        last = _decided(ref, order)
    return finish(last)


def finish_pending(ref: str | None = None) -> list[str]:
    """Finish the versions that an interruption left half-way; return the purchases concerned."""
    query = select(Rectification).where(col(Rectification.completed_at).is_(None))
    with reading() as session:
        pending = session.exec(query.where(Rectification.ref == ref) if ref else query).all()
    for row in pending:
        finish(row)
    return [row.ref for row in pending]


def _last(ref: str) -> Rectification | None:
    with reading() as session:
        return session.exec(
            select(Rectification).where(Rectification.ref == ref).order_by(col(Rectification.version).desc())
        ).first()


def _decided(ref: str, order: Order) -> Rectification:
    """Write the decision; a refusal leaves a line in the journal."""
    try:
        with transaction() as session:
            return _decide(session, ref, order)
    except Refused as refusal:
        with transaction() as session:
            if session.get(Procurement, ref):
                entry = journal.Entry(
                    fact=Fact.REFUSAL,
                    ref=ref,
                    actor=order.person,
                    subject="rectification",
                    reason=str(refusal),
                )
                journal.write(session, entry)
        raise


def _decide(session: Session, ref: str, order: Order) -> Rectification:
    procurement = transitions.load(session, ref)
    someone = _allowed(session, procurement, order.person)
    due_before = _open_until(procurement)
    if not order.reason.strip():
        raise BadInput("Le motif de la rectification est à donner.")
    version = versions.drafted(session, ref)
    pen = consultation_corrections.Pen(session, ref, someone.email)
    old = dossier.dossier_of(session, procurement, version)
    consultation_corrections.apply(procurement, order.corrections, pen)
    new = dossier.dossier_of(session, procurement, version + 1)
    deadline = _deadline(session, procurement, order, (old, new))
    changed = editions.changed_fields(old, new)
    if not changed and not order.corrections.answers and deadline.due_at == due_before:
        raise BadInput(
            "Rien ne change : donnez dans --fichier des articles, quantités, lots, critères, réponses ou date_limite."
        )
    _move_deadline(session, procurement, deadline.due_at, version + 1)
    pen.note("date limite", instant(due_before), instant(deadline.due_at), deadline.reason)
    pen.note("dossier", f"version {version}", f"version {version + 1}", order.reason.strip())
    row = Rectification(
        ref=ref,
        version=version + 1,
        previous=version,
        person_email=someone.email,
        reason=order.reason.strip(),
        digest=order.digest,
        answers=[one.model_dump() for one in order.corrections.answers],
        before=old.model_dump(mode="json"),
        after=dossier.dossier_of(session, procurement, version + 1).model_dump(mode="json"),
        fields=changed,
        ground=deadline.reason,
        due_before=due_before,
        due_at=deadline.due_at,
        is_substantial=bool(editions.important_fields(changed)),
        decided_at=clock.now(),
    )
    session.add(row)
    return row


def _allowed(session: Session, procurement: Procurement, email: str) -> Person:
    someone = people.person(session, email)
    if someone not in people.holders(session, ALLOWED, clock.today()):
        names = ", ".join(role.label.lower() for role in ALLOWED)
        raise NotAllowed(f"{someone.name} ne peut pas rectifier un dossier publié ({names} attendu).")
    if someone.email in power.conflicted(session, procurement.ref):
        raise NotAllowed(
            f"{someone.name} a déclaré un conflit d'intérêts sur cet achat (CCP art. L. 2141-10)."
        )
    return someone


def _open_until(procurement: Procurement) -> datetime:
    """Return the deadline of a consultation that is open, or refuse."""
    if procurement.stage != STAGE:
        raise NotAllowed(
            f"{procurement.ref} est à l'étape « {stage_of(procurement.stage).label} » : un dossier ne se rectifie "
            f"que pendant l'étape « {stage_of(STAGE).label} »."
        )
    due_at = procurement.tenders_due_at
    assert due_at is not None  # nothing is published without it
    if due_at <= clock.now():
        raise NotAllowed(f"{procurement.ref} : la date limite est passée ({instant(due_at)}).")
    return due_at


def _deadline(
    session: Session, procurement: Procurement, order: Order, dossiers: tuple[Dossier, Dossier]
) -> editions.Deadline:
    """Return the deadline that the change asks for, or the later one that is asked; noon of a working day in Paris."""
    first = session.exec(
        select(Rectification.due_before)
        .where(Rectification.ref == procurement.ref)
        .order_by(col(Rectification.version))
    ).first()
    found = editions.deadline_after(*dossiers, clock.now(), first)
    if found.extended:
        found = found.model_copy(update={"due_at": _noon(working_day_from(found.due_at.date()))})
    if order.corrections.due_on is None:
        return found
    asked = _noon(order.corrections.due_on)
    if working_day_from(order.corrections.due_on) != order.corrections.due_on:
        raise BadInput(f"date_limite : le {order.corrections.due_on:%d/%m/%Y} n'est pas un jour ouvré.")
    if asked.date() < found.due_at.date():
        raise BadInput(f"date_limite trop proche : au plus tôt le {instant(found.due_at)}, {found.reason}.")
    return found if asked <= found.due_at else _asked(asked, found)


def _asked(asked: datetime, found: editions.Deadline) -> editions.Deadline:
    reason = (
        f"{found.reason} ; date choisie par l'acheteur" if found.extended else "date choisie par l'acheteur"
    )
    return editions.Deadline(due_at=asked, extended=True, reason=reason)


def _noon(day: date) -> datetime:
    return datetime.combine(day, NOON, clock.PARIS)


def _move_deadline(session: Session, procurement: Procurement, due_at: datetime, version: int) -> None:
    """Move the deadline, the end of the stay and the run that wakes at that instant."""
    stay = transitions.current_visit(session, procurement)
    if stay.due_at == due_at:
        return
    procurement.tenders_due_at = stay.due_at = due_at
    outbox.withdraw(session, procurement.ref, procurement.stage, procurement.visit)
    outbox.ask_run(session, outbox.segment(procurement, f":echeance:v{version}", due_at))
    session.add_all([procurement, stay])
    session.flush()
