"""The sections of the organisation file that speak of signature, as typed entries with French keys. Pure."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from models.organisation.file import Email, Entry, Text
from models.organisation.group import EstablishmentKind, Role
from models.reading.form_faults import checked
from models.reading.values import parse_amount, parse_date, parse_positive_amount
from models.signing.acts import Act, Attachment, DelegationTerms

Day = Annotated[date, checked(parse_date)]
Ceiling = Annotated[Decimal, checked(parse_positive_amount)]
Amount = Annotated[Decimal, checked(parse_amount)]


class DelegationEntry(Entry):
    """`[[delegations]]`: one act of delegation; establishments are SIRET or FINESS numbers."""

    reference: Annotated[Text, Field(max_length=40)]
    delegator_email: Email = Field(alias="delegant")
    delegate_email: Email = Field(alias="delegataire")
    function: Text = Field(alias="fonction")
    acts: list[Act] = Field(alias="actes", min_length=1)
    ceiling: Ceiling | None = Field(alias="plafond", default=None)
    families: list[Text] = Field(alias="familles", default=[])
    establishments: list[Text] = Field(alias="etablissements", default=[])
    reserves: str = ""
    attachment: Attachment | None = Field(alias="rattachement", default=None)
    replaces_email: Email | None = Field(alias="en_l_absence_de", default=None)
    parent_reference: Text | None = Field(alias="subdelegation_de", default=None)
    decided_on: Day | None = Field(alias="decision", default=None)
    valid_from: Day = Field(alias="debut")
    valid_until: Day | None = Field(alias="fin", default=None)
    notified_on: Day | None = Field(alias="notification", default=None)
    published_on: Day | None = Field(alias="publication", default=None)
    transmitted_council_on: Day | None = Field(alias="transmission_conseil", default=None)
    transmitted_accountant_on: Day | None = Field(alias="transmission_comptable", default=None)
    specimen_on: Day | None = Field(alias="specimen", default=None)
    revoked_on: Day | None = Field(alias="abrogation", default=None)
    revocation_reason: str = Field(alias="motif_abrogation", default="")

    @field_validator("valid_until")
    @classmethod
    def _ends_after(cls, until: date | None, others: ValidationInfo) -> date | None:
        begins = others.data.get("valid_from")
        if until is not None and begins is not None and until < begins:
            raise ValueError("la fin précède le début")
        return until

    @field_validator("delegate_email")
    @classmethod
    def _is_somebody_else(cls, delegate: str, others: ValidationInfo) -> str:
        if delegate == others.data.get("delegator_email"):
            raise ValueError("nul ne se délègue à lui-même")
        return delegate

    def terms(self, establishments: list[str]) -> DelegationTerms:
        """Return the terms of the delegation, with the SIRET of the establishments named."""
        content = self.model_dump()
        content["acts"] = sorted(set(self.acts))
        content["families"] = sorted({family.lower() for family in self.families})
        content["establishments"] = sorted(set(establishments))
        return DelegationTerms(**content)


class FunctionEntry(Entry):
    """`[[fonctions]]`: a function held from one day to another, both included."""

    person_email: Email = Field(alias="personne")
    role: Role = Field(alias="fonction")
    title: str = Field(alias="intitule", default="")
    establishment: Text = Field(alias="etablissement")
    started_on: Day = Field(alias="debut")
    ended_on: Day | None = Field(alias="fin", default=None)

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.ended_on is not None and self.ended_on < self.started_on:
            raise ValueError("la fin précède le début")
        return self


class AbsenceEntry(Entry):
    """`[[absences]]`: days on which a person is away, both included."""

    person_email: Email = Field(alias="personne")
    from_on: Day = Field(alias="debut")
    until_on: Day = Field(alias="fin")

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.until_on < self.from_on:
            raise ValueError("la fin précède le début")
        return self


class ChoiceEntry(Entry):
    """`[[competences]]`: the group's own choice for an act that the texts leave open."""

    act: Act = Field(alias="acte")
    kind: EstablishmentKind = Field(alias="competent")
    since: Day = Field(alias="a_compter_du")
    reason: Text = Field(alias="motif")


class VisaEntry(Entry):
    """One visa of a circuit: a role, or one person of that role with a replacement."""

    rank: int = Field(alias="rang", ge=1)
    role: Role
    person_email: Email | None = Field(alias="personne", default=None)
    replacement_email: Email | None = Field(alias="suppleant", default=None)


class CircuitEntry(Entry):
    """`[[circuits]]`: the visas asked before an act, in which order and from which amount."""

    name: Text = Field(alias="nom")
    act: Act = Field(alias="acte")
    family_code: Text | None = Field(alias="famille", default=None)
    from_amount: Amount = Field(alias="a_partir_de", default=Decimal("0.00"))
    since: Day = Field(alias="debut")
    until: Day | None = Field(alias="fin", default=None)
    visas: list[VisaEntry] = Field(min_length=1)
