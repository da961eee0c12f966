"""The documents of the product: kind, French title, context model, template."""

from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel

from models.documents import consultation
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

DOCUMENTS: Final[dict[str, DocumentType]] = {
    kind: DocumentType(kind, title, context) for kind, (title, context) in _CONSULTATION.items()
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
