"""The sections of the organisation file that speak of signature: delegations, functions, circuits and more.

Keys are French because hospitals write these files; each entry turns into the terms that the register holds.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from models.delegations import (
    AbsenceTerms,
    Act,
    Attachment,
    DelegationTerms,
    FunctionTerms,
    LocalChoiceTerms,
    VisaTerms,
)
from models.errors import BadInput
from models.identifiers import checked_email, checked_siret
from models.organisation import EstablishmentKind, Role
from models.reading import parse_amount, parse_date, parse_positive_amount

Email = Annotated[str, BeforeValidator(checked_email)]
Siret = Annotated[str, BeforeValidator(checked_siret)]
Day = Annotated[date, BeforeValidator(parse_date)]
Ceiling = Annotated[Decimal, BeforeValidator(parse_positive_amount)]


class Entry(BaseModel):
    """One entry of a file; a key that does not exist is refused rather than ignored."""

    model_config = ConfigDict(extra="forbid")


class DelegationEntry(Entry):
    """`[[delegations]]`: one act of delegation."""

    reference: str = Field(min_length=1, max_length=40)
    delegant: Email
    delegataire: Email
    fonction: str = Field(min_length=1)
    actes: list[Act] = Field(min_length=1)
    plafond: Ceiling | None = None
    familles: list[str] = []
    etablissements: list[Siret] = []
    reserves: str = ""
    rattachement: Attachment | None = None
    en_l_absence_de: Email | None = None
    subdelegation_de: str | None = None
    decision: Day | None = None
    debut: Day
    fin: Day | None = None
    notification: Day | None = None
    publication: Day | None = None
    transmission_conseil: Day | None = None
    transmission_comptable: Day | None = None
    specimen: Day | None = None
    abrogation: Day | None = None
    motif_abrogation: str = ""

    def terms(self) -> DelegationTerms:
        """Return the terms of the delegation; refuses a period that ends before it begins."""
        if self.fin is not None and self.fin < self.debut:
            raise BadInput(f"Délégation « {self.reference} » : la fin précède le début.")
        if self.delegant == self.delegataire:
            raise BadInput(f"Délégation « {self.reference} » : nul ne se délègue à lui-même.")
        return DelegationTerms(
            reference=self.reference,
            delegator_email=self.delegant,
            delegate_email=self.delegataire,
            function=self.fonction,
            acts=sorted(set(self.actes)),
            ceiling=self.plafond,
            families=sorted(set(self.familles)),
            establishments=sorted(set(self.etablissements)),
            reserves=self.reserves,
            attachment=self.rattachement,
            replaces_email=self.en_l_absence_de,
            parent_reference=self.subdelegation_de,
            decided_on=self.decision,
            valid_from=self.debut,
            valid_until=self.fin,
            notified_on=self.notification,
            published_on=self.publication,
            transmitted_council_on=self.transmission_conseil,
            transmitted_accountant_on=self.transmission_comptable,
            specimen_on=self.specimen,
            revoked_on=self.abrogation,
            revocation_reason=self.motif_abrogation,
        )


class FunctionEntry(Entry):
    """`[[fonctions]]`: a function held from one day to another."""

    personne: Email
    fonction: Role
    intitule: str = ""
    etablissement: Siret
    debut: Day
    fin: Day | None = None

    def terms(self) -> FunctionTerms:
        """Return the terms of the function; refuses a period that ends before it begins."""
        if self.fin is not None and self.fin < self.debut:
            raise BadInput(f"Fonction de {self.personne} : la fin précède le début.")
        return FunctionTerms(
            person_email=self.personne,
            role=self.fonction,
            title=self.intitule or self.fonction.label,
            establishment_siret=self.etablissement,
            started_on=self.debut,
            ended_on=self.fin,
        )


class AbsenceEntry(Entry):
    """`[[absences]]`: days on which a person is away and replaced."""

    personne: Email
    debut: Day
    fin: Day

    def terms(self) -> AbsenceTerms:
        """Return the terms of the absence; refuses a period that ends before it begins."""
        if self.fin < self.debut:
            raise BadInput(f"Absence de {self.personne} : la fin précède le début.")
        return AbsenceTerms(person_email=self.personne, from_on=self.debut, until_on=self.fin)


class ChoiceEntry(Entry):
    """`[[competences]]`: the group's own choice for an act that the texts leave open."""

    acte: Act
    competent: EstablishmentKind
    a_compter_du: Day
    motif: str = Field(min_length=1)

    def terms(self) -> LocalChoiceTerms:
        """Return the terms of the choice."""
        return LocalChoiceTerms(
            act=self.acte, kind=self.competent, since=self.a_compter_du, reason=self.motif
        )


class VisaEntry(Entry):
    """One visa of a circuit: a role, or one person of that role with a replacement."""

    rang: int = Field(ge=1)
    role: Role
    personne: Email | None = None
    suppleant: Email | None = None


class CircuitEntry(Entry):
    """`[[circuits]]`: the visas asked before an act, in which order and from which amount."""

    nom: str = Field(min_length=1)
    acte: Act
    famille: str | None = None
    a_partir_de: Annotated[Decimal, BeforeValidator(parse_amount)] = Decimal("0.00")
    debut: Day
    fin: Day | None = None
    visas: list[VisaEntry] = Field(min_length=1)

    def terms(self) -> list[VisaTerms]:
        """Return the visas of the circuit."""
        return [
            VisaTerms(
                circuit=self.nom,
                act=self.acte,
                family_code=self.famille,
                from_amount=self.a_partir_de,
                rank=visa.rang,
                role=visa.role,
                person_email=visa.personne,
                replacement_email=visa.suppleant,
                since=self.debut,
                until=self.fin,
            )
            for visa in self.visas
        ]


AnyEntry = TypeVar("AnyEntry", bound=Entry)


def read_entries(kind: type[AnyEntry], section: str, rows: Sequence[object]) -> list[AnyEntry]:
    """Return the entries of a section; refuses with the section, the number of the entry and the key."""
    found = []
    for number, row in enumerate(rows, 1):
        try:
            found.append(kind.model_validate(row))
        except BadInput as error:
            raise BadInput(f"[[{section}]] n° {number} : {error}") from error
        except ValidationError as error:
            raise BadInput(f"[[{section}]] n° {number} : {in_french(error)}") from error
    return found


def in_french(error: ValidationError) -> str:
    """Return one sentence for the first problem of an entry: the key and what is wrong with it."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    sentences = {
        "missing": f"il manque la clé « {key} »",
        "extra_forbidden": f"la clé « {key} » n'existe pas",
        "enum": f"« {key} » : {first['input']!r} n'est pas une valeur possible",
        "too_short": f"« {key} » ne peut pas être vide",
        "string_too_short": f"« {key} » ne peut pas être vide",
    }
    return sentences.get(first["type"], f"« {key} » : valeur incorrecte ({first['input']!r})") + "."
