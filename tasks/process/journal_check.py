"""Holding the registers, the decisions and the documents against the journal, which keeps the digest of each.

The chain says that the journal was not rewritten; these checks say that what it speaks of was not either.
"""

import hashlib
from collections.abc import Callable, Iterator
from itertools import islice

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.archive.keeping import Part
from models.errors import Unavailable
from models.journal import REHEARSAL_HOME, Fact, JournalLine
from models.process.conflicts import Interests
from models.process.procurement import Decision, Document, Procurement, StageVisit, Tender
from models.process.table import STAGES, Timer
from models.signing.acts import ConflictDeclaration, Delegation
from models.signing.signatures import Signature
from models.tendering import envelopes
from tasks import clock, journal, storage
from tasks.clock import PARIS
from tasks.journal import Verdict
from tasks.ledger import held
from tasks.ledger.rows import READING_FAULTS
from tasks.process import decided, eliminated
from tasks.process.anchors import Anchor
from tasks.store import reading

DUE = "due"
MOST_SAID = 200

Check = Callable[[Session, JournalLine], str]


def verified(*anchors: Anchor) -> Verdict:
    """Return `verify_all` of one moment: what is written meanwhile is not seen, so it raises no false alarm."""
    with reading() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        return verify_all(session, *anchors)


def verify_all(session: Session, *anchors: Anchor) -> Verdict:
    """Return whether the chain, the anchors, and every row and file that the journal speaks of are as they were."""
    verdict = journal.verify(session)
    if not verdict.valide:
        return verdict
    rewritten = [fault for anchor in anchors if (fault := anchor.fault(session))]
    if rewritten:
        return _bad(verdict, [Found(line=one.line, reason=one.reason) for one in rewritten])
    return _bad(verdict, list(islice(_found(session), MOST_SAID)))


class Found(BaseModel):
    """What is not as the journal says, and the line that says it."""

    line: int | None
    reason: str


def _bad(verdict: Verdict, found: list[Found]) -> Verdict:
    if not found:
        return verdict
    said = [one.reason for one in found]
    changes = {"valide": False, "premiere_anomalie": found[0].line, "motif": said[0], "anomalies": said}
    return verdict.model_copy(update=changes)


def _found(session: Session) -> Iterator[Found]:
    """Yield what contradicts the journal: what its lines say, rows without a line, then every decisive row."""
    for line in _lines(session):
        if reason := _contradicted(session, line):
            yield Found(line=line.seq, reason=f"{reason} (ligne {line.seq}, {line.fact.value})")
    for seq, reason in _early(session):
        yield Found(line=seq, reason=reason)
    for stranger in (*_strangers(session), *_clock(session)):
        yield Found(line=None, reason=stranger)
    connection = session.connection()
    for fault in held.faults(connection):
        where = f" (inscrit à la ligne {fault.line})" if fault.line else ""
        yield Found(line=fault.line, reason=held.said(connection, fault) + where)


def _clock(session: Session) -> Iterator[str]:
    """Yield what is said of a clock laid beside the journal."""
    if clock.is_laid_beside():
        yield "une horloge de répétition est posée dans un vrai dossier (elle n'y a pas d'effet)"
    if clock.is_rehearsal() and session.exec(select(JournalLine.seq).where(*REHEARSAL)).first() is None:
        yield "le dossier est marqué comme celui d'une répétition sans ligne du journal"


REHEARSAL = (JournalLine.fact == Fact.CLOCK, JournalLine.subject == REHEARSAL_HOME)


def _contradicted(session: Session, line: JournalLine) -> str:
    """Return how a row contradicts the line that speaks of it; a value that no column may hold is one way."""
    try:
        return CHECKS[line.fact](session, line)
    except READING_FAULTS:
        return f"ce dont parle la ligne ne se lit plus ({line.subject})"


def _lines(session: Session) -> list[JournalLine]:
    """Return the lines that speak of a row: every one, or the last on the same subject where a row evolves."""
    query = select(JournalLine).where(col(JournalLine.fact).in_(list(CHECKS)))
    every = list(session.exec(query.order_by(col(JournalLine.seq))))
    last = {_evolving(line): line.seq for line in every}
    return [line for line in every if _evolving(line) is None or last[_evolving(line)] == line.seq]


def _evolving(line: JournalLine) -> tuple[Fact, str | None] | None:
    """Return what a row that changes lawfully is known by: only its last line tells how it is now."""
    if line.fact is Fact.DELEGATION:
        return line.fact, line.subject
    return (line.fact, line.ref) if line.fact is Fact.TRANSITION else None


def _document(session: Session, line: JournalLine) -> str:
    digest = line.reason.removeprefix("sha256 ")
    row = session.exec(
        select(Document).where(
            Document.ref == line.ref, Document.path == line.after, Document.kind == line.subject
        )
    ).first()
    if row is None:
        return f"le document {line.after} n'est plus au registre"
    if row.sha256 != digest:
        return f"l'empreinte du document {line.after} a été changée au registre"
    try:
        content = storage.read(row.path)
    except Unavailable:
        if eliminated.is_document(session, row):
            return ""
        return f"le fichier {row.path} manque ou ne se lit plus"
    if hashlib.sha256(content).hexdigest() != digest:
        return f"le fichier {row.path} a été modifié"
    return ""


def _place(line: JournalLine) -> tuple[str, int]:
    """Return the stage and the visit that a line names (« opening/1 »)."""
    stage, _, visit = line.subject.partition("/")
    return stage, int(visit)


def _signature(session: Session, line: JournalLine) -> str:
    stage, visit = _place(line)
    here = (Signature.ref == line.ref, Signature.stage == stage, Signature.visit == visit)
    row = session.exec(select(Signature).where(*here)).first()
    if row is None:
        return f"la signature de {line.ref} à l'étape {line.subject} a disparu"
    return (
        ""
        if row.digest == line.after
        else f"la signature de {line.ref} à l'étape {line.subject} a été modifiée"
    )


def _decisions(session: Session, line: JournalLine, email: str | None) -> list[Decision]:
    stage, visit = _place(line)
    here = (Decision.ref == line.ref, Decision.stage == stage, Decision.visit == visit)
    return list(session.exec(select(Decision).where(*here, Decision.person_email == email)))


def _decision(session: Session, line: JournalLine) -> str:
    rows = _decisions(session, line, line.actor)
    if not rows:
        return f"la réponse de {line.actor} à l'étape {line.subject} de {line.ref} a disparu"
    if any(row.answer == line.after and decided.written(session, row) == line.reason for row in rows):
        return ""
    return f"la réponse de {line.actor} à l'étape {line.subject} de {line.ref} a été modifiée"


def _voided(session: Session, line: JournalLine) -> str:
    if any(row.voided_at for row in _decisions(session, line, line.before)):
        return ""
    return f"l'annulation de la réponse de {line.before} à l'étape {line.subject} de {line.ref} a été effacée"


def _delegation(session: Session, line: JournalLine) -> str:
    row = session.exec(select(Delegation).where(Delegation.reference == line.subject)).first()
    if row is None:
        return f"la délégation {line.subject} a disparu du registre"
    return "" if row.digest == line.after else f"la délégation {line.subject} a été modifiée hors du registre"


def _declaration(session: Session, line: JournalLine) -> str:
    rows = session.exec(
        select(ConflictDeclaration).where(
            ConflictDeclaration.ref == line.ref, ConflictDeclaration.person_email == line.actor
        )
    )
    said = (line.after == Interests.CONFLICT, line.reason)
    if any((row.has_conflict, row.detail) == said for row in rows):
        return ""
    return f"la déclaration d'intérêts de {line.actor} pour {line.ref} a été modifiée ou effacée"


def _tender(session: Session, line: JournalLine) -> str:
    if not line.subject.startswith("offre "):
        return ""  # a line about all the tenders: their key, their opening
    number = int(line.subject.removeprefix("offre "))
    row = session.exec(select(Tender).where(Tender.ref == line.ref, Tender.number == number)).first()
    if row is None:
        return f"l'offre n° {number} de {line.ref} a disparu"
    if row.receipt != line.reason:
        return f"l'offre n° {number} de {line.ref} a été modifiée"
    if row.content.get("elimine") and eliminated.of(session, row.ref, Part.PROCEDURE):
        return ""
    return envelopes.fault(row)


def _transition(session: Session, line: JournalLine) -> str:
    row = session.get(Procurement, line.ref)
    if row is None:
        return f"l'achat {line.ref} a disparu"
    if f"{row.stage}/{row.visit}" == line.after:
        return ""
    return f"l'étape de l'achat {line.ref} a été changée hors de l'application ({row.stage}/{row.visit})"


def _early(session: Session) -> Iterator[tuple[int, str]]:
    """Yield the lines by which the application left a legal date before it came, or without one."""
    timers = [stage.key for stage in STAGES if isinstance(stage, Timer)]
    rows = session.exec(select(StageVisit).where(col(StageVisit.stage).in_(timers)))
    stays = {(row.ref, f"{row.stage}/{row.visit}"): row.due_at for row in rows}
    lines = session.exec(
        select(JournalLine)
        .where(JournalLine.fact == Fact.TRANSITION, JournalLine.actor == journal.APPLICATION)
        .order_by(col(JournalLine.seq))
    )
    for line in lines:
        if (line.before or "").partition("/")[0] not in timers:
            continue
        due_at = stays.get((line.ref or "", line.before or ""))
        if line.subject != DUE or due_at is None or line.at < due_at:
            said = f"{due_at.astimezone(PARIS):%d/%m/%Y à %H:%M}" if due_at else "inconnue"
            yield (
                line.seq,
                f"{line.ref} a quitté l'étape {line.before} avant sa date ({said}), ligne {line.seq}",
            )


CHECKS: dict[Fact, Check] = {
    Fact.DOCUMENT: _document,
    Fact.SIGNATURE: _signature,
    Fact.DECISION: _decision,
    Fact.VOIDED: _voided,
    Fact.DELEGATION: _delegation,
    Fact.DECLARATION: _declaration,
    Fact.TENDER: _tender,
    Fact.TRANSITION: _transition,
}


def _strangers(session: Session) -> Iterator[str]:
    """Yield what was put in a register beside the journal: a row of which no line speaks."""
    told = {(line.fact, *_about(line)) for line in _lines(session)}
    try:
        for key, said in _rows(session):
            if key not in told:
                yield f"{said} : au registre sans ligne du journal"
    except READING_FAULTS:
        yield "un registre contient une valeur qui ne se lit plus"


def _rows(session: Session) -> Iterator[tuple[tuple[str | None, ...], str]]:
    """Yield every row that has a line of its own: what the line says of it, and its name in French."""
    for paper in session.exec(select(Document).order_by(col(Document.id))):
        yield (Fact.DOCUMENT, paper.ref, paper.path), f"document {paper.path}"
    for row in session.exec(select(Signature).order_by(col(Signature.id))):
        place = f"{row.stage}/{row.visit}"
        yield (
            (Fact.SIGNATURE, row.ref, place, row.person_email),
            f"signature de {row.person_email} pour {row.ref}",
        )
    for one in session.exec(select(Decision).order_by(col(Decision.id))):
        place = f"{one.stage}/{one.visit}"
        yield (
            (Fact.DECISION, one.ref, place, one.person_email),
            f"réponse de {one.person_email} pour {one.ref}",
        )
    for given in session.exec(select(Delegation).order_by(col(Delegation.id))):
        yield (Fact.DELEGATION, given.reference), f"délégation {given.reference}"


def _about(line: JournalLine) -> tuple[str | None, ...]:
    """Return what a line speaks of, as the register knows it."""
    if line.fact is Fact.DOCUMENT:
        return (line.ref, line.after)
    if line.fact is Fact.DELEGATION:
        return (line.subject,)
    return (line.ref, line.subject, line.actor)
