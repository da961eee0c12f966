"""Signing at a gate: who was identified and how, on what power, which document; written with the decision."""

import hashlib
import json
from collections.abc import Sequence

from sqlmodel import Session, col, select

from models.access.proofs import Means
from models.errors import NotAllowed
from models.journal import Fact
from models.process.procurement import Decision, Document, Seat
from models.process.table import PROCESS, Answer, AnyStage, Gate, Signatory
from models.signing.acts import Act
from models.signing.questions import Verdict
from models.signing.signatures import Signature
from tasks import clock, journal
from tasks.access import ends, proofs
from tasks.access.proofs import Credentials
from tasks.signing.purchase_powers import Powers
from tasks.store import reading

DOCUMENTS = {
    Act.LAUNCH: ("dce",),
    Act.AWARD: ("rapport_analyse",),
    Act.CONTRACT: ("acte_engagement",),
}


def identify(stay: str, person_email: str, answer: str, given: Credentials) -> Means | None:
    """Return how the person was identified when what she answers at a stay is a signature, else None.

    Called before the transaction of the decision: a wrong code counts even though nothing is decided.
    """
    if _is_signature(PROCESS.get(stay.partition("/")[0]), answer):
        return proofs.prove(person_email, given)
    with reading() as session:
        ends.check_open(session, person_email)
        if given.key is not None:
            proofs.check_key(session, person_email, given.key)
        proofs.check_herself(session, given, signs=False)
    return None


def _is_signature(gate: AnyStage | None, answer: str) -> bool:
    """Return whether an answer at a stage signs: what the gate asks for, or an answer that is itself an act."""
    if not isinstance(gate, Gate):
        return False
    chosen = gate.answer(answer)
    return isinstance(gate.asks, Signatory) or (chosen is not None and chosen.act is not None)


def act_of(seat: Seat, answer: Answer) -> Act | None:
    """Return the act that an answer at a seat signs: the answer's own, or the gate's when it is approved."""
    if answer.act is not None:
        return answer.act
    return Act(seat.act) if seat.act is not None and answer.key == "approve" else None


def record(powers: Powers, decision: Decision, act: Act, verdict: Verdict, means: Means | None) -> None:
    """Write a signature and its journal line, on the verdict that let the person answer in this transaction."""
    session, procurement = powers.session, powers.procurement
    if means is None:
        raise NotAllowed(f"{procurement.ref} : l'étape vient de changer, recommencez.")
    documents = signed_documents(session, procurement.ref, act)
    row = Signature(
        ref=procurement.ref,
        stage=decision.stage,
        visit=decision.visit,
        act=act,
        person_email=decision.person_email,
        delegation=verdict.delegation,
        ground=verdict.reason,
        amount_ht=powers.amount(act),
        family_code=procurement.family_code,
        establishment_siret=powers.question(act).establishment,
        signed_on=decision.decided_at.astimezone(clock.PARIS).date(),
        signed_at=decision.decided_at,
        means=means,
        document=" ; ".join(document.path for document in documents) or "formulaire",
        document_sha256=fingerprint(documents) or _form_hash(decision.form),
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    _journal(session, row)


def _journal(session: Session, row: Signature) -> None:
    entry = journal.Entry(
        fact=Fact.SIGNATURE,
        ref=row.ref,
        actor=row.person_email,
        subject=f"{row.stage}/{row.visit}",
        before=row.act,
        after=row.digest,
        reason=f"{row.ground} Preuve : {row.means}. Document signé : {row.document_sha256}.",
    )
    journal.write(session, entry)


def signed_documents(session: Session, ref: str, act: Act) -> list[Document]:
    """Return the documents that the act signs, in their last version."""
    kinds = DOCUMENTS.get(act, ())
    query = select(Document).where(Document.ref == ref, col(Document.kind).in_(kinds))
    found = list(session.exec(query.order_by(col(Document.path))))
    latest = max((document.version for document in found), default=0)
    return [document for document in found if document.version == latest]


def fingerprint(documents: Sequence[Document]) -> str:
    """Return the SHA-256 of one document, or of the list `sha256  path` of several (as sha256sum writes it)."""
    if len(documents) == 1:
        return documents[0].sha256
    listed = "".join(f"{document.sha256}  {document.path}\n" for document in documents)
    return hashlib.sha256(listed.encode()).hexdigest() if documents else ""


def _form_hash(form: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(form, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def of(ref: str) -> list[Signature]:
    """Return the signatures of a procurement, in order."""
    with reading() as session:
        return list(session.exec(select(Signature).where(Signature.ref == ref).order_by(col(Signature.id))))
