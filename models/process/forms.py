"""What people fill in at the gates: one typed form per answer, shown in French, read by its French field names."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from models.columns import Euros
from models.errors import BadInput
from models.law.need import Nature
from models.reading.form_faults import checked
from models.reading.identifiers import checked_cpv
from models.reading.values import cleaned, parse_amount, parse_date, parse_positive_amount


def _quantity(value: object) -> Decimal:
    quantity = parse_amount(value, "quantité")
    if quantity < 0:
        raise ValueError(f"quantité négative : {value}")
    return quantity


def _mark(value: object) -> Decimal:
    try:
        return parse_amount(value, "note")
    except BadInput as error:
        raise BadInput(f"« {value} » n'est pas une note : une note de 0 à 100 est attendue") from error


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("texte vide")
    return text.strip()


Text = Annotated[str, AfterValidator(_not_blank), Field(max_length=4000)]
Amount = Annotated[Euros, checked(parse_positive_amount)]
Quantity = Annotated[Euros, checked(_quantity)]
Day = Annotated[date, checked(parse_date)]


class Form(BaseModel):
    """A form: closed (an unknown field is refused), read by alias (French) or by name."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    _clean = model_validator(mode="before")(cleaned)


class Approval(Form):
    """Accord, avec une observation facultative."""

    comment: str = Field(default="", alias="observation", title="Observation", max_length=4000)


class Reason(Form):
    """Réponse qui doit être motivée."""

    reason: Text = Field(alias="motif", title="Motif")


class Operator(StrEnum):
    """The central purchasing bodies that a group may join (centrales d'achat, CCP art. L. 2113-2)."""

    UNIHA = "UniHA"
    RESAH = "Resah"
    UGAP = "UGAP"
    REGION = "Région"


class Join(Reason):
    """Recours à une centrale d'achat."""

    operator: Operator = Field(alias="operateur", title="Centrale d'achat")


FULL_WEIGHT = 100
LONGEST_MONTHS = 240


class Criterion(Form):
    """An award criterion and its weight in hundredths (CCP art. L. 2152-7, R. 2152-12)."""

    code: str = Field(pattern=r"^[a-z0-9_]{1,30}$", title="Code")
    label: Text = Field(alias="libelle", title="Critère")
    weight: int = Field(alias="poids", ge=1, le=100, title="Poids (%)")
    kind: str = Field(
        default="technique",
        alias="nature",
        pattern="^(prix|cout|technique|environnement|social|delai)$",
        title="Nature",
    )


class StrategyLot(Form):
    """A lot: its share of the estimate and, in a framework, its maximum, EUR HT over the whole duration."""

    number: int = Field(alias="numero", ge=1, le=200, title="Numéro")
    label: Text = Field(alias="libelle", title="Intitulé")
    estimate_ht: Amount = Field(alias="estimation", title="Estimation (€ HT)")
    maximum_ht: Amount | None = Field(default=None, alias="maximum", title="Maximum (€ HT)")


class StrategyItem(Form):
    """An item to buy, in its lot."""

    code: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,40}$", title="Code")
    label: Text = Field(alias="libelle", title="Article")
    unit: Text = Field(alias="unite", title="Unité")
    lot: int = Field(default=1, ge=1, le=200, title="Lot")
    lot_label: str = Field(default="", alias="libelle_lot", title="Intitulé du lot")


class Strategy(Form):
    """Stratégie d'achat retenue."""

    comment: str = Field(default="", alias="observation", title="Observation", max_length=4000)
    lever: str = Field(default="massification", alias="levier", title="Levier", max_length=200)
    criteria: list[Criterion] = Field(
        default_factory=list, alias="criteres", title="Critères d'attribution (ceux de la famille si vide)"
    )
    lots: list[StrategyLot] = Field(
        default_factory=list, alias="lots", title="Lots (proposés d'après les articles si vide)"
    )
    items: list[StrategyItem] = Field(
        default_factory=list, alias="articles", title="Articles (catalogue de la famille si vide)"
    )
    single_lot_reason: str = Field(
        default="",
        alias="motif_lot_unique",
        max_length=2000,
        title="Motif de non-allotissement (un seul lot)",
    )
    long_duration_reason: str = Field(
        default="",
        alias="motif_duree",
        max_length=2000,
        title="Motif d'une durée supérieure à la durée usuelle",
    )
    renewals: int = Field(default=0, alias="reconductions", ge=0, le=10, title="Nombre de reconductions")
    tender_days: int | None = Field(
        default=None, alias="delai_offres", ge=1, le=365, title="Délai de remise des offres (jours)"
    )

    @model_validator(mode="after")
    def weights_sum_to_hundred(self) -> Self:
        """Refuse weights that do not add up to 100, and two criteria or items under one code."""
        total = sum(criterion.weight for criterion in self.criteria)
        if self.criteria and total != FULL_WEIGHT:
            raise ValueError(f"la somme des poids des critères est {total}, elle doit être 100")
        for name, codes in (
            ("critère", [c.code for c in self.criteria]),
            ("article", [i.code for i in self.items]),
            ("lot", [str(lot.number) for lot in self.lots]),
        ):
            if len(codes) != len(set(codes)):
                raise ValueError(f"un {name} apparaît deux fois")
        return self


class NewPurchase(Form):
    """Ouverture d'un achat ; la valeur est celle de toute la durée."""

    objet: Text = Field(title="Objet de l'achat", max_length=500)
    family: Text = Field(alias="famille", title="Famille d'achat")
    cpv: Annotated[str, checked(checked_cpv)] = Field(title="Code CPV")
    nature: Nature = Field(title="Nature")
    amount_ht: Amount = Field(alias="montant", title="Valeur estimée (€ HT)")
    duration_months: int = Field(alias="duree_mois", ge=1, le=LONGEST_MONTHS, title="Durée (mois)")
    starts_on: Day | None = Field(default=None, alias="demarrage", title="Début souhaité")


class Needs(Form):
    """Besoins annuels de l'établissement."""

    opportunity: bool = Field(
        default=True, alias="opportunite", title="L'établissement confirme l'opportunité de l'achat"
    )
    quantities: dict[str, Quantity] = Field(
        default_factory=dict, alias="quantites", title="Quantité annuelle par article"
    )
    comment: str = Field(default="", alias="observation", title="Observation", max_length=4000)


class Opening(Form):
    """Ouverture des plis."""

    present: list[str] = Field(default_factory=list, alias="presents", title="Autres personnes présentes")
    comment: str = Field(default="", alias="observation", title="Observation", max_length=4000)


class TenderScore(Form):
    """The marks of one tender on one lot, out of 100 for each criterion that is not the price."""

    tender: Text = Field(alias="offre", title="Numéro de l'offre")
    lot: int = Field(default=1, ge=1, title="Lot")
    marks: dict[str, Annotated[Decimal, checked(_mark), Field(ge=0, le=100)]] = Field(
        default_factory=dict, alias="notes", title="Note sur 100 par critère"
    )
    comments: dict[str, Text] = Field(
        default_factory=dict, alias="appreciations", title="Appréciation par critère"
    )
    strengths: str = Field(default="", alias="points_forts", title="Points forts")
    weaknesses: str = Field(default="", alias="points_faibles", title="Points faibles")
    irregular: str = Field(default="", alias="irreguliere", title="Motif d'irrégularité")


class Analysis(Form):
    """Analyse des offres : les notes de chaque offre."""

    scores: list[TenderScore] = Field(alias="offres", title="Notes des offres", min_length=1)
    comment: str = Field(default="", alias="observation", title="Observation", max_length=4000)
