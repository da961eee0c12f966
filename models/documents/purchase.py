"""What is bought: lots, items, quantities per establishment, prices, durations, criteria."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from models.documents.plain import Amount, Cpv, Line, Percent, Plain, Text, _exact

Weight = Annotated[Decimal, BeforeValidator(_exact), Field(gt=0, le=100, allow_inf_nan=False)]
CriterionKind = Literal["prix", "cout", "technique", "environnement", "social", "delai"]


class Quantity(Plain):
    """Yearly quantity of one item for one member."""

    member: Line = Field(description="Code de l'établissement")
    yearly: Amount


class Item(Plain):
    """A line of the price schedule (BPU)."""

    code: Line
    label: Text
    unit: Line
    vat: Percent = Field(description="Taux de TVA, en pour cent")
    quantities: list[Quantity] = []


class Lot(Plain):
    """A lot, or the whole contract when there is only one."""

    number: int = Field(gt=0)
    title: Line
    description: Text
    cpv: Cpv
    pricing: Literal["unitaire", "forfait"] = "unitaire"
    estimate: Amount = Field(description="Valeur estimée HT sur toute la durée, reconductions comprises")
    minimum: Amount | None = Field(
        default=None, description="Minimum HT de l'accord-cadre, sur toute la durée"
    )
    maximum: Amount | None = Field(
        default=None, description="Maximum HT de l'accord-cadre, sur toute la durée"
    )
    items: list[Item] = Field(min_length=1)

    @model_validator(mode="after")
    def _minimum_below_maximum(self) -> "Lot":
        if self.minimum is not None and (self.maximum is None or self.minimum > self.maximum):
            raise ValueError(f"lot {self.number} : le minimum dépasse le maximum, ou le maximum manque")
        codes = [item.code for item in self.items]
        if len(set(codes)) < len(codes):
            twice = next(code for code in codes if codes.count(code) > 1)
            raise ValueError(f"lot {self.number} : le code d'article « {twice} » est donné deux fois")
        return self


class Index(Plain):
    """A published index of a revision formula; its base value is frozen at the base month."""

    symbol: Line
    name: Line
    source: Line = Field(description="Éditeur et identifiant de série")
    share: Percent = Field(description="Part dans la formule, en pour cent")


class Revision(Plain):
    """Revision formula (CCP art. R. 2112-13): fixed part + shares of the indices = 100."""

    fixed_share: Percent
    indices: list[Index] = Field(min_length=1)
    base_month: Line = Field(description="Mois zéro, par exemple « novembre 2026 »")
    period: Line = Field(description="Périodicité, par exemple « annuelle, à la date anniversaire »")
    cap: Percent | None = Field(
        default=None, description="Clause de sauvegarde : hausse annuelle maximale, en %"
    )

    @model_validator(mode="after")
    def _whole(self) -> "Revision":
        total = self.fixed_share + sum((index.share for index in self.indices), Decimal(0))
        if total != 100:
            raise ValueError(f"la part fixe et les parts des indices font {total} %, et non 100 %")
        return self


class Price(Plain):
    """Form of the price."""

    form: Literal["ferme", "actualisable", "revisable"]
    revision: Revision | None = None

    @model_validator(mode="after")
    def _formula_when_revisable(self) -> "Price":
        if (self.form == "revisable") is not (self.revision is not None):
            raise ValueError("un prix révisable, et lui seul, porte une formule de révision")
        return self


class Duration(Plain):
    """Duration from notification, with tacit renewals."""

    months: int = Field(gt=0, le=240)
    renewals: int = Field(default=0, ge=0, le=20)
    renewal_months: int = Field(default=0, ge=0, le=120)
    notice_months: int = Field(default=3, ge=0, le=24, description="Préavis de non-reconduction, en mois")

    @property
    def total_months(self) -> int:
        """Return the whole duration with renewals, in months."""
        return self.months + self.renewals * self.renewal_months

    @model_validator(mode="after")
    def _renewals_have_months(self) -> "Duration":
        if bool(self.renewals) is not bool(self.renewal_months):
            raise ValueError("le nombre de reconductions et leur durée vont ensemble")
        return self


class SubCriterion(Plain):
    """A sub-criterion, with the question asked in the technical answer form."""

    name: Line
    weight: Weight = Field(description="Pourcentage de la note finale")
    question: Text
    guide: Text = Field(description="Ce qui est apprécié, et comment la note est donnée")


class Criterion(Plain):
    """An award criterion (CCP art. R. 2152-7); weights are percentages of the final score."""

    name: Line
    kind: CriterionKind
    weight: Weight
    method: Text | None = Field(default=None, description="Méthode de notation")
    sub_criteria: list[SubCriterion] = []

    @model_validator(mode="after")
    def _parts_make_the_whole(self) -> "Criterion":
        parts = sum((part.weight for part in self.sub_criteria), Decimal(0))
        if self.sub_criteria and parts != self.weight:
            raise ValueError(
                f"« {self.name} » : les sous-critères font {parts} % pour un critère de {self.weight} %"
            )
        return self
