"""When a purchase may go without publicity or competition, whatever its amount, and when it may not.

Each ground asks for facts that a person declares and signs for; a missing fact refuses the ground by name.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Self

from pydantic import model_validator

from models.errors import Refused
from models.law.dated import Frozen, Ground, Law, Status
from models.law.days import months_after, years_after
from models.law.wording import euros, french_day


class ExemptionRefused(Refused):
    """The ground does not hold; the message says which condition is missing and what remains possible."""


class ExemptionGround(StrEnum):
    """The grounds of articles R. 2122-1 to R. 2122-9-1 of the code."""

    URGENCY = "urgence_imperieuse"
    UNSUCCESSFUL = "infructueux"
    SOLE_OPERATOR = "operateur_unique"
    ADDITIONAL_DELIVERIES = "livraisons_complementaires"
    LIQUIDATION = "liquidation"
    SIMILAR_SERVICES = "services_similaires"
    INNOVATION = "achat_innovant"
    BOOKS = "livres"


class Fact(StrEnum):
    """What a ground supposes; the text is the question put to the buyer."""

    EXTERNAL = "la cause est extérieure à l'établissement"
    UNFORESEEABLE = "la cause était imprévisible"
    INCOMPATIBLE = "l'urgence ne laisse pas le temps d'une procédure, même à délai réduit"
    LIMITED = "l'achat se limite à ce que l'urgence exige"
    NO_SUITABLE_TENDER = (
        "la procédure n'a reçu aucune candidature ni aucune offre dans les délais, ou seulement des candidatures "
        "irrecevables ou des offres inappropriées (des offres irrégulières ou inacceptables mènent à la procédure "
        "avec négociation, CCP art. R. 2124-3 6°)"
    )
    UNCHANGED_CONDITIONS = "les conditions initiales ne sont pas substantiellement modifiées"
    EXCLUSIVITY = (
        "des raisons artistiques, techniques ou des droits exclusifs réservent le marché à un opérateur"
    )
    NO_SUBSTITUTE = "aucune solution de remplacement raisonnable n'existe"
    NOT_NARROWED = "le besoin n'a pas été restreint artificiellement"
    SAME_SUPPLIER = "le fournisseur est le titulaire initial"
    INCOMPATIBILITY = (
        "changer de fournisseur imposerait un matériel incompatible ou un entretien disproportionné"
    )
    CESSATION = "le vendeur cesse définitivement son activité ou fait l'objet d'une procédure collective"
    NOT_SCHOOL_BOOKS = (
        "l'achat porte sur des livres non scolaires, pour les besoins propres ou une bibliothèque"
    )
    ANNOUNCED = "la possibilité était annoncée dans le marché initial, passé après mise en concurrence"
    INNOVATIVE = "les fournitures, services ou travaux sont innovants"


NEEDED: Mapping[ExemptionGround, tuple[str, tuple[Fact, ...]]] = {
    ExemptionGround.URGENCY: (
        "CCP art. R. 2122-1",
        (Fact.EXTERNAL, Fact.UNFORESEEABLE, Fact.INCOMPATIBLE, Fact.LIMITED),
    ),
    ExemptionGround.UNSUCCESSFUL: (
        "CCP art. R. 2122-2",
        (Fact.NO_SUITABLE_TENDER, Fact.UNCHANGED_CONDITIONS),
    ),
    ExemptionGround.SOLE_OPERATOR: (
        "CCP art. R. 2122-3",
        (Fact.EXCLUSIVITY, Fact.NO_SUBSTITUTE, Fact.NOT_NARROWED),
    ),
    ExemptionGround.ADDITIONAL_DELIVERIES: (
        "CCP art. R. 2122-4",
        (Fact.SAME_SUPPLIER, Fact.INCOMPATIBILITY),
    ),
    ExemptionGround.LIQUIDATION: ("CCP art. R. 2122-5", (Fact.CESSATION,)),
    ExemptionGround.SIMILAR_SERVICES: ("CCP art. R. 2122-7", (Fact.SAME_SUPPLIER, Fact.ANNOUNCED)),
    ExemptionGround.INNOVATION: ("CCP art. R. 2122-9-1", (Fact.INNOVATIVE,)),
    ExemptionGround.BOOKS: ("CCP art. R. 2122-9", (Fact.NOT_SCHOOL_BOOKS,)),
}

RECALLED = {ExemptionGround.LIQUIDATION}
SUPPLIES, SERVICES = frozenset({"fournitures"}), frozenset({"services", "services_sociaux"})
# The natures for which a ground is open; a ground that is not named is open to all.
OPEN_TO: Mapping[ExemptionGround, frozenset[str]] = {
    ExemptionGround.ADDITIONAL_DELIVERIES: SUPPLIES,
    ExemptionGround.LIQUIDATION: SUPPLIES | SERVICES,
    ExemptionGround.SIMILAR_SERVICES: SERVICES | {"travaux"},
    ExemptionGround.BOOKS: SUPPLIES,
}
CEILINGS: Mapping[ExemptionGround, str] = {
    ExemptionGround.INNOVATION: "seuil_achat_innovant",
    ExemptionGround.BOOKS: "seuil_livres",
}


class BridgingOption(StrEnum):
    """What keeps supplies coming while a late renewal is carried through; each within its own limit."""

    AMENDMENT = "prolonger le marché en cours par une modification permise (CCP art. R. 2194-1 à R. 2194-9)"
    RENEWAL_CLAUSE = "faire jouer une reconduction ou une tranche prévue au marché (CCP art. R. 2112-4)"
    CENTRAL_BODY = "recourir à une centrale d'achat (CCP art. L. 2113-2 et L. 2113-4)"
    SMALL_PURCHASE = (
        "acheter sous le seuil de dispense, besoin apprécié au niveau du groupement (CCP art. R. 2122-8)"
    )
    SHORT_PROCEDURE = "lancer la procédure avec un délai réduit pour urgence justifiée (CCP art. R. 2161-3)"


class Exemption(Frozen):
    """A ground invoked by the buyer, the facts declared true, and the dates that some grounds ask for.

    `contract_ended_on`: end of the contract whose late renewal causes the urgency; `initial_concluded_on` and
    `concluded_on`: conclusion of the initial contract and of this one (by default the day of the launch);
    `months`: duration of additional deliveries, renewals included, or `deliveries_end_on`, their last day;
    `justification`: why they last longer than the code allows.
    """

    ground: ExemptionGround
    facts: frozenset[Fact] = frozenset()
    contract_ended_on: date | None = None
    initial_concluded_on: date | None = None
    concluded_on: date | None = None
    months: int | None = None
    deliveries_end_on: date | None = None
    justification: str = ""

    @model_validator(mode="after")
    def _facts_declared(self) -> Self:
        if self.ground is ExemptionGround.URGENCY and self.contract_ended_on:
            raise late_renewal(self.contract_ended_on)
        article, needed = NEEDED[self.ground]
        missing = [fact for fact in needed if fact not in self.facts]
        if missing:
            conditions = " ; ".join(missing)
            raise ExemptionRefused(
                f"Le motif « {self.ground} » ({article}) n'est pas établi, une procédure est due. "
                f"À établir et à attester : {conditions}."
            )
        return self

    @property
    def article(self) -> str:
        """The article of the ground."""
        return NEEDED[self.ground][0]


def attested(ground: ExemptionGround) -> frozenset[Fact]:
    """Return every fact that a ground supposes, for a buyer who attests them all."""
    return frozenset(NEEDED[ground][1])


def late_renewal(ended_on: date) -> ExemptionRefused:
    """Return the refusal of an urgency that the buyer caused by renewing late, with the bridging options."""
    options = " ; ".join(BridgingOption)
    return ExemptionRefused(
        f"L'urgence impérieuse (CCP art. R. 2122-1) est refusée : la fin du marché au {french_day(ended_on)} "
        f"était connue, le retard vient de l'acheteur. Solutions d'attente : {options}."
    )


def check_exemption(exemption: Exemption, nature: str, amount_ht: Decimal, law: Law) -> Ground:
    """Return the ground of a purchase without publicity, or raise `ExemptionRefused` where it is not open."""
    _nature_fits(exemption, nature)
    checks = {
        ExemptionGround.ADDITIONAL_DELIVERIES: _deliveries_within_limit,
        ExemptionGround.SIMILAR_SERVICES: _services_within_limit,
    }
    if figure := CEILINGS.get(exemption.ground):
        _under_ceiling(exemption, amount_ht, law.value(figure))
    if check := checks.get(exemption.ground):
        check(exemption, law)
    status = Status.RECALLED if exemption.ground in RECALLED else Status.VERIFIED
    name = exemption.ground.replace("_", " ")
    text = f"Sans publicité ni mise en concurrence : {name}, faits déclarés par l'acheteur."
    return Ground(article=exemption.article, text=text, status=status)


def _nature_fits(exemption: Exemption, nature: str) -> None:
    allowed = OPEN_TO.get(exemption.ground)
    if allowed is not None and nature not in allowed:
        known = " et ".join(sorted(one.replace("_", " ") for one in allowed))
        raise ExemptionRefused(
            f"Le motif « {exemption.ground} » ({exemption.article}) est ouvert aux seuls marchés de {known}, "
            f"pas aux marchés de {nature.replace('_', ' ')} : une procédure est due."
        )


def _under_ceiling(exemption: Exemption, amount_ht: Decimal, ceiling: Decimal) -> None:
    if amount_ht >= ceiling:
        raise ExemptionRefused(
            f"Le motif « {exemption.ground} » ({exemption.article}) est réservé aux besoins inférieurs à "
            f"{euros(ceiling)} HT."
        )


def _deliveries_within_limit(exemption: Exemption, law: Law) -> None:
    """Hold the duration of the contract to its limit, unless a duly justified case is given (R. 2122-4)."""
    years = law.days("livraisons_complementaires_duree")
    if not exemption.months and exemption.deliveries_end_on is None:
        raise ExemptionRefused(
            "Livraisons complémentaires (CCP art. R. 2122-4) : la durée du marché (--duree-mois) ou la fin des "
            "livraisons (--fin-livraisons) doit être connue."
        )
    begun = exemption.concluded_on or law.on
    ends = [months_after(begun, exemption.months)] if exemption.months else []
    ends += [exemption.deliveries_end_on] if exemption.deliveries_end_on else []
    if max(ends) > years_after(begun, years) and not exemption.justification.strip():
        raise ExemptionRefused(
            f"Livraisons complémentaires (CCP art. R. 2122-4) : la durée du marché, renouvellements compris, "
            f"dépasse {years} ans sans cas dûment justifié (--justification)."
        )


def _services_within_limit(exemption: Exemption, law: Law) -> None:
    """Count from the conclusion of the initial contract to the conclusion of this one (R. 2122-7)."""
    years = law.days("services_similaires_delai")
    initial, new = exemption.initial_concluded_on, exemption.concluded_on or law.on
    if initial is None or new > years_after(initial, years) or new < initial:
        raise ExemptionRefused(
            f"Prestations similaires (CCP art. R. 2122-7) : le nouveau marché est conclu dans les {years} ans de la "
            "conclusion du marché initial, dont la date doit être connue (--conclusion-initiale)."
        )
