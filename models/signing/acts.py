"""The register of signature delegations: acts, delegations, functions, absences, local choices, circuits.

A delegation of signature is a written, published act by which the head of an establishment lets a named agent
sign in his name (CSP art. L. 6143-7 and D. 6143-33 to D. 6143-35). Nothing is ever deleted: what ends gets a
date.
"""

import json
from datetime import date
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

from sqlalchemy.engine import Dialect
from sqlmodel import JSON, Field, SQLModel, TypeDecorator, UniqueConstraint

from models.columns import Euros, Money, words
from models.organisation.group import EstablishmentKind, Role


class Act(StrEnum):
    """The acts that bind the hospital, by the word used in files and on the command line."""

    LAUNCH = "lancement"
    AWARD = "attribution"
    CONTRACT = "signature_marche"
    AMENDMENT = "avenant"
    REJECTION = "rejet"
    WITHOUT_FOLLOW_UP = "sans_suite"
    ORDER = "bon_de_commande"
    URGENT = "achat_urgent"
    RENEWAL = "reconduction"
    TERMINATION = "resiliation"

    @property
    def label(self) -> str:
        """Return the French name that people see."""
        return ACT_LABELS[self]


ACT_LABELS = {
    Act.LAUNCH: "Approbation du DCE et lancement de la consultation",
    Act.AWARD: "Décision d'attribution",
    Act.CONTRACT: "Signature du marché",
    Act.AMENDMENT: "Avenant",
    Act.REJECTION: "Lettre de rejet",
    Act.WITHOUT_FOLLOW_UP: "Déclaration sans suite",
    Act.ORDER: "Bon de commande",
    Act.URGENT: "Achat urgent",
    Act.RENEWAL: "Reconduction",
    Act.TERMINATION: "Résiliation",
}


class ActList(TypeDecorator[list[Act]]):
    """Acts as a JSON list of their words."""

    impl = JSON
    cache_ok = True

    def process_result_value(self, value: list[str] | None, dialect: Dialect) -> list[Act]:
        """Return the acts of the stored words."""
        return [Act(word) for word in value or ()]


class Attachment(StrEnum):
    """What places an agent of another establishment under the authority of the delegator."""

    FUNCTIONAL = "autorite_fonctionnelle"  # CSP art. R. 6132-21-1
    SECONDED = "mise_a_disposition"


class DelegationTerms(SQLModel):
    """What a delegation says; an empty list of families or establishments means all of them."""

    reference: str = Field(unique=True, index=True, max_length=40)
    delegator_email: str = Field(foreign_key="person.email", index=True)
    delegate_email: str = Field(foreign_key="person.email", index=True)
    function: str  # the delegate's, which the act must name (CSP art. D. 6143-34)
    acts: list[Act] = Field(sa_type=ActList)
    ceiling: Euros | None = Field(default=None, sa_type=Money)  # EUR HT per act, included; None = no limit
    families: list[str] = Field(default_factory=list, sa_type=JSON)
    establishments: list[str] = Field(default_factory=list, sa_type=JSON)
    reserves: str = ""  # conditions that a person has to check
    attachment: Attachment | None = Field(default=None, sa_type=words(Attachment))
    replaces_email: str | None = Field(
        default=None, foreign_key="person.email"
    )  # only while that person is away
    parent_reference: str | None = None  # the delegation it is drawn from: a sub-delegation, never valid
    decided_on: date | None = None  # day the act was signed; the first day of validity when not given
    valid_from: date
    valid_until: date | None = None  # last day, included
    notified_on: date | None = None
    published_on: date | None = None
    transmitted_council_on: date | None = None
    transmitted_accountant_on: date | None = None
    specimen_on: date | None = None
    revoked_on: date | None = None  # first day without effect
    revocation_reason: str = ""

    @property
    def granted_on(self) -> date:
        """Return the day on which the delegator had to be competent."""
        return self.decided_on or self.valid_from

    @property
    def digest(self) -> str:
        """Return the SHA-256 of everything the delegation says (canonical JSON), as the journal keeps it."""
        content = self.model_dump(mode="json", exclude={"id"})
        return sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    @property
    def summary(self) -> str:
        """Return the delegation's name in a sentence: « DS-2026-04 (Directrice des achats) »."""
        return f"« {self.reference} » ({self.function})"


class Delegation(DelegationTerms, table=True):
    """One line of the register of delegations."""

    id: int | None = Field(default=None, primary_key=True)


class FunctionTerms(SQLModel):
    """A function held by a person in an establishment from one day to another, both included."""

    person_email: str = Field(foreign_key="person.email", index=True)
    role: Role = Field(sa_type=words(Role))  # `directeur`: head of the establishment, in title or acting
    title: str = ""
    establishment_siret: str = Field(foreign_key="establishment.siret", index=True)
    started_on: date
    ended_on: date | None = None

    def held_on(self, day: date) -> bool:
        """Return whether the function is held on a day."""
        return self.started_on <= day and (self.ended_on is None or day <= self.ended_on)


class FunctionHeld(FunctionTerms, table=True):
    """One line of the register of functions."""

    __tablename__ = "function_held"
    __table_args__ = (
        UniqueConstraint(
            "person_email", "role", "establishment_siret", "started_on", name="uq_function_held_start"
        ),
    )

    id: int | None = Field(default=None, primary_key=True)


class AbsenceTerms(SQLModel):
    """Days on which a person is away, both included: the replacement may then sign."""

    person_email: str = Field(foreign_key="person.email", index=True)
    from_on: date
    until_on: date


class Absence(AbsenceTerms, table=True):
    """One absence or impediment (absence ou empêchement) declared in advance."""

    __table_args__ = (UniqueConstraint("person_email", "from_on", name="uq_absence_start"),)

    id: int | None = Field(default=None, primary_key=True)


class LocalChoiceTerms(SQLModel):
    """The establishment kind that a group has chosen for an act that the texts leave open."""

    act: Act = Field(sa_type=words(Act))
    kind: EstablishmentKind = Field(sa_type=words(EstablishmentKind))
    since: date
    reason: str = ""


class LocalChoice(LocalChoiceTerms, table=True):
    """One dated local choice of competence."""

    __tablename__ = "local_choice"
    __table_args__ = (UniqueConstraint("act", "since", name="uq_local_choice_since"),)

    id: int | None = Field(default=None, primary_key=True)


class VisaTerms(SQLModel):
    """A visa of a circuit: visas of one rank are asked in parallel, a rank waits for the rank before it."""

    circuit: str = Field(index=True)
    act: Act = Field(sa_type=words(Act))
    family_code: str | None = Field(default=None, foreign_key="family.code")  # None = every family
    from_amount: Euros = Field(default=Decimal("0.00"), sa_type=Money)  # EUR HT, included
    rank: int = Field(ge=1)
    role: Role = Field(sa_type=words(Role))
    person_email: str | None = Field(
        default=None, foreign_key="person.email"
    )  # None = whoever holds the role
    replacement_email: str | None = Field(
        default=None, foreign_key="person.email"
    )  # while that person is away
    since: date
    until: date | None = None


class Visa(VisaTerms, table=True):
    """One visa asked before an act, as a row."""

    __tablename__ = "circuit_visa"
    __table_args__ = (
        UniqueConstraint("circuit", "rank", "role", "person_email", "since", name="uq_circuit_visa"),
    )

    id: int | None = Field(default=None, primary_key=True)


class ConflictTerms(SQLModel):
    """What a person declared, for one procurement, before the opening of tenders."""

    ref: str = Field(index=True, max_length=40)
    person_email: str = Field(foreign_key="person.email", index=True)
    has_conflict: bool
    detail: str = ""
    declared_on: date


class ConflictDeclaration(ConflictTerms, table=True):
    """One declaration of interests; a new one of the same person replaces nothing, a conflict stays."""

    __tablename__ = "conflict_declaration"

    id: int | None = Field(default=None, primary_key=True)
