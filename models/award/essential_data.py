"""Essential data of a contract (données essentielles) in the format of the arrêté of 22 December 2022, v2.0.3.

The words are those of the official schema; amounts are numbers there, so they leave the product as decimals.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, PlainSerializer

from models.law.regime import Procedure

JsonNumber = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]

PROCEDURES: dict[Procedure, str] = {
    Procedure.WITHOUT_PUBLICITY: "Marché passé sans publicité ni mise en concurrence préalable",
    Procedure.MAPA: "Procédure adaptée",
    Procedure.FORMALISED: "Appel d'offres ouvert",
}
CCAG = {
    "CCAG-FCS": "Fournitures courantes et services",
    "CCAG-TIC": "Techniques de l'information et de la communication",
    "CCAG-Travaux": "Travaux",
}
PRICES = {
    "ferme": "Définitif ferme",
    "actualisable": "Définitif actualisable",
    "revisable": "Définitif révisable",
}


class Buyer(BaseModel):
    """`acheteur`."""

    id: str


class HolderId(BaseModel):
    """`titulaire`."""

    id: str
    typeIdentifiant: Literal["SIRET"] = "SIRET"  # noqa: N815 (the schema's own name)


class Holder(BaseModel):
    """An element of `titulaires`."""

    titulaire: HolderId


class Place(BaseModel):
    """`lieuExecution`."""

    code: str
    typeCode: str = "Code postal"  # noqa: N815


class EssentialData(BaseModel):
    """One `marche`, in the order and with the names of the schema."""

    id: str
    acheteur: Buyer
    nature: str = "Marché"
    objet: str
    codeCPV: str  # noqa: N815
    techniques: dict[str, list[str]]
    modalitesExecution: dict[str, list[str]]  # noqa: N815
    marcheInnovant: bool = False  # noqa: N815
    ccag: str
    offresRecues: int  # noqa: N815
    attributionAvance: bool  # noqa: N815
    tauxAvance: JsonNumber = Decimal(0)  # noqa: N815
    typeGroupementOperateurs: str = "Pas de groupement"  # noqa: N815
    procedure: str
    lieuExecution: Place  # noqa: N815
    dureeMois: int  # noqa: N815
    dateNotification: date  # noqa: N815
    datePublicationDonnees: date  # noqa: N815
    montant: JsonNumber
    typesPrix: dict[str, list[str]]  # noqa: N815
    formePrix: str  # noqa: N815
    sousTraitanceDeclaree: bool = False  # noqa: N815
    titulaires: list[Holder]
    considerationsSociales: dict[str, list[str]]  # noqa: N815
    considerationsEnvironnementales: dict[str, list[str]]  # noqa: N815


def file_of(contracts: list[EssentialData]) -> dict[str, object]:
    """Return the data set as it is sent: `marches.marche`."""
    return {
        "marches": {"marche": [one.model_dump(mode="json") for one in contracts], "contrat-concession": []}
    }
