"""A complete, valid context for every document: for trying templates, for tests, for looking at pages."""

from typing import Final

from pydantic import BaseModel

from models.documents.consultation import head_of
from models.documents.passing import LotAnalysis, chart_of
from models.documents.registry import DOCUMENTS, document_type
from tasks.documents.consultation_set import contexts
from tasks.documents.families import example, read_content

CONSULTED: Final = ("perfusion", "generale")


def sample(kind: str) -> BaseModel:
    """Return an example context of a document of the fictional group."""
    wanted = document_type(kind)
    for family in CONSULTED:
        for name, context in contexts(example(family)):
            if name == kind:
                return context
    dossier, written = example("perfusion"), read_content("pieces")
    found = written.get(kind)
    given = found if isinstance(found, dict) else {}
    shared: dict[str, object] = {
        "head": head_of(dossier),
        "signatory": dossier.signatory,
        "legal": dossier.legal,
        "recipient": written["recipient"],
        "holder": written["recipient"],
        "deposits": written["deposits"],
        "awards": written["awards"],
        "court": dossier.buyer.court,
    }
    known = {name: value for name, value in shared.items() if name in wanted.context.model_fields}
    if kind == "differences":
        known["head"] = head_of(dossier).model_copy(update={"version": 2})
    if kind == "rapport_analyse":
        known["chart"] = chart_of([LotAnalysis.model_validate(lot) for lot in given["lots"]])
    return wanted.context.model_validate(known | given)


def samples() -> dict[str, BaseModel]:
    """Return an example context of every document."""
    return {kind: sample(kind) for kind in DOCUMENTS}
