"""The events of risks: what Prefect's automations are told when a risk is raised, changes of level, or is gone.

The history of a risk is the outbox: one line, one event, whose identifier is that of the line.
"""

from datetime import datetime
from uuid import UUID, uuid5

from pydantic import BaseModel

from models.risks.register import Risk, RiskEvent, RiskKind

NAMESPACE = UUID("6a1f3f0e-5d0b-5c1e-9a53-2f6d7c1b9e40")
RAISED, WORSE, BETTER, GONE, CLOSED, TAKEN = "levé", "aggravé", "amélioré", "éteint", "clos", "acquitté"
STANDS = {
    RiskKind.CONTRACT_GAP: "ght.contract.gap",
    RiskKind.STOCK_OUT: "ght.stock.shortage",
    RiskKind.DISPUTE: "ght.dispute.pending",
    RiskKind.PAYMENT: "ght.payment.late",
    RiskKind.CONSUMPTION: "ght.contract.consumed",
    RiskKind.PUBLICATION: "ght.publication.disorganised",
    RiskKind.PERFORMANCE: "ght.performance.lost",
}
"""The event that says that a risk stands, by kind; its payload says whether it is new, worse or better."""
ENDED = "ght.risk.ended"
ACKNOWLEDGED = "ght.risk.acknowledged"
TOLD = (RAISED, WORSE, BETTER, GONE, CLOSED, TAKEN)
"""The lines of the history that are events; the others (degrees of the escalation) are only history."""


class Bell(BaseModel):
    """One event as it is emitted: its name, its resource with labels, what it is about, its payload."""

    id: UUID
    event: str
    occurred: datetime
    resource: dict[str, str]
    related: list[dict[str, str]]
    payload: dict[str, str | bool | None]


def bell_of(line: RiskEvent, risk: Risk) -> Bell:
    """Return the event of a line of the history; made again, it has the same identifier."""
    return Bell(
        id=uuid5(NAMESPACE, f"{line.key}|{line.what}|{line.level}|{line.at.isoformat()}"),
        event=event_of(line, risk),
        occurred=line.at,
        resource=_resource(line, risk),
        related=_related(risk),
        payload={
            "key": risk.key,
            "change": line.what,
            "kind": risk.kind,
            "level": line.level,
            "day": line.on_day.isoformat(),
            "vital": risk.is_vital,
            "title": risk.title,
            "action": risk.action,
            "due_on": risk.due_on.isoformat() if risk.due_on else None,
            "ref": risk.ref,
            "contract": risk.contract,
            "family": risk.family_code,
            "establishment": risk.establishment_siret,
            "reason": line.reason,
        },
    )


def event_of(line: RiskEvent, risk: Risk) -> str:
    """Return the name of the event of a line of the history."""
    if line.what in (GONE, CLOSED):
        return ENDED
    return ACKNOWLEDGED if line.what == TAKEN else STANDS[risk.kind]


def _resource(line: RiskEvent, risk: Risk) -> dict[str, str]:
    labels = {
        "ght.kind": risk.kind.value,
        "ght.level": line.level.value,
        "ght.vital": "oui" if risk.is_vital else "non",
        "ght.family": risk.family_code or "",
        "ght.establishment": risk.establishment_siret or "",
    }
    named = {"prefect.resource.id": f"ght.risk.{risk.key}", "prefect.resource.name": risk.title}
    return named | {name: value for name, value in labels.items() if value}


def _related(risk: Risk) -> list[dict[str, str]]:
    objects = {
        "contract": f"ght.contract.{risk.contract}" if risk.contract else "",
        "procurement": f"ght.procurement.{risk.ref}" if risk.ref else "",
    }
    return [
        {"prefect.resource.id": name, "prefect.resource.role": role} for role, name in objects.items() if name
    ]
