"""What follows the decision to rectify a dossier: pieces, archive, manifest, notice, messages, once per version."""

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.consultation.rectification import Rectification
from models.documents.dossier import Dossier
from models.outbox import Message
from models.process.procurement import Document, Procurement, Tender
from models.tendering.tenders import Envelope
from tasks import clock
from tasks.connectors.folder import Publication
from tasks.consultation import drafting, editions, notices, publication, rectified_papers, withdrawals
from tasks.consultation.editions import Deadline, DocumentChange
from tasks.outgoing import mail, outbox
from tasks.process import transitions
from tasks.settings import settings
from tasks.store import reading, transaction

NOTICE = "avis_rectificatif"


class Report(BaseModel):
    """What a rectification did."""

    ref: str
    version: int
    motif: str
    champs: list[str]
    substantielle: bool
    prolongee: bool
    date_limite_avant: str
    date_limite: str
    raison: str
    documents: list[DocumentChange]
    avis: str
    prevenus: list[str]
    sans_courriel: list[str]


class Reader(BaseModel):
    """Someone to tell: a withdrawal, or a tender already received."""

    name: str
    email: str
    has_tendered: bool = False


def finish(row: Rectification) -> Report:
    """Write, publish and tell a version that was decided; done already, nothing is done again."""
    changes = rectified_papers.write(row)
    drafting.pack_dossier.fn(row.ref, row.version)
    with reading() as session:
        procurement = session.get_one(Procurement, row.ref)
        archive = _archive(session, row)
    day = row.decided_at.astimezone(clock.PARIS).date()
    manifest = publication.keep_manifest(procurement, row.version, row.version, day)
    papers = [archive, manifest, *_differences(row)]
    notices.publish(_notice(procurement, row, changes), papers)
    readers, silent = _readers(row)
    if row.completed_at is None:
        _tell(row, readers, changes)
    mail.send_pending()
    return _report(row, changes, silent)


def _archive(session: Session, row: Rectification) -> Document:
    return session.exec(
        select(Document).where(
            Document.ref == row.ref, Document.kind == drafting.ARCHIVE, Document.version == row.version
        )
    ).one()


def _differences(row: Rectification) -> list[Document]:
    with reading() as session:
        pieces = drafting.pieces_of(session, row.ref, row.version)
    return [piece for piece in pieces if piece.kind == rectified_papers.DIFFERENCES]


def _notice(procurement: Procurement, row: Rectification, changes: list[DocumentChange]) -> Publication:
    """Return the corrigendum: the notice as it stands now, and what it corrects (eForms, section « change »)."""
    dossier = Dossier.model_validate(row.after)
    change: dict[str, object] = {
        "reason": row.reason,
        "dossierVersion": row.version,
        "changedSections": row.fields,
        "previousTenderDeadline": clock.local(row.due_before).isoformat(),
        "deadlineGround": row.ground,
        "changedDocuments": [
            {"name": one.name, "state": one.state, "sha256": one.new_sha256}
            for one in changes
            if one.state != "identique"
        ],
    }
    content = publication.notice_content(procurement, dossier) | {
        "tenderDeadline": clock.local(row.due_at).isoformat(),
        "change": change,
    }
    return Publication(ref=row.ref, kind=NOTICE, version=row.version, content=content)


def _readers(row: Rectification) -> tuple[list[Reader], list[str]]:
    """Return who must be told, one line per address, and the tenderers who gave no address."""
    found: dict[str, Reader] = {}
    silent: list[str] = []
    with reading() as session:
        for line in withdrawals.of(session, row.ref):
            found[line.email] = Reader(name=line.name, email=line.email)
        for tender in session.exec(select(Tender).where(Tender.ref == row.ref).order_by(col(Tender.number))):
            email = Envelope.model_validate(tender.content).tenderer.email.strip().lower()
            if email:
                name = found[email].name if email in found else tender.supplier
                found[email] = Reader(name=name, email=email, has_tendered=True)
            else:
                silent.append(tender.supplier)
    return list(found.values()), sorted(set(silent))


def _tell(row: Rectification, readers: list[Reader], changes: list[DocumentChange]) -> None:
    """Put one message per person in the outbox and close the version, in one transaction."""
    dossier = Dossier.model_validate(row.after)
    deadline = Deadline(
        due_at=clock.local(row.due_at), extended=row.due_at > row.due_before, reason=row.ground
    )
    with transaction() as session:
        procurement = transitions.load(session, row.ref)
        archive = _archive(session, row)
        is_small = archive.bytes <= settings().attachment_limit
        for one in readers:
            values: dict[str, str | int | list[str] | None] = {
                "nom": one.name,
                "motif": row.reason,
                "modifications": editions.notice(dossier, changes, deadline),
                "a_remis": "oui" if one.has_tendered else None,
                "plateforme": None if is_small else dossier.platform,
            }
            letter = outbox.Letter(
                key=_key(row, one.email),
                to=one.email,
                template="dce_rectifie",
                values=values,
                attachments=[archive.path] if is_small else [],
            )
            outbox.write_message(session, letter, procurement)
        kept = session.get_one(Rectification, (row.ref, row.version))
        kept.completed_at = kept.completed_at or clock.now()


def _key(row: Rectification, email: str) -> str:
    return f"{row.ref}:rectificatif:{row.version}:{email}"


def _report(row: Rectification, changes: list[DocumentChange], silent: list[str]) -> Report:
    with reading() as session:
        notice = notices.find(session, row.ref, NOTICE, row.version)
        written = col(Message.key).startswith(_key(row, ""), autoescape=True)
        told = session.exec(select(Message.to).where(written).order_by(col(Message.to))).all()
    return Report(
        ref=row.ref,
        version=row.version,
        motif=row.reason,
        champs=row.fields,
        substantielle=row.is_substantial,
        prolongee=row.due_at > row.due_before,
        date_limite_avant=clock.local(row.due_before).isoformat(),
        date_limite=clock.local(row.due_at).isoformat(),
        raison=row.ground,
        documents=changes,
        avis=notice.where if notice else "",
        prevenus=list(told),
        sans_courriel=silent,
    )
