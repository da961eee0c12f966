"""Notifying the contracts, entering them in the register, publishing the award and the essential data."""

from sqlmodel import Session, select

from models.award.essential_data import file_of
from models.contracts.register import Contract
from models.documents.passing import NotificationLetter
from models.law.regime import Publicity, Regime
from models.process.procurement import Procurement
from models.signing.acts import Act
from tasks import clock
from tasks.award import essential_data, papers, registering, results
from tasks.connectors.folder import Publication
from tasks.consultation import dossier as consultation_dossier
from tasks.consultation import notices, versions
from tasks.outgoing import mail
from tasks.process import transitions
from tasks.steps import step
from tasks.store import reading, transaction

LETTER = "lettre_notification"


@step("Notifier les titulaires")
def write_letters(ref: str, visit: int) -> int:
    """Write to each holder that the contract is notified (CCP art. R. 2182-4); return how many letters."""
    with reading() as session:
        shared = papers.bundle(session, ref)
        signatory = papers.decided_by(session, shared.procurement, "contract_signature", Act.CONTRACT)
        tenders = {tender.number: tender for tender in shared.tenders}
        maxima = {lot.number: lot.maximum for lot in shared.dossier.lots}
        letters = [
            NotificationLetter(
                head=shared.head.model_copy(update={"lot": f"Lot n° {lot.number} – {lot.title}"}),
                signatory=signatory,
                recipient=papers.company(tenders[lot.winner.tender]),
                amount=lot.winner.amount_ht,
                maximum=maxima.get(lot.number),
                pieces=["Acte d'engagement signé", "Bordereau des prix unitaires"],
                guarantee_rate=shared.dossier.conditions.guarantee_rate,
                contact=f"{shared.dossier.buyer.service}, {shared.dossier.buyer.email}",
            )
            for lot in results.results(session, shared.procurement)
            if lot.winner
        ]
    mailings = []
    for letter in letters:
        recipient = f"{letter.recipient.name}, {letter.head.lot}"
        papers.keep(LETTER, ref, visit, letter, recipient)
        mailings.append(papers.Mailing(kind=LETTER, recipient=recipient, to=letter.recipient))
    with transaction() as session:
        papers.mail(session, shared.procurement, mailings)
    mail.send_pending()
    return len(letters)


@step("Inscrire les marchés au registre")
def register_contracts(ref: str) -> int:
    """Enter the contracts in the register with their end and alert dates; return how many there are."""
    with transaction() as session:
        procurement = transitions.load(session, ref)
        if procurement.notified_on is None:
            procurement.notified_on = clock.today()
        return len(registering.enter(session, procurement))


def _contracts(session: Session, ref: str) -> list[Contract]:
    return list(session.exec(select(Contract).where(Contract.procurement_ref == ref)))


@step("Publier l'avis d'attribution")
def publish_award(ref: str, visit: int) -> None:
    """Publish the award notice when the regime asks for one (CCP art. R. 2183-1)."""
    with reading() as session:
        procurement = session.get_one(Procurement, ref)
        regime = Regime.model_validate(procurement.regime)
        if regime.publicity is Publicity.NONE or regime.award_notice_days is None:
            return
        content = _award_notice(session, procurement)
    notices.publish(Publication(ref=ref, kind="avis_attribution", version=visit, content=content), [])


def _award_notice(session: Session, procurement: Procurement) -> dict[str, object]:
    notified_on = procurement.notified_on
    return {
        "procedureIdentifier": procurement.ref,
        "title": procurement.objet,
        "mainClassification": procurement.cpv,
        "contractConclusionDate": procurement.signed_on.isoformat() if procurement.signed_on else None,
        "notificationDate": notified_on.isoformat() if notified_on else None,
        "lots": [
            {
                "identifier": lot.number,
                "title": lot.title,
                "receivedTenders": len(lot.results),
                "winner": {"name": lot.winner.supplier, "siret": lot.winner.siret} if lot.winner else None,
                "awardedValue": str(lot.winner.amount_ht) if lot.winner else None,
            }
            for lot in results.results(session, procurement)
        ],
    }


@step("Publier les données essentielles")
def publish_essential_data(ref: str, visit: int) -> None:
    """Publish the essential data when the regime asks for them (CCP art. R. 2196-1)."""
    with reading() as session:
        procurement = session.get_one(Procurement, ref)
        if not Regime.model_validate(procurement.regime).essential_data:
            return
        dossier = consultation_dossier.dossier_of(session, procurement, versions.drafted(session, ref))
        records = essential_data.records(session, procurement, dossier, _contracts(session, ref))
    content = file_of(records)
    notices.publish(Publication(ref=ref, kind="donnees_essentielles", version=visit, content=content), [])
