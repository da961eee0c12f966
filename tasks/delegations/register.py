"""Keeping the register of delegations: record, complete, revoke, list; each change leaves a journal line.

A delegation is never rewritten: only dates that were empty are filled (formalities, revocation). Anything else
takes a revocation and a new act.
"""

from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session, select

from models.errors import AlreadyDone, BadInput
from models.journal import Fact
from models.law.wording import euros, french_day
from models.organisation.group import Establishment, Family, Person
from models.signing.acts import Delegation, DelegationTerms
from models.signing.checks import Case, standing
from models.signing.competence import competence
from models.signing.questions import Question, Register
from tasks import journal
from tasks.signing import power

FORMALITIES = {
    "notified_on": "notification",
    "published_on": "publication",
    "transmitted_council_on": "communication au conseil de surveillance",
    "transmitted_accountant_on": "transmission au comptable",
    "specimen_on": "dépôt du spécimen de signature",
    "revoked_on": "abrogation",
}
FILLED_LATER = {*FORMALITIES, "revocation_reason"}


class Formalities(BaseModel):
    """Dates that come after the act of delegation; None says nothing about it."""

    notified_on: date | None = None
    published_on: date | None = None
    transmitted_council_on: date | None = None
    transmitted_accountant_on: date | None = None
    specimen_on: date | None = None


class Recorded(BaseModel):
    """What was done with one delegation, and what still takes away its effect."""

    reference: str
    resultat: str  # ajoutée, complétée, inchangée, abrogée
    avertissements: list[str] = []


class Line(BaseModel):
    """One delegation as the list shows it on a day."""

    model_config = ConfigDict(frozen=True)

    reference: str
    delegant: str
    delegataire: str
    fonction: str
    actes: list[str]
    plafond: str | None
    familles: list[str]
    etablissements: list[str]
    reserves: str
    debut: date
    fin: date | None
    publication: date | None
    transmission_comptable: date | None
    abrogation: date | None
    en_vigueur: bool
    code: str
    motif: str


def record(session: Session, terms: DelegationTerms, actor: str = journal.APPLICATION) -> Recorded:
    """Add a delegation, or fill the dates that a known one lacks; refuses any other change."""
    known = _find(session, terms.reference)
    if known is not None:
        return _complete(session, known, terms, actor)
    _check_names(session, terms)
    row = Delegation(**terms.model_dump())
    session.add(row)
    session.flush()
    _journal(session, row, actor, f"délégation ajoutée : {describe(row)}")
    return Recorded(reference=row.reference, resultat="ajoutée", avertissements=_warnings(session, row))


def _find(session: Session, reference: str) -> Delegation | None:
    query = select(Delegation).where(Delegation.reference == reference)
    return session.exec(query.with_for_update().execution_options(populate_existing=True)).first()


def load(session: Session, reference: str) -> Delegation:
    """Return the delegation of that reference, held for change, or refuse."""
    found = _find(session, reference.strip())
    if found is None:
        raise BadInput(f"Délégation « {reference} » inconnue (liste : achats delegation liste).")
    return found


def _check_names(session: Session, terms: DelegationTerms) -> None:
    """Refuse a delegation that names a person, family or establishment the application does not know."""
    named = (terms.delegator_email, terms.delegate_email, terms.replaces_email)
    unknown = [f"personne {email}" for email in named if email and session.get(Person, email) is None]
    unknown += [f"famille {code}" for code in terms.families if session.get(Family, code) is None]
    unknown += [
        f"établissement {siret}" for siret in terms.establishments if not session.get(Establishment, siret)
    ]
    if unknown:
        raise BadInput(
            f"Délégation « {terms.reference} » : inconnu de l'organisation : {', '.join(unknown)}."
        )


def _complete(session: Session, known: Delegation, terms: DelegationTerms, actor: str) -> Recorded:
    fixed = DelegationTerms.model_fields.keys() - FILLED_LATER
    changed = sorted(name for name in fixed if getattr(known, name) != getattr(terms, name))
    if changed:
        raise BadInput(
            f"Délégation « {known.reference} » : ses termes ne se modifient pas ({', '.join(changed)}) ; "
            "abrogez-la et enregistrez un nouvel acte."
        )
    dates = Formalities(**{name: getattr(terms, name) for name in Formalities.model_fields})
    filled = _fill(known, dates)
    if terms.revoked_on is not None and known.revoked_on is None:
        known.revoked_on, known.revocation_reason = terms.revoked_on, terms.revocation_reason
        filled.append(f"abrogation {french_day(terms.revoked_on)}")
    if not filled:
        return Recorded(reference=known.reference, resultat="inchangée")
    _journal(session, known, actor, " ; ".join(filled))
    return Recorded(reference=known.reference, resultat="complétée", avertissements=_warnings(session, known))


def complete(session: Session, reference: str, dates: Formalities, actor: str) -> Recorded:
    """Record formalities done after the act: publication, transmissions, specimen."""
    known = load(session, reference)
    filled = _fill(known, dates)
    if not filled:
        return Recorded(reference=known.reference, resultat="inchangée")
    _journal(session, known, actor, " ; ".join(filled))
    return Recorded(reference=known.reference, resultat="complétée", avertissements=_warnings(session, known))


def _fill(known: Delegation, dates: Formalities) -> list[str]:
    """Fill the dates that were empty and say which; a date that is there already cannot be changed."""
    said = []
    for name, value in dates.model_dump(exclude_none=True).items():
        before = getattr(known, name)
        if before is not None and before != value:
            raise BadInput(
                f"Délégation « {known.reference} » : {FORMALITIES[name]} déjà enregistrée "
                f"au {french_day(before)} ; une date inscrite au registre ne se change pas."
            )
        if before is None:
            setattr(known, name, value)
            said.append(f"{FORMALITIES[name]} {french_day(value)}")
    return said


def revoke(session: Session, reference: str, on: date, reason: str, actor: str) -> Recorded:
    """End a delegation: from that day on it lets nobody sign."""
    known = load(session, reference)
    if known.revoked_on is not None:
        raise AlreadyDone(
            f"Délégation « {known.reference} » déjà abrogée depuis le {french_day(known.revoked_on)}."
        )
    known.revoked_on, known.revocation_reason = on, reason
    session.flush()
    _journal(session, known, actor, f"abrogée au {french_day(on)} : {reason}")
    return Recorded(reference=known.reference, resultat="abrogée")


def replace(session: Session, former: str, terms: DelegationTerms, actor: str) -> Recorded:
    """Change a delegation: the former act ends the day the new one begins, and both stay in the register."""
    known = load(session, former)
    if known.reference == terms.reference:
        raise BadInput(f"La nouvelle délégation prend une autre référence que « {known.reference} ».")
    revoke(session, former, terms.valid_from, f"remplacée par {terms.reference}", actor)
    return record(session, terms, actor)


def _journal(session: Session, row: Delegation, actor: str, reason: str) -> None:
    """Write what changed, with the digest of the row as it is now: the registers are checked against it."""
    session.flush()
    session.refresh(row)
    entry = journal.Entry(
        fact=Fact.DELEGATION, actor=actor, subject=row.reference, after=row.digest, reason=reason
    )
    journal.write(session, entry)


def describe(one: DelegationTerms) -> str:
    """Return a delegation in one French sentence."""
    ceiling = f"{euros(one.ceiling)} HT" if one.ceiling is not None else "sans plafond"
    end = f"au {french_day(one.valid_until)}" if one.valid_until else "sans terme"
    acts = ", ".join(one.acts)
    return (
        f"{one.delegator_email} à {one.delegate_email} ({one.function}), {acts}, {ceiling}, "
        f"familles {', '.join(one.families) or 'toutes'}, "
        f"établissements {', '.join(one.establishments) or 'tous'}, "
        f"du {french_day(one.valid_from)} {end}"
    )


def _case(one: DelegationTerms, known: Register, day: date) -> Case:
    """Return the delegation held against the plainest question it could meet."""
    support = next((house.siret for house in known.houses.values() if house.kind == "support"), "")
    asked = Question(
        act=one.acts[0],
        amount=Decimal(0),
        family=one.families[0] if one.families else "",
        establishment=one.establishments[0] if one.establishments else support,
        day=day,
    )
    rule = competence(asked.act, day, known.choices)
    if rule.kind == "partie" and not one.establishments:  # for the delegator's own house
        head = next((f for f in known.functions if f.person_email == one.delegator_email), None)
        house = head.establishment_siret if head else asked.establishment
        asked = asked.model_copy(update={"establishment": house})
    return Case(question=asked, register=known, competence=rule, delegation=one)


def _warnings(session: Session, row: Delegation) -> list[str]:
    """Return what makes a delegation without effect from its first day on, whatever is published later."""
    known = power.register(session)
    content = row.model_dump(exclude={"id"}) | {"published_on": row.valid_from}
    found = standing(_case(DelegationTerms(**content), known, row.valid_from))
    return [found[1]] if found else []


def lines(session: Session, day: date, everything: bool = False) -> list[Line]:
    """Return the delegations in force on a day, or all of them with their state that day."""
    known = power.register(session)
    listed = [_line(one, known, day) for one in known.delegations]
    return [line for line in listed if everything or line.en_vigueur]


def line_of(session: Session, one: DelegationTerms, day: date) -> Line:
    """Return one delegation with its state on a day."""
    return _line(one, power.register(session), day)


def _line(one: DelegationTerms, known: Register, day: date) -> Line:
    found = standing(_case(one, known, day))
    return Line(
        reference=one.reference,
        delegant=one.delegator_email,
        delegataire=one.delegate_email,
        fonction=one.function,
        actes=list(one.acts),
        plafond=None if one.ceiling is None else str(one.ceiling),
        familles=one.families,
        etablissements=one.establishments,
        reserves=one.reserves,
        debut=one.valid_from,
        fin=one.valid_until,
        publication=one.published_on,
        transmission_comptable=one.transmitted_accountant_on,
        abrogation=one.revoked_on,
        en_vigueur=found is None,
        code=found[0] if found else "ok",
        motif=found[1] if found else "En vigueur.",
    )
