"""Who appears in the documents: establishments, delivery sites, companies, signatories."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field

from models.documents.plain import Line, Plain, Siret, Text


def _without_full_stop(text: str) -> str:
    return text.rstrip(". ")


Court = Annotated[Text, AfterValidator(_without_full_stop)]  # the sentence around it has its own full stop


class Address(Plain):
    """A postal address."""

    street: Line
    postal_code: Line
    city: Line


class Buyer(Plain):
    """The support establishment (établissement support), which passes the contracts of the group."""

    name: Line
    siret: Siret
    address: Address
    group_name: Line = Field(description="Nom du groupement hospitalier de territoire")
    service: Line = Field(description="Service qui conduit la procédure")
    email: Line
    phone: Line
    accountant: Line = Field(description="Comptable public assignataire")
    court: Court = Field(description="Tribunal administratif compétent, avec son adresse")


class Site(Plain):
    """A place of delivery or of performance."""

    name: Line
    address: Address
    hours: Line = Field(description="Jours et heures de réception")
    notes: Line | None = None


class Member(Plain):
    """A member establishment (établissement partie) that executes the contract for its own needs."""

    code: Line = Field(description="Code court, unique, repris dans les quantités")
    name: Line
    siret: Siret
    address: Address
    sites: list[Site] = Field(min_length=1)


class Signatory(Plain):
    """Who signs, and the delegation that allows it (CSP art. D. 6143-33 to -35)."""

    name: Line
    function: Line
    delegation: Line | None = Field(
        default=None, description="Référence de l'acte de délégation ; absent si le directeur signe lui-même"
    )
    delegation_date: date | None = None


class Company(Plain):
    """A candidate or holder (titulaire)."""

    name: Line
    siret: Siret | None = None
    address: Address
    email: Line | None = None
    representative: Line | None = None
