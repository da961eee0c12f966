"""How bad a shortage is: what ANSM says of the medicine, its weight for care, and the days of stock left."""

import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path

from pydantic import BaseModel, Field

from models.execution.medicines import Status
from models.risks.register import Level
from models.risks.watch import Finding

RULES = Path(__file__).parent.parent / "risk_rules" / "ruptures.toml"


class ShortageRule(BaseModel):
    """One line of the table of levels; what is left out is not looked at."""

    status: int = Field(alias="statut", ge=0, le=4)
    essential: bool | None = Field(default=None, alias="mitm")
    coverage: Decimal | None = Field(default=None, alias="couverture")
    level: Level = Field(alias="niveau")
    is_vital: bool = Field(default=False, alias="vital")

    def holds(self, status: int, essential: bool, coverage: Decimal | None) -> bool:
        """Return whether the line applies."""
        return (
            self.status == status
            and self.essential in (None, essential)
            and (self.coverage is None or (coverage is not None and coverage < self.coverage))
        )


@cache
def rules() -> tuple[ShortageRule, ...]:
    """Return the table of levels, in order."""
    content = tomllib.loads(RULES.read_text(encoding="utf-8"), parse_float=Decimal)
    return tuple(ShortageRule.model_validate(one) for one in content["niveaux"])


def level_of(status: int, essential: bool, coverage: Decimal | None) -> ShortageRule | None:
    """Return the line of the table that fits, None when there is nothing to say.

    >>> level_of(1, True, Decimal(40)).level.value, level_of(2, False, None).level.value, level_of(4, True, None)
    ('rouge', 'orange', None)
    """
    return next((rule for rule in rules() if rule.holds(status, essential, coverage)), None)


class ShortageFinding(Finding):
    """A shortage as the watch tells it: the medicine, what ANSM says, the stock, the contracts."""

    cis: str
    cip13: str = ""
    statut: str
    mitm: bool
    couverture_jours: Decimal | None
    marches: list[str] = []
    transition: str = ""


class ShortageReport(BaseModel):
    """The shortages of one day: those that stand, those that ended, and what could not be read."""

    jour: str
    ruptures: list[ShortageFinding] = []
    retablies: list[str] = []
    lignes_lues: int = 0
    lignes_refusees: list[str] = []
    codes_inconnus: list[str] = []  # items of contracts whose codes the public base does not know
    remarques: list[str] = []


def way_out(status: int, essential: bool, others: list[str], at_expense: bool) -> str:
    """Return what to do, from the quickest lawful way to the last one; a substitution is never silent."""
    steps = []
    if status == Status.END:
        steps.append("lancer l'achat de remplacement avant la fin du stock")
    if others:
        steps.append(f"appeler le titulaire suivant ou l'autre lot : {', '.join(others)}")
    if at_expense and status in (Status.SHORTAGE, Status.TENSION):
        steps.append("achat aux frais et risques du titulaire, prévu au marché, après mise en demeure")
    if status in (0, *Status) and status != Status.BACK:
        steps.append(
            "substitution à proposer au pharmacien" + (" et à la commission médicale" if essential else "")
        )
    if status == Status.SHORTAGE:
        steps.append("achat urgent (CCP art. R. 2122-1) seulement si la rupture était imprévisible")
    if status == 0:
        steps.insert(0, "réapprovisionner")
    return " ; ".join(steps)
