"""The documents of the product: kind, French title, context model, template."""

from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel

from models.documents import consultation, delegations, execution, passing, rectification
from models.errors import BadInput


@dataclass(frozen=True)
class DocumentType:
    """A kind of document: its French title, the model of its context, the name of its template."""

    kind: str
    title: str
    context: type[BaseModel]

    @property
    def template(self) -> str:
        """Return the name of the Word template, without its suffix."""
        return self.kind


_CONSULTATION: dict[str, tuple[str, type[BaseModel]]] = {
    "rc": ("Règlement de la consultation", consultation.AssembledPiece),
    "ccap": ("Cahier des clauses administratives particulières", consultation.AssembledPiece),
    "cctp": ("Cahier des clauses techniques particulières", consultation.AssembledPiece),
    "acte_engagement": ("Acte d'engagement", consultation.LotPiece),
    "annexe_etablissements": (
        "Annexe – Établissements et lieux de livraison",
        consultation.ConsultationPiece,
    ),
    "liste_candidature": ("Liste des pièces à remettre", consultation.CandidatureList),
    "cadre_reponse": ("Cadre de réponse technique", consultation.AnswerForm),
    "lettre_consultation": ("Lettre de consultation", consultation.ConsultationLetter),
}

_RECTIFICATION: dict[str, tuple[str, type[BaseModel]]] = {
    "differences": ("Liste des modifications du dossier", rectification.ChangesList),
    "reponses_questions": ("Réponses aux questions des candidats", rectification.AnswersAnnex),
}
_PASSING: dict[str, tuple[str, type[BaseModel]]] = {
    "registre_depots": ("Registre des dépôts", passing.DepositRegister),
    "pv_ouverture": ("Procès-verbal d'ouverture des plis", passing.OpeningRecord),
    "demande_precision": ("Demande de précision", passing.QuestionsLetter),
    "demande_regularisation": ("Demande de régularisation", passing.QuestionsLetter),
    "demande_justification_prix": ("Demande de justification du prix", passing.AbnormalPriceLetter),
    "rapport_analyse": ("Rapport d'analyse des offres", passing.AnalysisReport),
    "lettre_attributaire": ("Demande de justificatifs à l'attributaire pressenti", passing.AwardeeLetter),
    "lettre_rejet": ("Information du rejet de l'offre", passing.RejectionLetter),
    "decision_attribution": ("Décision d'attribution", passing.AwardDecision),
    "rapport_presentation": ("Rapport de présentation", passing.PresentationReport),
    "lettre_notification": ("Notification du marché", passing.NotificationLetter),
    "decision_sans_suite": ("Décision de ne pas donner suite", passing.WithoutFollowUp),
    "decision_infructueux": ("Décision déclarant la procédure infructueuse", passing.Unsuccessful),
    "lettre_sans_suite": ("Information sur la fin de la procédure", passing.WithoutFollowUpLetter),
    "acte_delegation": ("Délégation de signature", passing.DelegationAct),
    "publication_delegation": (
        "Certificat de publication d'une délégation de signature",
        delegations.DelegationPublication,
    ),
    "lettre_delegation_comptable": (
        "Transmission d'une délégation de signature au comptable",
        delegations.DelegationLetter,
    ),
}
_EXECUTION: dict[str, tuple[str, type[BaseModel]]] = {
    "bon_commande": ("Bon de commande", execution.PurchaseOrder),
    "ordre_service": ("Ordre de service", execution.ServiceOrder),
    "lettre_reconduction": ("Reconduction du marché", execution.RenewalLetter),
    "lettre_non_reconduction": ("Non-reconduction du marché", execution.NonRenewalLetter),
    "mise_en_demeure": ("Mise en demeure", execution.FormalNotice),
    "decompte_penalites": ("Décompte de pénalités", execution.PenaltyStatement),
    "avenant": ("Avenant", execution.Amendment),
}

DOCUMENTS: Final[dict[str, DocumentType]] = {
    kind: DocumentType(kind, title, context)
    for kind, (title, context) in (_CONSULTATION | _RECTIFICATION | _PASSING | _EXECUTION).items()
}
WORKBOOKS: Final[dict[str, str]] = {
    "bpu": "Bordereau des prix unitaires",
    "dqe": "Détail quantitatif estimatif",
    "dpgf": "Décomposition du prix global et forfaitaire",
}


def document_type(kind: str) -> DocumentType:
    """Return the document of this kind, or raise `BadInput` with the list of the kinds."""
    if kind not in DOCUMENTS:
        raise BadInput(f"Document « {kind} » inconnu. Documents possibles : {', '.join(sorted(DOCUMENTS))}.")
    return DOCUMENTS[kind]
