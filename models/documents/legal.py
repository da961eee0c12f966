"""The legal figures that the documents print, frozen the day the consultation is launched."""

from decimal import Decimal
from typing import Literal

from pydantic import Field

from models.documents.plain import Amount, Line, Percent, Plain

ProcedureKind = Literal[
    "gre_a_gre", "mapa", "appel_offres_ouvert", "appel_offres_restreint", "procedure_avec_negociation"
]

PROCEDURE_LABELS: dict[ProcedureKind, str] = {
    "gre_a_gre": "Marché passé sans publicité ni mise en concurrence préalables",
    "mapa": "Procédure adaptée",
    "appel_offres_ouvert": "Appel d’offres ouvert",
    "appel_offres_restreint": "Appel d’offres restreint",
    "procedure_avec_negociation": "Procédure avec négociation",
}
FORMALISED = frozenset({"appel_offres_ouvert", "appel_offres_restreint", "procedure_avec_negociation"})


class PenaltyRule(Plain):
    """Penalty for lateness: P = V × R / divisor, with its cap and exemption (CCAG 2021)."""

    divisor: int = Field(gt=0)
    cap: Percent = Field(description="Plafond, en pourcentage du montant du marché ou du bon de commande")
    exemption: Amount = Field(description="Montant total en deçà duquel le titulaire est exonéré, en euros")
    observation_days: int = Field(ge=0)
    article: Line = Field(description="Article du CCAG")


class LegalFrame(Plain):
    """Regime of the consultation: which procedure, on what ground, and the figures in force that day."""

    procedure: ProcedureKind
    ground: Line = Field(description="Fondement, par exemple « articles R. 2124-2 et R. 2161-2 à R. 2161-5 »")
    payment_days: int = Field(gt=0)
    late_interest_points: Percent
    recovery_fee: Amount
    standstill_days: int | None = Field(default=None, gt=0)
    minimum_days: int | None = Field(default=None, gt=0, description="Délai minimal de réception des offres")
    penalty: PenaltyRule
    advance_rate: Percent | None = Field(default=None, description="Taux de l'avance ; absent si non due")
    vigilance_floor: Amount = Field(description="Montant HT à partir duquel la vigilance est exigée")
    vigilance_months: int = Field(gt=0)
    validity_action_months: int = Field(
        gt=0, description="Délai du recours en contestation de validité, en mois"
    )
    environmental_criterion: bool
    environmental_condition: bool
    social_condition: bool

    @property
    def is_formalised(self) -> bool:
        """Whether the procedure is one of the formalised ones."""
        return self.procedure in FORMALISED

    @property
    def label(self) -> str:
        """Return the French name of the procedure."""
        return PROCEDURE_LABELS[self.procedure]


def penalty_amount(base: Decimal, days: int, divisor: int) -> Decimal:
    """Return the penalty for lateness before cap, in EUR: base × days / divisor (CCAG-FCS 2021, art. 14)."""
    return base * days / divisor
