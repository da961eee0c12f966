"""The group and its people: establishments, persons, roles, purchasing families."""

from datetime import date
from enum import StrEnum

from sqlmodel import Field, SQLModel, UniqueConstraint

from models.columns import words


class EstablishmentKind(StrEnum):
    """Place of an establishment in the group (CSP art. L. 6132-1 and L. 6132-3)."""

    SUPPORT = "support"  # établissement support: passes the contracts of all
    MEMBER = "partie"  # établissement partie


class Role(StrEnum):
    """What a person does in the purchase; the value is the word used in files and on the command line."""

    BUYER = "acheteur"
    PURCHASING_DIRECTOR = "directeur_achats"
    DIRECTOR = "directeur"
    LEGAL_OFFICER = "juriste"
    PURCHASING_CORRESPONDENT = "referent_achats"
    PRESCRIBER = "prescripteur"
    PHARMACIST = "pharmacien"
    ACCOUNTANT = "comptable"
    CONTROLLER = "controleur_gestion"
    ADMINISTRATOR = "administrateur"
    MEDICAL_COMMITTEE = "president_cme"

    @property
    def label(self) -> str:
        """Return the French name that people see."""
        return ROLE_LABELS[self]


ROLE_LABELS = {
    Role.BUYER: "Acheteur",
    Role.PURCHASING_DIRECTOR: "Directeur des achats",
    Role.DIRECTOR: "Directeur de l'établissement support",
    Role.LEGAL_OFFICER: "Cellule juridique",
    Role.PURCHASING_CORRESPONDENT: "Référent achats",
    Role.PRESCRIBER: "Prescripteur",
    Role.PHARMACIST: "Pharmacien",
    Role.ACCOUNTANT: "Comptable public",
    Role.CONTROLLER: "Contrôleur de gestion",
    Role.ADMINISTRATOR: "Administrateur",
    Role.MEDICAL_COMMITTEE: "Présidence de la commission médicale d'établissement",
}


class Group(SQLModel, table=True):
    """The one GHT that this installation serves."""

    __tablename__ = "ght"

    id: int = Field(default=1, primary_key=True)
    code: str
    name: str
    service: str = ""  # who conducts procurements, as documents name it
    email: str = ""
    phone: str = ""
    accountant: str = ""  # comptable public assignataire
    court: str = ""  # tribunal administratif, with its address
    platform: str = ""  # address of the buyer profile (profil d'acheteur)


class Establishment(SQLModel, table=True):
    """A hospital of the group; never deleted, `active_until` ends it."""

    siret: str = Field(primary_key=True, max_length=14)
    finess: str | None = Field(default=None, index=True)
    name: str
    kind: EstablishmentKind = Field(sa_type=words(EstablishmentKind))
    address: str = ""
    postal_code: str = ""
    city: str = ""
    active_until: date | None = None

    @property
    def is_support(self) -> bool:
        """Return whether this is the support establishment (établissement support)."""
        return self.kind is EstablishmentKind.SUPPORT


class Person(SQLModel, table=True):
    """Someone who acts as herself; the e-mail address is the key and what the login proves."""

    email: str = Field(primary_key=True)
    name: str
    function: str = ""
    establishment_siret: str = Field(foreign_key="establishment.siret")
    active_until: date | None = None


class RoleGrant(SQLModel, table=True):
    """A role held by a person, in one establishment (a director is director of one house)."""

    __tablename__ = "role_grant"
    __table_args__ = (UniqueConstraint("person_email", "role", "establishment_siret", name="uq_role_grant"),)

    id: int | None = Field(default=None, primary_key=True)
    person_email: str = Field(foreign_key="person.email", index=True)
    role: Role = Field(sa_type=words(Role), index=True)
    establishment_siret: str = Field(foreign_key="establishment.siret", index=True)


class Family(SQLModel, table=True):
    """A family of purchases (filière) with its owner; its CPV codes are in `FamilyCpv`."""

    code: str = Field(primary_key=True)
    label: str
    nature: str = "fournitures"
    content: str = ""  # document content of another name (templates/dce/families); the code itself when empty
    owner_email: str | None = Field(default=None, foreign_key="person.email")


class FamilyCpv(SQLModel, table=True):
    """A CPV code (eight digits) or its significant first digits that belong to a family."""

    __tablename__ = "family_cpv"

    family_code: str = Field(foreign_key="family.code", primary_key=True)
    cpv: str = Field(primary_key=True)


class FamilyWord(SQLModel, table=True):
    """A folded word or phrase that reveals a family in the label of a spend line."""

    __tablename__ = "family_word"

    family_code: str = Field(foreign_key="family.code", primary_key=True)
    word: str = Field(primary_key=True)


class CatalogueItem(SQLModel, table=True):
    """An item usually bought in a family: the start of every collection of needs."""

    __tablename__ = "catalogue_item"

    family_code: str = Field(foreign_key="family.code", primary_key=True)
    code: str = Field(primary_key=True)
    lot: int = 1
    lot_label: str = ""
    label: str
    unit: str
    rank: int = 0
