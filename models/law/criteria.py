"""Award criteria: admissible, fully weighted, environmental where due, price alone only while allowed."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum

from models.errors import BadInput
from models.law.dated import Frozen, Law
from models.law.need import Procedure
from models.law.wording import percent
from models.reading.values import fold, to_cents


class CriterionKind(StrEnum):
    """What a criterion measures; `cout` is the global cost over the life cycle (CCP art. R. 2152-9)."""

    PRICE = "prix"
    COST = "cout"
    QUALITY = "qualite"
    ENVIRONMENT = "environnement"
    SOCIAL = "social"
    DELAY = "delai"


class AwardCriterion(Frozen):
    """One criterion; `weight` in percent, None when criteria are only ranked in decreasing order.

    `environmental` marks a criterion of another kind that takes environmental features into account.
    """

    label: str
    kind: CriterionKind
    weight: Decimal | None = None
    environmental: bool = False

    @property
    def is_environmental(self) -> bool:
        """Whether it takes environmental features into account (CCP art. L. 2152-7)."""
        return self.environmental or self.kind is CriterionKind.ENVIRONMENT


class Fault(Frozen):
    """What is wrong, with its article."""

    article: str
    text: str


CAPACITY = "c'est une capacité du candidat, pas une qualité de l'offre"
TERRITORY = "il favorise une implantation, sans lien avec l'objet du marché"
NOT_ADMISSIBLE: Mapping[str, str] = {
    "chiffre d affaires": CAPACITY,
    "references": CAPACITY,
    "effectifs": CAPACITY,
    "implantation": TERRITORY,
    "proximite": TERRITORY,
    "preference locale": TERRITORY,
    "politique generale": "il juge l'entreprise dans son ensemble, sans lien avec l'objet du marché",
}


def check_criteria(criteria: Sequence[AwardCriterion], procedure: Procedure, on: date) -> None:
    """Raise `BadInput` with every fault of the criteria of a consultation launched that day."""
    if faults := criteria_faults(criteria, procedure, on):
        raise BadInput(" ; ".join(f"{fault.text} ({fault.article})" for fault in faults) + ".")


def criteria_faults(criteria: Sequence[AwardCriterion], procedure: Procedure, on: date) -> tuple[Fault, ...]:
    """Return every fault of the criteria under the law of the launch day; none when they may be published."""
    if not criteria:
        return (Fault(article="CCP art. L. 2152-7", text="Aucun critère d'attribution"),)
    law = Law(on)
    found = [*_weights(criteria, procedure, law), *_admissible(criteria)]
    found += _sole_price(criteria, law)
    found += _environment(criteria, procedure, law)
    return tuple(found)


def _weights(criteria: Sequence[AwardCriterion], procedure: Procedure, law: Law) -> list[Fault]:
    article = "CCP art. R. 2152-12"
    weights = [one.weight for one in criteria if one.weight is not None]
    if not weights:
        if procedure is Procedure.FORMALISED and len(criteria) > 1:
            return [Fault(article=article, text="Les critères d'une procédure formalisée sont pondérés")]
        return []
    if len(weights) < len(criteria):
        return [Fault(article=article, text="Tous les critères sont pondérés, ou aucun")]
    if min(weights) <= 0:
        return [Fault(article=article, text="Chaque pondération est supérieure à zéro")]
    whole, total = law.value("somme_des_ponderations"), sum(weights)
    if total != whole:
        text = f"Les pondérations totalisent {percent(Decimal(total))} au lieu de {percent(whole)}"
        return [Fault(article=article, text=text)]
    return []


def _admissible(criteria: Sequence[AwardCriterion]) -> list[Fault]:
    return [
        Fault(
            article="CCP art. R. 2152-7", text=f"Le critère « {one.label} » n'est pas admissible : {reason}"
        )
        for one in criteria
        for words, reason in NOT_ADMISSIBLE.items()
        if f" {words} " in f" {fold(one.label)} "
    ]


def _sole_price(criteria: Sequence[AwardCriterion], law: Law) -> list[Fault]:
    alone = {one.kind for one in criteria} == {CriterionKind.PRICE}
    if alone and not law.flag("critere_prix_seul_admis"):
        text = "Le prix ne peut pas être le seul critère : seul un coût global peut l'être"
        return [Fault(article="CCP art. R. 2152-7", text=text)]
    return []


def _environment(criteria: Sequence[AwardCriterion], procedure: Procedure, law: Law) -> list[Fault]:
    """Ask for an environmental criterion; a sole global cost counts as one, for it holds such costs."""
    if procedure is Procedure.WITHOUT_PUBLICITY or not law.flag("critere_environnemental_obligatoire"):
        return []
    sole_cost = {one.kind for one in criteria} == {CriterionKind.COST}
    if sole_cost or any(one.is_environmental for one in criteria):
        return []
    text = "Au moins un critère prend en compte les caractéristiques environnementales de l'offre"
    return [Fault(article="CCP art. L. 2152-7", text=text)]


def highest_turnover(estimate_ht: Decimal, on: date) -> Decimal:
    """Return the highest minimum turnover that may be asked of candidates (CCP art. R. 2142-7), EUR."""
    return to_cents(estimate_ht * Law(on).value("chiffre_affaires_multiple"))
