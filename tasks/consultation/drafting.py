"""Drafting the common tender documents of a procurement, packing them and sending them to the buyers."""

from pathlib import Path

from sqlmodel import Session, col, select

from models.documents.registry import WORKBOOKS, document_type
from models.errors import BadInput
from models.organisation.group import Person, Role
from models.process.procurement import Document, Procurement
from tasks import clock, storage
from tasks.consultation import dossier as consultation_dossier
from tasks.consultation import versions
from tasks.consultation.dossier import dossier_of
from tasks.consultation.versions import drafted
from tasks.documents import archives, consultation_set
from tasks.documents.consultation_set import Manifest, write_set
from tasks.organisation import people
from tasks.outgoing import mail, outbox
from tasks.preparation import launch
from tasks.process import filing, transitions
from tasks.settings import pages_url, settings
from tasks.steps import step
from tasks.store import reading, transaction

ARCHIVE = "dce"


@step("Fixer la date limite des offres")
def set_deadline(ref: str, visit: int) -> None:
    """Set the deadline that the documents print, once for each time they are written."""
    with transaction() as session:
        procurement = transitions.standing(session, ref, visit, "drafting")
        launch.estimate_regime(session, procurement)
        entered = transitions.current_visit(session, procurement).entered_at
        procurement.tenders_due_at = launch.deadline(procurement, entered.astimezone(clock.PARIS).date())


@step("Rédiger les pièces du DCE")
def write_pieces(ref: str, visit: int) -> int:
    """Write every piece of the dossier; return how many there are."""
    with reading() as session:
        dossier = consultation_dossier.dossier_of(session, session.get_one(Procurement, ref), visit)
    count = 0
    for kind, name, content in consultation_set.documents(dossier):
        filing.keep(
            filing.Paper(
                ref=ref,
                kind=kind,
                title=title_of(kind),
                folder=versions.folder(visit),
                file_name=name,
                content=content,
                version=visit,
                recipient=name,  # several lots have the same kind of piece
            )
        )
        count += 1
    return count


def title_of(kind: str) -> str:
    """Return the French title of a piece of the dossier."""
    return WORKBOOKS[kind] if kind in WORKBOOKS else document_type(kind).title


def pieces_of(session: Session, ref: str, visit: int) -> list[Document]:
    """Return the pieces of one version of the dossier, its archive left out."""
    prefix = f"documents/{ref}/{versions.folder(visit)}/"
    rows = session.exec(
        select(Document).where(Document.ref == ref, Document.version == visit).order_by(col(Document.id))
    )
    return [row for row in rows if row.path.startswith(prefix) and row.kind != ARCHIVE]


@step("Assembler le DCE")
def pack_dossier(ref: str, visit: int) -> None:
    """Put the pieces of a version in one archive: same pieces, same bytes."""
    with reading() as session:
        pieces = pieces_of(session, ref, visit)
    if not pieces:
        raise BadInput(f"{ref} : aucune pièce à assembler.")
    content = archives.zipped(
        archives.Entry(name=piece.path.rpartition("/")[2], content=storage.read(piece.path))
        for piece in pieces
    )
    filing.keep(
        filing.Paper(
            ref=ref,
            kind=ARCHIVE,
            title="Dossier de consultation (archive)",
            folder=versions.folder(visit),
            file_name=f"{ref}-DCE-v{visit}.zip",
            content=content,
            version=visit,
        )
    )


@step("Remettre le DCE aux acheteurs")
def deliver_dossier(ref: str, visit: int) -> None:
    """Write to the buyers that the dossier is ready: attached when small, else where it is downloaded."""
    with transaction() as session:
        procurement = transitions.load(session, ref)
        pieces = pieces_of(session, ref, visit)
        archive = session.exec(
            select(Document).where(Document.ref == ref, Document.kind == ARCHIVE, Document.version == visit)
        ).one()
        is_small = archive.bytes <= settings().attachment_limit
        for someone in _readers(session, procurement):
            letter = outbox.Letter(
                key=f"{ref}:dce:{visit}:{someone.email}",
                to=someone.email,
                template="dce_pret",
                values={
                    "nom": someone.name,
                    "version": visit,
                    "pieces": [piece.title for piece in pieces],
                    "lien": None if is_small else f"{pages_url()}/achats/{ref}/documents/{archive.sha256}",
                },
                attachments=[archive.path] if is_small else [],
                at_once=True,
            )
            outbox.write_message(session, letter, procurement)
    mail.send_pending()


def _readers(session: Session, procurement: Procurement) -> list[Person]:
    """Return the buyers of the group, and whoever opened the procurement."""
    buyers = people.holders(session, [Role.BUYER], clock.today())
    opener = session.get(Person, procurement.buyer_email) if procurement.buyer_email else None
    return buyers + ([opener] if opener and opener not in buyers else [])


def generate(ref: str, folder: Path) -> Manifest:
    """Write the set of a procurement as it stands today and return its manifest.

    Raises `BadInput` for an unknown reference, or when the needs and the strategy are not settled yet.
    """
    with reading() as session:
        procurement = session.get(Procurement, ref)
        if procurement is None:
            raise BadInput(f"Achat inconnu : {ref}.")
        if not procurement.strategy or procurement.tenders_due_at is None:
            raise BadInput(
                f"{ref} : le dossier n'est pas encore rédigé, la stratégie et les besoins manquent."
            )
        dossier = dossier_of(session, procurement, drafted(session, ref))
    return write_set(dossier, folder)
