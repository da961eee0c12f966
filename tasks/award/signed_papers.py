"""The actes d'engagement as signed PDFs, for a signatory who has a certificate, on a machine that has LibreOffice."""

import tempfile
from pathlib import Path

from pydantic import BaseModel
from sqlmodel import Session, col, func, select

from models.errors import BadInput, NotAllowed, Unavailable
from models.law.wording import euros
from models.process.procurement import Document, Procurement, StageVisit
from models.signing.acts import Act
from models.signing.signatures import Signature
from tasks import storage
from tasks.access import service
from tasks.award import results
from tasks.documents import office, pdf
from tasks.gates import signatures
from tasks.process import filing
from tasks.signing import pades
from tasks.steps import step
from tasks.store import reading

KIND = "acte_engagement_signe"
STAGE = "notification"
TITLE = "Acte d'engagement signé électroniquement"


class Commitment(BaseModel):
    """The acte d'engagement of one awarded lot, and what the signature says beside it."""

    lot: int
    path: str
    reason: str


@step("Signer les actes d'engagement")
def sign_commitments(ref: str, visit: int) -> int:
    """Sign the acte d'engagement of each awarded lot as a PDF (PAdES); return how many are kept.

    Does nothing without a certificate that a passphrase kept on the server opens, or without LibreOffice: the signatory
    then signs herself (`sign_as`). In a group in service no passphrase is kept on the server.
    """
    with reading() as session:
        signed = _signature(session, ref)
        is_hers = signed is None or service.is_in_service(session)
    certificate = pades.certificate_of(signed.person_email) if signed and not is_hers else None
    if certificate is None or office.office_program() is None:
        return 0
    return _sign_each(ref, visit, certificate)


def sign_as(ref: str, person_email: str, opener: pades.Opener) -> int:
    """Sign the actes d'engagement of a purchase with what their signatory types; return how many are kept.

    Only the person who signed the contract signs its papers; nothing that opens her key is kept.
    """
    email = person_email.strip().lower()
    with reading() as session:
        signed = _signature(session, ref)
        query = select(func.max(StageVisit.visit)).where(StageVisit.ref == ref, StageVisit.stage == STAGE)
        visit = session.exec(query).one() or 1
    if signed is None or signed.person_email != email:
        raise NotAllowed(f"{ref} : seule la personne qui a signé le marché en signe les actes d'engagement.")
    certificate = pades.certificate_of(email, opener)
    if certificate is None:
        raise BadInput(f"{email} n'a ni certificat ni clé à distance dans ACHATS_CERTIFICATES_DIR.")
    if office.office_program() is None:
        raise Unavailable(
            "LibreOffice n'est pas installé : les actes d'engagement ne peuvent pas être mis en PDF."
        )
    return _sign_each(ref, visit, certificate)


def _sign_each(ref: str, visit: int, certificate: pades.Certificate) -> int:
    with reading() as session:
        signed = _signature(session, ref)
        todo = _commitments(session, ref, signed) if signed else []
    for one in todo:
        if not _is_kept(ref, visit, one):
            _keep(ref, visit, one, pades.sign(_as_pdf(one), certificate, one.reason))
    return len(todo)


def _signature(session: Session, ref: str) -> Signature | None:
    query = select(Signature).where(Signature.ref == ref, Signature.act == Act.CONTRACT)
    return session.exec(query.order_by(col(Signature.id).desc())).first()


def _commitments(session: Session, ref: str, signed: Signature) -> list[Commitment]:
    """Return the paper of each lot that has a holder."""
    lots = results.results(session, session.get_one(Procurement, ref))
    papers = signatures.signed_documents(session, ref, Act.CONTRACT)
    power = f"délégation {signed.delegation}" if signed.delegation else "pouvoir propre"
    found = []
    for lot in lots:
        paper = _paper_of(papers, lot.number, alone=len(lots) == 1)
        if paper is None or lot.winner is None:
            continue
        won = f"lot {lot.number}, {lot.winner.supplier}, {euros(lot.winner.amount_ht)} HT"
        reason = f"Signature du marché {ref}, {won} ({power})"
        found.append(Commitment(lot=lot.number, path=paper.path, reason=reason))
    return found


def _paper_of(papers: list[Document], lot: int, *, alone: bool) -> Document | None:
    """Return the paper of a lot; its name ends with the number of the lot when there are several."""
    ending = "" if alone else f"_lot-{lot:02d}"
    return next((paper for paper in papers if Path(paper.path).stem.endswith(ending)), None)


def _is_kept(ref: str, visit: int, one: Commitment) -> bool:
    with reading() as session:
        return filing.find(session, _paper(ref, visit, one, b"")) is not None


def _keep(ref: str, visit: int, one: Commitment, content: bytes) -> None:
    filing.keep(_paper(ref, visit, one, content))


def _paper(ref: str, visit: int, one: Commitment, content: bytes) -> filing.Paper:
    number = f"-v{visit}" if visit > 1 else ""
    return filing.Paper(
        ref=ref,
        kind=KIND,
        title=TITLE,
        folder="passation",
        file_name=f"{ref}-acte-engagement-signe-lot-{one.lot:02d}{number}.pdf",
        content=content,
        version=visit,
        recipient=f"lot {one.lot}",
    )


def _as_pdf(one: Commitment) -> bytes:
    with tempfile.TemporaryDirectory(prefix="signature-") as folder:
        source = Path(folder) / Path(one.path).name
        source.write_bytes(storage.read(one.path))
        (made,) = pdf.convert_to_pdf([source], Path(folder) / "pdf")
        return made.read_bytes()
