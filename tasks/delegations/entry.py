"""What the command line and the pages ask of the register of delegations: one transaction per call."""

from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ValidationError
from sqlmodel import Session

from models.delegations.file import DelegationEntry
from models.errors import BadInput
from models.reading.form_faults import beside, fault_of
from models.reading.toml_faults import faults_of
from models.signing.acts import DelegationTerms
from tasks import clock
from tasks.delegations import register, vacancies
from tasks.delegations.register import Formalities, Line, Recorded
from tasks.organisation.lookup import find_establishment, find_family
from tasks.signing import power
from tasks.store import reading, transaction

KEYS = {info.alias or name for name, info in DelegationEntry.model_fields.items()}
TO_CHOOSE = "choisissez-en au moins un"
LISTS = ("actes", "familles", "etablissements")


class Asked(BaseModel):
    """Whether a person may sign an act, on a day (today when not given)."""

    personne: str
    acte: str
    montant: Decimal
    famille: str
    etablissement: str
    jour: date | None = None
    ref: str | None = None


class Answer(BaseModel):
    """Yes or no, why, on which delegation, and who could."""

    autorise: bool
    code: str
    motif: str
    delegation: str | None
    signataires: list[str]
    pouvoir_propre: bool
    reserves: list[str]


def ask(question: Asked) -> Answer:
    """Return whether the person may sign, the reason, and everyone who could."""
    with reading() as session:
        house = find_establishment(session, question.etablissement)
        family = find_family(session, question.famille)
        asked = power.question(
            question.acte,
            question.montant,
            family.code,
            house.siret,
            question.jour or clock.today(),
            question.ref,
        )
        verdict = power.verdict(session, question.personne, asked)
        able = power.signatories(session, asked)
    return Answer(
        autorise=verdict.allowed,
        code=verdict.code,
        motif=verdict.reason,
        delegation=verdict.delegation,
        signataires=[person.email for person in able],
        pouvoir_propre=verdict.own_power,
        reserves=[*([verdict.reserves] if verdict.reserves else []), *verdict.warnings],
    )


def add(given: dict[str, object], actor: str) -> Recorded:
    """Record a delegation written with the French keys of the organisation file; lists are split at commas."""
    with transaction() as session:
        done = register.record(session, terms_of(session, given), actor)
    vacancies.follow_register()
    return done


def replace(former: str, given: dict[str, object], actor: str) -> Recorded:
    """End a delegation and give another in its place from the first day of the new one, both or neither."""
    with transaction() as session:
        done = register.replace(session, former, terms_of(session, given), actor)
    vacancies.follow_register()
    return done


def terms_of(session: Session, given: dict[str, object]) -> DelegationTerms:
    """Return the terms that French keys write, or refuse naming what is wrong."""
    content = {key: value for key, value in given.items() if value is not None}
    for key in LISTS:
        content[key] = _split(content.get(key))
    try:
        entry = DelegationEntry.model_validate(content)
    except ValidationError as error:
        raise BadInput(
            f"Délégation refusée : {' ; '.join(faults_of(error))}.", fields=_by_field(error)
        ) from error
    return entry.terms([find_establishment(session, text).siret for text in entry.establishments])


def _by_field(error: ValidationError) -> dict[str, str]:
    """Return what is wrong by French key; what is wrong with the whole is under the empty key."""
    return {
        str(one["loc"][0]) if one["loc"] else "": TO_CHOOSE
        if one["type"] == "too_short"
        else beside(fault_of(one["type"], one["msg"], one.get("ctx")))
        for one in error.errors()
    }


def _split(given: object) -> list[str]:
    """Return the words of an option that is repeated, written with commas, or both."""
    written = given if isinstance(given, list) else [given or ""]
    return [part.strip() for one in written for part in str(one).split(",") if part.strip()]


def complete(reference: str, dates: dict[str, date], actor: str) -> Recorded:
    """Record formalities done after the act."""
    with transaction() as session:
        done = register.complete(session, reference, Formalities.model_validate(dates), actor)
    vacancies.follow_register()
    return done


def revoke(reference: str, on: date | None, reason: str, actor: str) -> Recorded:
    """End a delegation on a day, today when not given."""
    with transaction() as session:
        done = register.revoke(session, reference, on or clock.today(), reason, actor)
    vacancies.follow_register()
    return done


def lines(on: date | None, everything: bool = False, ending_within: int | None = None) -> list[Line]:
    """Return the delegations in force on a day; all of them, or only those that end soon, when asked."""
    day = on or clock.today()
    with reading() as session:
        listed = register.lines(session, day, everything)
        if ending_within is None:
            return listed
        near = {one.reference for one in power.expiring(session, day, ending_within)}
    return [line for line in listed if line.reference in near]
