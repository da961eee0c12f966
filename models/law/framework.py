"""Framework agreements (accords-cadres): maximum, duration, consumption; and the division into lots."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum

from models.law.criteria import Fault
from models.law.dated import Frozen, Law
from models.law.wording import euros, percent


class Framework(Frozen):
    """A framework agreement, renewals included; EUR HT. `justification`: why it lasts longer than usual.

    `in_directive`: whether its value reaches the European threshold; an agreement whose value nobody knows does.
    """

    launched_on: date
    months: int
    maximum_ht: Decimal | None = None
    maximum_quantity: Decimal | None = None
    minimum_ht: Decimal | None = None
    justification: str = ""
    in_directive: bool = True


def framework_faults(framework: Framework) -> tuple[Fault, ...]:
    """Return what forbids to launch a framework agreement on its day; none when it may be."""
    law = Law(framework.launched_on)
    found = []
    unlimited = framework.maximum_ht is None and framework.maximum_quantity is None
    always = law.flag("accord_cadre_maximum_obligatoire")
    if unlimited and (always or (framework.in_directive and law.flag("accord_cadre_maximum_directive"))):
        text = "Un accord-cadre fixe un maximum, en valeur ou en quantité"
        found.append(Fault(article="CCP art. R. 2162-4", text=text))
    years = law.days("accord_cadre_duree_maximale")
    if framework.months > years * 12 and not framework.justification.strip():
        text = f"Un accord-cadre dure {years} ans au plus, sauf cas exceptionnel justifié"
        found.append(Fault(article="CCP art. L. 2125-1", text=text))
    if framework.minimum_ht and framework.maximum_ht and framework.minimum_ht > framework.maximum_ht:
        found.append(Fault(article="CCP art. R. 2162-4", text="Le minimum dépasse le maximum"))
    return tuple(found)


class Level(StrEnum):
    """How far the maximum is consumed."""

    NORMAL = "normal"
    WATCH = "à surveiller"
    ALERT = "à renouveler"
    EXHAUSTED = "épuisé"


class Consumption(Frozen):
    """Orders against the maximum of a framework agreement, EUR HT and percent."""

    level: Level
    share: Decimal
    left_ht: Decimal
    text: str

    @property
    def blocks_orders(self) -> bool:
        """Whether no order may be placed any more: a framework whose maximum is reached is exhausted."""
        return self.level is Level.EXHAUSTED


def consumption(maximum_ht: Decimal, ordered_ht: Decimal, on: date) -> Consumption:
    """Return how far a framework agreement is consumed; the warning shares are the organisation's own."""
    law = Law(on)
    share = ordered_ht * 100 / maximum_ht
    level = Level.NORMAL
    if share >= law.value("accord_cadre_alerte_basse"):
        level = Level.WATCH
    if share >= law.value("accord_cadre_alerte_haute"):
        level = Level.ALERT
    if ordered_ht >= maximum_ht:
        level = Level.EXHAUSTED
    text = f"{percent(share)} du maximum de {euros(maximum_ht)} HT commandés : {level}."
    return Consumption(level=level, share=share, left_ht=max(Decimal(), maximum_ht - ordered_ht), text=text)


class NoLotsReason(StrEnum):
    """Why a purchase is not divided into lots (CCP art. L. 2113-10 and L. 2113-11)."""

    ONE_SERVICE = "prestations_non_distinctes"
    NOT_ABLE = "coordination_impossible"
    COMPETITION = "concurrence_restreinte"
    COST = "execution_difficile_ou_couteuse"


REASONS: Mapping[NoLotsReason, str] = {
    NoLotsReason.ONE_SERVICE: "l'objet ne permet pas d'identifier des prestations distinctes (L. 2113-10)",
    NoLotsReason.NOT_ABLE: "l'acheteur ne peut assurer lui-même la coordination (L. 2113-11 1°)",
    NoLotsReason.COMPETITION: "la division restreindrait la concurrence (L. 2113-11 2°)",
    NoLotsReason.COST: "la division rendrait l'exécution difficile ou plus coûteuse (L. 2113-11 2°)",
}


def allotment_faults(lots: int, reason: NoLotsReason | None = None, motive: str = "") -> tuple[Fault, ...]:
    """Return what is missing: lots are the rule, refusing them needs a reason of the law and a motive."""
    if lots > 1:
        return ()
    if reason is None:
        text = "Le marché est divisé en lots, ou le refus invoque un motif de la loi"
        return (Fault(article="CCP art. L. 2113-10 et L. 2113-11", text=text),)
    if not motive.strip():
        text = f"Le refus d'allotir doit être motivé par écrit : {REASONS[reason]}"
        return (Fault(article="CCP art. L. 2113-11", text=text),)
    return ()
