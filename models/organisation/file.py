"""The organisation file (TOML) as typed entries: French keys, one class per table. Pure."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from models.errors import BadInput
from models.organisation.group import EstablishmentKind, Role
from models.reading.form_faults import checked
from models.reading.identifiers import checked_cpv_prefix, checked_email, checked_finess, checked_siret


def _checked_role(value: object) -> str:
    role = str(value).partition("@")[0]
    if role not in set(Role):
        raise BadInput(f"rôle « {role} » inconnu (possibles : {', '.join(Role)})")
    return str(value)


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Siret = Annotated[str, checked(checked_siret)]
Finess = Annotated[str, checked(checked_finess)]
Email = Annotated[str, checked(checked_email)]
CpvPrefix = Annotated[str, checked(checked_cpv_prefix)]


class Entry(BaseModel):
    """What every table of the file has in common: French keys only, none unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class GroupEntry(Entry):
    """`[ght]`: the one group of this installation."""

    code: Text
    name: Text = Field(alias="nom")
    service: str = ""
    email: str = Field(alias="courriel", default="")
    phone: str = Field(alias="telephone", default="")
    accountant: str = Field(alias="comptable", default="")
    court: str = Field(alias="tribunal", default="")
    platform: str = Field(alias="profil_acheteur", default="")


class EstablishmentEntry(Entry):
    """`[[etablissements]]`: a hospital of the group; exactly one is the support."""

    siret: Siret
    finess: Finess | None = None
    name: Text = Field(alias="nom")
    kind: EstablishmentKind = Field(alias="type")
    address: str = Field(alias="adresse", default="")
    postal_code: str = Field(alias="code_postal", default="", pattern=r"^(\d{5})?$")
    city: str = Field(alias="ville", default="")
    active_until: date | None = Field(alias="actif_jusqu_au", default=None)


class PersonEntry(Entry):
    """`[[personnes]]`: someone who acts; `etablissement` is a SIRET or a FINESS.

    A role is held in the person's own establishment, or in another one written after an arobase
    (`referent_achats@010000018`).
    """

    email: Email = Field(alias="courriel")
    name: Text = Field(alias="nom")
    function: str = Field(alias="fonction", default="")
    establishment: Text = Field(alias="etablissement")
    roles: list[Annotated[str, checked(_checked_role)]] = []
    active_until: date | None = Field(alias="actif_jusqu_au", default=None)


class ItemEntry(Entry):
    """An item usually bought, inside a lot."""

    code: Text
    label: Text = Field(alias="designation")
    unit: Text = Field(alias="unite")


class LotEntry(Entry):
    """`[[familles.lots]]`: a lot of a family and its items."""

    number: int = Field(alias="numero", ge=1, le=999)
    label: Text = Field(alias="intitule")
    items: list[ItemEntry] = Field(alias="articles", min_length=1)


class FamilyEntry(Entry):
    """`[[familles]]`: a family of purchases, how to recognise its spend, and its catalogue."""

    code: Code
    label: Text = Field(alias="intitule")
    nature: Literal["fournitures", "services", "travaux"] = "fournitures"
    content: str = Field(alias="contenu", default="")
    owner: Email | None = Field(alias="responsable", default=None)
    cpv: list[CpvPrefix] = []
    words: list[Text] = Field(alias="mots", default=[])
    lots: list[LotEntry] = []


class TableCount(BaseModel):
    """What became of the entries of one table of the file."""

    ajoutes: int = 0
    modifies: int = 0
    inchanges: int = 0


class OrganisationReport(BaseModel):
    """What loading an organisation did, and what still lacks for a purchase to run."""

    fichier: str
    ght: str
    tables: dict[str, TableCount]
    a_completer: list[str]


class SkeletonReport(BaseModel):
    """What a skeleton holds: the members taken, those left out with the reason, what people must complete."""

    fichier: str
    ght: str
    etablissements: list[str]
    support: str
    ecartes: list[str]
    a_completer: list[str]
    charge: bool = False
    sortie: str | None = None
