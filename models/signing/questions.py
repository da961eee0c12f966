"""The values that a question of signature is made of: what is to be signed, the register, the answer."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from models.organisation.group import EstablishmentKind, Role
from models.signing.acts import AbsenceTerms, Act, DelegationTerms, FunctionTerms, LocalChoiceTerms


class Code(StrEnum):
    """The answer in one word; everything but `ok` is a refusal."""

    OK = "ok"
    NO_DELEGATION = "no_delegation"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    AMOUNT_EXCEEDED = "amount_exceeded"
    ACT_NOT_COVERED = "act_not_covered"
    FAMILY_NOT_COVERED = "family_not_covered"
    ESTABLISHMENT_NOT_COVERED = "establishment_not_covered"
    NOT_PUBLISHED = "not_published"
    NOT_TRANSMITTED = "not_transmitted"
    SUB_DELEGATION = "sub_delegation"
    DELEGATOR_NOT_COMPETENT = "delegator_not_competent"
    FUNCTION_ENDED = "function_ended"
    CONFLICT_OF_INTEREST = "conflict_of_interest"
    LOCKED = "locked"


class Value(BaseModel):
    """A value that never changes once made."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)


class Agent(Value):
    """A person as the rules see her: where she belongs and until when."""

    email: str
    name: str
    establishment: str
    active_until: date | None = None

    def has_left(self, day: date) -> bool:
        """Return whether the person is no longer there on a day."""
        return self.active_until is not None and day > self.active_until


class House(Value):
    """An establishment as the rules see it."""

    siret: str
    name: str
    kind: EstablishmentKind
    active_until: date | None = None


class Question(Value):
    """What is to be signed: the act, its amount in EUR HT, the family, the establishment, the day, the purchase."""

    act: Act
    amount: Decimal = Field(ge=0)
    family: str
    establishment: str
    day: date
    reference: str | None = None  # a lock or a conflict of interests on that purchase counts


class Register(Value):
    """Everything the answer depends on, as plain values read at one moment."""

    houses: dict[str, House]
    agents: dict[str, Agent]
    functions: tuple[FunctionTerms, ...] = ()
    delegations: tuple[DelegationTerms, ...] = ()
    absences: tuple[AbsenceTerms, ...] = ()
    choices: tuple[LocalChoiceTerms, ...] = ()
    conflicts: frozenset[str] = frozenset()  # who declared a conflict on this procurement
    lock: str | None = None  # why nobody may sign on this procurement


class Verdict(Value):
    """The answer: allowed or not, one code, one French reason, and the delegation it rests on."""

    allowed: bool
    code: Code
    reason: str
    delegation: str | None = None  # reference of the one used, or of the closest one when refused
    own_power: bool = False
    reserves: str = ""
    warnings: tuple[str, ...] = ()  # what does not forbid the signature but has to be put right


def heads(register: Register, kind: EstablishmentKind, establishment: str, day: date) -> list[FunctionTerms]:
    """Return the functions of head (directeur) of the competent establishment that are held on a day."""
    return [
        held
        for held in register.functions
        if held.role == Role.DIRECTOR
        and held.held_on(day)
        and _competent_house(register, kind, establishment, held.establishment_siret)
    ]


def _competent_house(register: Register, kind: EstablishmentKind, establishment: str, siret: str) -> bool:
    """Return whether a house is the competent one: the support one, or the one the act is done for."""
    if kind == EstablishmentKind.SUPPORT:
        house = register.houses.get(siret)
        return house is not None and house.kind == EstablishmentKind.SUPPORT
    return siret == establishment
