"""What the application tells outside: the names of its events, and what one says. The same names ring in Prefect."""

from datetime import datetime

from pydantic import BaseModel

from models.access.sight import Viewer, sees_contract, sees_document, sees_risk
from models.errors import BadInput
from models.process.table import STAGES

PROCUREMENT = "ght.procurement"
DECISION_ASKED = "ght.decision.asked"
DOCUMENT_READY = "ght.document.ready"
CONTRACT_EXPIRING = "ght.contract.expiring"
RISK_RAISED = "ght.risk.raised"
DISPUTE_OPENED = "ght.dispute.opened"
EVERYTHING = "ght.*"
KNOWN = (
    *(f"{PROCUREMENT}.{stage.key}" for stage in STAGES),
    DECISION_ASKED,
    DOCUMENT_READY,
    CONTRACT_EXPIRING,
    RISK_RAISED,
    DISPUTE_OPENED,
)


class Details(BaseModel):
    """What an event says besides its object: names and dates, never an amount, a candidate or a text of a tender."""

    family: str | None = None
    stage: str | None = None
    label: str | None = None
    visit: int | None = None
    document: str | None = None
    version: int | None = None
    sha256: str | None = None
    contract: str | None = None
    ends_on: str | None = None
    risk: str | None = None
    kind: str | None = None
    level: str | None = None
    dispute: str | None = None


class Audience(BaseModel):
    """What decides who may hear of an event; nothing set: everybody of the group."""

    document_path: str | None = None
    document_kind: str = ""
    buyer_siret: str | None = None
    house_siret: str | None = None
    key: str = ""  # of the risk, or of the contract in dispute


class Happening(BaseModel):
    """A fact told outside. `key` is its business key: the same fact told again is the same event."""

    type: str
    key: str
    at: datetime
    ref: str | None = None
    path: str  # of the page that shows it
    details: Details
    audience: Audience = Audience()


def is_wanted(patterns: list[str], type_: str) -> bool:
    """Return whether a subscription to these patterns hears an event of that type.

    >>> is_wanted(["ght.procurement.*"], "ght.procurement.review"), is_wanted(["ght.risk.raised"], "ght.risk")
    (True, False)
    """
    return any(
        type_.startswith(one.removesuffix("*")) if one.endswith(".*") else type_ == one for one in patterns
    )


def checked_patterns(patterns: list[str]) -> list[str]:
    """Return the patterns in order, each once; one that no event answers is refused."""
    found = sorted({one.strip() for one in patterns if one.strip()})
    if not found:
        raise BadInput("Événements : donnez-en au moins un, par exemple ght.procurement.* (ght.* pour tous).")
    for one in found:
        if not any(is_wanted([one], type_) for type_ in KNOWN):
            raise BadInput(f"Événement inconnu : « {one} ». Les noms : {EVERYTHING}, {', '.join(KNOWN)}.")
    return found


def hears(viewer: Viewer, audience: Audience, is_notified: bool) -> bool:
    """Return whether a person may hear of an event: by the rules of the pages, no other."""
    if audience.document_path is not None:
        return sees_document(viewer, audience.document_path, audience.document_kind, is_notified)
    if audience.buyer_siret is not None:
        return sees_contract(viewer, audience.buyer_siret)
    return sees_risk(viewer, audience.house_siret, audience.key)
