"""Publishing a consultation: the dossier frozen with its hashes, the notice recorded and sent."""

import json
from datetime import date

from sqlmodel import select

from models.documents.dossier import Dossier
from models.errors import BadInput, Refused
from models.law.regime import Regime
from models.process.procurement import Document, Procurement
from tasks import clock
from tasks.connectors.folder import Publication
from tasks.consultation import dossier as consultation_dossier
from tasks.consultation import drafting, notices, versions
from tasks.preparation import launch
from tasks.process import filing, transitions
from tasks.steps import step
from tasks.store import reading, transaction


@step("Vérifier le droit applicable")
def changed_law(ref: str, visit: int) -> str:
    """Return why the dossier must be written again on the day of its publication; empty when it need not."""
    with transaction() as session:
        procurement = transitions.standing(session, ref, visit, "publication", "quotes")
        try:
            launch.freeze_regime(procurement)
        except Refused as refusal:
            return str(refusal)
    return ""


@step("Figer le dossier")
def freeze_dossier(ref: str, visit: int) -> None:
    """Write the manifest of the approved dossier: each file with its SHA-256, and the regime frozen that day."""
    with reading() as session:
        procurement = session.get_one(Procurement, ref)
        version = versions.drafted(session, ref)
        if procurement.launched_on is None:
            raise BadInput(f"{ref} : aucun dossier approuvé à publier.")
    keep_manifest(procurement, version, visit, procurement.launched_on)


def keep_manifest(procurement: Procurement, version: int, number: int, on: date) -> Document:
    """Keep the manifest of one version of the dossier, as it is published that day: each file with its SHA-256."""
    ref = procurement.ref
    with reading() as session:
        pieces = drafting.pieces_of(session, ref, version)
    if not pieces:
        raise BadInput(f"{ref} : aucune pièce à publier dans la version {version}.")
    manifest = {
        "reference": ref,
        "version": version,
        "generated_on": on.isoformat(),
        "regime": procurement.regime,
        "files": [
            {"name": p.path.rpartition("/")[2], "kind": p.kind, "sha256": p.sha256, "bytes": p.bytes}
            for p in pieces
        ],
    }
    return filing.keep(
        filing.Paper(
            ref=ref,
            kind="manifeste",
            title="Manifeste du dossier publié",
            folder="publication",
            file_name=f"{ref}-manifeste-v{number}.json",
            content=(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n").encode(),
            version=number,
        )
    )


@step("Publier l'avis")
def publish_notice(ref: str, visit: int) -> None:
    """Publish the contract notice (or the request for quotes) with the frozen dossier."""
    with reading() as session:
        procurement = session.get_one(Procurement, ref)
        version = versions.drafted(session, ref)
        dossier = consultation_dossier.dossier_of(session, procurement, version)
        archive = session.exec(
            select(Document).where(
                Document.ref == ref, Document.kind == drafting.ARCHIVE, Document.version == version
            )
        ).one()
        manifest = session.exec(
            select(Document).where(
                Document.ref == ref, Document.kind == "manifeste", Document.version == visit
            )
        ).one()
    kind = "demande_devis" if procurement.stage == "quotes" else "avis_marche"
    content = notice_content(procurement, dossier)
    notices.publish(Publication(ref=ref, kind=kind, version=visit, content=content), [archive, manifest])


def notice_content(procurement: Procurement, dossier: Dossier) -> dict[str, object]:
    """Return the contract notice with the names of eForms (regulation (EU) 2019/1780) for its fields."""
    regime = Regime.model_validate(procurement.regime)
    due_at = procurement.tenders_due_at
    return {
        "procedureIdentifier": procurement.ref,
        "buyer": {"name": dossier.buyer.name, "siret": dossier.buyer.siret, "email": dossier.buyer.email},
        "onBehalfOf": [{"name": member.name, "siret": member.siret} for member in dossier.members],
        "title": procurement.objet,
        "mainNature": procurement.nature,
        "mainClassification": procurement.cpv,
        "procedureType": regime.procedure.value,
        "publicity": regime.publicity.value,
        "estimatedValue": str(procurement.amount_ht),
        "durationMonths": procurement.duration_months,
        "tenderDeadline": due_at.astimezone(clock.PARIS).isoformat() if due_at else None,
        "documentsUrl": dossier.platform,
        "lots": [
            {
                "identifier": lot.number,
                "title": lot.title,
                "estimatedValue": str(lot.estimate),
                "maximumValue": None if lot.maximum is None else str(lot.maximum),
            }
            for lot in dossier.lots
        ],
        "awardCriteria": [
            {"name": c.name, "type": c.kind, "weight": str(c.weight)} for c in dossier.criteria
        ],
        "legalBasis": [
            {"article": g.article, "text": g.text, "status": g.status.value} for g in regime.grounds
        ],
    }
