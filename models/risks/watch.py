"""What the watch (veille) found on one day: seven lists, each of findings."""

from datetime import date

from pydantic import BaseModel

from models.risks.register import Level, Risk, RiskKind


class Finding(BaseModel):
    """Something found: its key, level, object, due date and the action taken or proposed."""

    cle: str
    niveau: Level
    objet: str
    echeance: date | None
    action: str

    @classmethod
    def of(cls, risk: Risk) -> "Finding":
        """Return what a risk says."""
        return cls(
            cle=risk.key, niveau=risk.level, objet=risk.title, echeance=risk.due_on, action=risk.action
        )


class Sweep(BaseModel):
    """What the watch found on one day; `remarques` says what it could not do."""

    jour: date
    expirations: list[Finding] = []
    ruptures: list[Finding] = []
    litiges: list[Finding] = []
    paiements: list[Finding] = []
    consommations: list[Finding] = []
    relances: list[Finding] = []
    reprises: list[Finding] = []
    remarques: list[str] = []


LISTS = {
    RiskKind.CONTRACT_GAP: "expirations",
    RiskKind.STOCK_OUT: "ruptures",
    RiskKind.DISPUTE: "litiges",
    RiskKind.PAYMENT: "paiements",
    RiskKind.CONSUMPTION: "consommations",
    RiskKind.PUBLICATION: "consommations",
    RiskKind.PERFORMANCE: "consommations",
}
"""The list of the watch in which each kind of risk appears."""


def list_of(risk: Risk) -> str:
    """Return the list in which a risk is told: a contract told once comes back among the reminders."""
    if risk.kind is RiskKind.CONTRACT_GAP and risk.times_listed:
        return "relances"
    return LISTS[risk.kind]
