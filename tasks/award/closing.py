"""Ending a procurement without a contract: the decision, and the letters to those who tendered."""

from sqlmodel import Session, col, select

from models.documents import passing
from models.process.procurement import Decision, Procurement, StageVisit, Tender
from models.process.table import stage_of
from models.signing.acts import Act
from tasks.award import papers
from tasks.outgoing import mail
from tasks.steps import step
from tasks.store import reading, transaction
from tasks.tendering import successive

NEXT = {
    "without_follow_up": "Les candidats sont informés. Le besoin est réexaminé avant toute nouvelle consultation.",
    "unsuccessful": "Une nouvelle consultation, ou une procédure permise par l'article R. 2122-2, est étudiée.",
}
WRITTEN = tuple(NEXT)
LETTER = "lettre_sans_suite"


def _last(session: Session, ref: str) -> Decision:
    """Return the decision that ended the procurement."""
    query = select(Decision).where(Decision.ref == ref).order_by(col(Decision.id).desc()).limit(1)
    return session.exec(query).one()


def _was_drafted(session: Session, ref: str) -> bool:
    """Return whether a dossier exists: before it there is nobody to inform and no deadline to recall."""
    query = select(StageVisit).where(StageVisit.ref == ref, StageVisit.stage == "review")
    return session.exec(query).first() is not None


@step("Écrire la décision de fin")
def write_decision(ref: str, visit: int) -> None:
    """Write the decision with its reasons; an end before the dossier exists is recorded by the journal alone."""
    with reading() as session:
        procurement = session.get_one(Procurement, ref)
        if procurement.stage not in WRITTEN or not _was_drafted(session, ref):
            return
        shared = papers.bundle(session, ref)
        last = _last(session, ref)
        kind, context = _decision(session, shared, last)
    papers.keep(kind, ref, visit, context)


def _decision(
    session: Session, shared: papers.Bundle, last: Decision
) -> tuple[str, passing.WithoutFollowUp | passing.Unsuccessful]:
    stage = shared.procurement.stage
    signatory = papers.decided_by(session, shared.procurement, last.stage, Act.LAUNCH)
    visas = ["le code de la commande publique", f"le dossier de la consultation {shared.procurement.ref}"]
    reasons = str(last.form.get("motif") or stage_of(stage).label)
    if stage == "unsuccessful":
        received = len(successive.in_force(shared.tenders))
        return "decision_infructueux", passing.Unsuccessful(
            head=shared.head,
            signatory=signatory,
            visas=visas,
            received=received,
            reasons=reasons,
            next_step=NEXT[stage],
        )
    return "decision_sans_suite", passing.WithoutFollowUp(
        head=shared.head, signatory=signatory, visas=visas, reasons=reasons, next_step=NEXT[stage]
    )


@step("Écrire aux candidats")
def write_letters(ref: str, visit: int) -> int:
    """Write to every tenderer that the procedure ends, and why (CCP art. R. 2185-2); return how many letters."""
    with reading() as session:
        procurement = session.get_one(Procurement, ref)
        has_tenders = session.exec(select(Tender.id).where(Tender.ref == ref)).first() is not None
        if procurement.stage not in WRITTEN or not has_tenders:
            return 0
        shared = papers.bundle(session, ref)
        last = _last(session, ref)
        candidates = {
            one.siret: one for one in shared.tenders
        }.values()  # one letter each, however often they sent
        letters = [
            passing.WithoutFollowUpLetter(
                head=shared.head,
                signatory=papers.decided_by(session, procurement, last.stage, Act.LAUNCH),
                recipient=papers.company(tender),
                outcome="infructueux" if procurement.stage == "unsuccessful" else "sans_suite",
                reasons=str(last.form.get("motif") or stage_of(procurement.stage).label),
                court=shared.dossier.buyer.court,
            )
            for tender in candidates
        ]
    for letter in letters:
        papers.keep(LETTER, ref, visit, letter, letter.recipient.name)
    with transaction() as session:
        mailings = [
            papers.Mailing(kind=LETTER, recipient=one.recipient.name, to=one.recipient) for one in letters
        ]
        papers.mail(session, shared.procurement, mailings)
    mail.send_pending()
    return len(letters)
