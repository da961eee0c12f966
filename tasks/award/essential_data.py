"""The essential data of the contracts of a procurement."""

from decimal import Decimal

from sqlmodel import Session, select

from models.award.essential_data import (
    CCAG,
    PRICES,
    PROCEDURES,
    Buyer,
    EssentialData,
    Holder,
    HolderId,
    Place,
)
from models.contracts.register import Contract
from models.documents.dossier import Dossier
from models.law.regime import Regime
from models.process.procurement import Procurement, Tender
from tasks import clock
from tasks.tendering import successive

SMALLEST_AMOUNT = Decimal(1)


def records(
    session: Session, procurement: Procurement, dossier: Dossier, contracts: list[Contract]
) -> list[EssentialData]:
    """Return one record for each contract; the amount is the maximum of a framework, else the amount signed."""
    received = session.exec(select(Tender).where(Tender.ref == procurement.ref)).all()
    tenders = len(successive.in_force(received))
    regime = Regime.model_validate(procurement.regime)
    framework = dossier.form == "accord_cadre"
    green = ["Critère environnemental"] if any(c.kind == "environnement" for c in dossier.criteria) else []
    green += ["Clause environnementale"] if dossier.conditions.environmental_clause else []
    social = ["Critère social"] if any(c.kind == "social" for c in dossier.criteria) else []
    social += ["Clause sociale"] if dossier.conditions.social_clause else []
    return [
        EssentialData(
            id=f"{contract.number}-L{contract.lot:02d}",
            acheteur=Buyer(id=contract.buyer_siret),
            objet=contract.objet[:1000],
            codeCPV=contract.cpv,
            techniques={"technique": ["Accord-cadre" if framework else "Sans objet"]},
            modalitesExecution={"modaliteExecution": ["Bons de commande" if framework else "Sans objet"]},
            ccag=CCAG[dossier.conditions.ccag],
            offresRecues=tenders,
            attributionAvance=dossier.legal.advance_rate is not None,
            tauxAvance=(dossier.legal.advance_rate or Decimal(0)) / 100,
            procedure=PROCEDURES[regime.procedure],
            lieuExecution=Place(code=dossier.buyer.address.postal_code),
            dureeMois=procurement.duration_months,
            dateNotification=contract.notified_on or clock.today(),
            datePublicationDonnees=clock.today(),
            montant=max(contract.maximum_ht or contract.amount_ht or SMALLEST_AMOUNT, SMALLEST_AMOUNT),
            typesPrix={"typePrix": [PRICES[dossier.price.form]]},
            formePrix="Unitaire",
            titulaires=[Holder(titulaire=HolderId(id=contract.holder_siret or ""))],
            considerationsSociales={"considerationSociale": social or ["Pas de considération sociale"]},
            considerationsEnvironnementales={
                "considerationEnvironnementale": green or ["Pas de considération environnementale"]
            },
        )
        for contract in contracts
    ]
