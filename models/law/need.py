"""A need as the law sees it: its nature, its amount for the whole group, its thresholds on the launch day."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Self

from pydantic import model_validator

from models.errors import BadInput
from models.law.dated import Frozen, Law
from models.law.exemptions import Exemption
from models.law.wording import euros


class Nature(StrEnum):
    """What is bought; social and other specific services (CCP art. R. 2123-1 3°) have their own rules."""

    SUPPLIES = "fournitures"
    SERVICES = "services"
    WORKS = "travaux"
    SOCIAL_SERVICES = "services_sociaux"


class Procedure(StrEnum):
    """The three degrees of procedure, from the lightest to the heaviest."""

    WITHOUT_PUBLICITY = "sans_publicite"
    MAPA = "mapa"
    FORMALISED = "formalisee"

    @property
    def label(self) -> str:
        """The procedure in French words."""
        return {
            Procedure.WITHOUT_PUBLICITY: "sans publicité ni mise en concurrence préalables",
            Procedure.MAPA: "procédure adaptée",
            Procedure.FORMALISED: "procédure formalisée",
        }[self]


class Publicity(StrEnum):
    """Where the contract notice is due."""

    NONE = "aucune"
    ADAPTED = "adaptee"
    BOAMP_OR_JAL = "boamp_ou_jal"
    BOAMP_AND_JOUE = "boamp_et_joue"
    JOUE = "joue"

    @property
    def label(self) -> str:
        """Where the notice is due, in French words."""
        return {
            Publicity.NONE: "aucune",
            Publicity.ADAPTED: "adaptée à l'achat",
            Publicity.BOAMP_OR_JAL: "BOAMP ou journal d'annonces légales",
            Publicity.BOAMP_AND_JOUE: "BOAMP et JOUE",
            Publicity.JOUE: "JOUE",
        }[self]


class Need(Frozen):
    """A need estimated for the whole group: EUR HT, whole duration, options and renewals, all members."""

    nature: Nature
    amount_ht: Decimal
    launched_on: date
    lots: tuple[Decimal, ...] = ()
    exemption: Exemption | None = None
    cpv: str = ""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if min(self.amount_ht, *self.lots, self.amount_ht) <= 0:
            raise BadInput("Le montant estimé du besoin et de chaque lot doit être supérieur à zéro.")
        if sum(self.lots) > self.amount_ht:
            raise BadInput(
                f"Les lots totalisent {euros(sum(self.lots, Decimal()))}, plus que le besoin estimé "
                f"à {euros(self.amount_ht)} HT : corrigez l'un ou l'autre."
            )
        return self


class Thresholds(Frozen):
    """The two thresholds of a nature, EUR HT; social services have no formalised procedure."""

    dispense: Decimal
    formalised: Decimal | None
    european: Decimal


FAMILY = {
    Nature.SUPPLIES: "fournitures_services",
    Nature.SERVICES: "fournitures_services",
    Nature.SOCIAL_SERVICES: "fournitures_services",
    Nature.WORKS: "travaux",
}


def thresholds_for(nature: Nature, law: Law) -> Thresholds:
    """Return the thresholds of a nature (CCP art. R. 2122-8, L. 2124-1, R. 2123-1 3°)."""
    dispense = law.value(f"dispense_{FAMILY[nature]}")
    if nature is Nature.SOCIAL_SERVICES:
        return Thresholds(dispense=dispense, formalised=None, european=law.value("seuil_services_sociaux"))
    formalised = law.value(f"seuil_{FAMILY[nature]}")
    return Thresholds(dispense=dispense, formalised=formalised, european=formalised)
