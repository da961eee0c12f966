"""What the papers of the award share: heading, signatory, recipients, and how a paper is kept."""

from datetime import datetime, time

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.documents.consultation import head_of
from models.documents.dossier import Dossier
from models.documents.head import Head
from models.documents.parties import Address, Company, Signatory
from models.documents.passing import Deposit
from models.documents.registry import document_type
from models.law.days import working_days_after
from models.organisation.group import Person
from models.process.procurement import Decision, Document, Procurement, Tender
from models.signing.acts import Act
from models.tendering.tenders import Envelope
from tasks import clock, storage
from tasks.consultation import dossier as consultation_dossier
from tasks.consultation import versions
from tasks.documents.render import render
from tasks.outgoing import outbox
from tasks.process import filing
from tasks.tendering import successive

FOLDER = "passation"
CLOSING_TIME = time(12)


class Bundle(BaseModel):
    """Everything that the papers of one procurement are drawn from."""

    procurement: Procurement
    dossier: Dossier
    head: Head
    tenders: list[Tender]


def bundle(session: Session, ref: str) -> Bundle:
    """Return what the papers are drawn from, dated today."""
    procurement = session.get_one(Procurement, ref)
    dossier = consultation_dossier.dossier_of(session, procurement, versions.drafted(session, ref))
    head = head_of(dossier).model_copy(update={"version": 1})
    tenders = session.exec(select(Tender).where(Tender.ref == ref).order_by(col(Tender.number)))
    return Bundle(procurement=procurement, dossier=dossier, head=head, tenders=list(tenders))


def decided_by(session: Session, procurement: Procurement, stage: str, act: Act) -> Signatory:
    """Return who gave the last answer at a stage, as the signatory; whoever may sign today when nobody did."""
    row = session.exec(
        select(Decision, Person)
        .join(Person, col(Person.email) == col(Decision.person_email))
        .where(Decision.ref == procurement.ref, Decision.stage == stage)
        .order_by(col(Decision.id).desc())
    ).first()
    if row is None:
        return consultation_dossier.signatory_of(session, procurement, act)
    decision, someone = row
    return Signatory(
        name=someone.name, function=someone.function or "Signataire", delegation=decision.delegation or None
    )


def company(tender: Tender) -> Company:
    """Return the tenderer as the recipient of a letter; without a postal address it is written to electronically."""
    who = Envelope.model_validate(tender.content).tenderer
    return Company(
        name=who.name,
        siret=who.siret,
        address=Address(
            street=who.street or "Par voie électronique",
            postal_code=who.postal_code or "SIRET",
            city=who.city or who.siret,
        ),
        email=who.email or None,
        representative=who.representative or None,
    )


def deposits(tenders: list[Tender]) -> list[Deposit]:
    """Return the register of deposits; neither a late tender nor one that its candidate replaced was opened."""
    replaced = successive.among(tenders)
    return [
        Deposit(
            number=one.number,
            company=one.supplier,
            received_at=one.received_at.astimezone(clock.PARIS),
            lots=successive.lots_of(one),
            is_late=one.is_late,
            remark=successive.remark(one, replaced) or "Complet",
        )
        for one in tenders
    ]


class Mailing(BaseModel):
    """A letter kept under a kind and a recipient, and the tenderer to whom it goes."""

    kind: str
    recipient: str
    to: Company


def mail(session: Session, procurement: Procurement, mailings: list[Mailing]) -> None:
    """Put in the outbox one message per letter, for the tenderers that gave an address."""
    for one in mailings:
        if one.to.email is None:
            continue
        path = path_of(session, procurement.ref, one.kind, one.recipient)
        letter = outbox.Letter(
            key=f"{procurement.ref}:{one.kind}:{one.recipient}:{path}",
            to=one.to.email,
            template="courrier_candidat",
            values={"nom": one.to.name},
            attachments=[path],
        )
        outbox.write_message(session, letter, procurement)


def answer_by(days: int) -> datetime:
    """Return an instant some working days from today, at noon in Paris."""
    return datetime.combine(working_days_after(clock.today(), days), CLOSING_TIME, clock.PARIS)


def keep(kind: str, ref: str, version: int, context: BaseModel, recipient: str = "") -> None:
    """Render a paper and keep it once in the folder of the award; `recipient` tells letters of one kind apart."""
    suffix = f"-{storage.slug(recipient)}" if recipient else ""
    number = f"-v{version}" if version > 1 else ""
    filing.keep(
        filing.Paper(
            ref=ref,
            kind=kind,
            title=document_type(kind).title,
            folder=FOLDER,
            file_name=f"{ref}-{kind.replace('_', '-')}{suffix}{number}.docx",
            content=render(kind, context),
            version=version,
            recipient=recipient,
        )
    )


def path_of(session: Session, ref: str, kind: str, recipient: str) -> str:
    """Return where the last paper of a kind for a recipient lies, relative to the home directory."""
    query = select(Document.path).where(
        Document.ref == ref, Document.kind == kind, Document.recipient == recipient
    )
    return session.exec(query.order_by(col(Document.version).desc())).first() or ""
