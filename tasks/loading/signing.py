"""The sections of the organisation file about signature: functions, delegations, absences, choices, circuits.

Loading never erases what the register learnt since: an end, a publication or a revocation recorded elsewhere stays.
"""

from sqlmodel import Session, SQLModel, col, select

from models.access.proofs import Proof, SignaturePolicy
from models.delegations.file import AbsenceEntry, ChoiceEntry, CircuitEntry, DelegationEntry, FunctionEntry
from models.errors import BadInput
from models.journal import Fact
from models.organisation.file import Entry, TableCount
from models.organisation.group import Family, Person
from models.process.conflicts import ConflictPolicy, Duty
from models.signing.acts import Absence, FunctionHeld, LocalChoice, Visa
from tasks import journal
from tasks.delegations import register
from tasks.loading.entries import Loading


class PolicyEntry(Entry):
    """`[signature]`: what a signatory must show."""

    preuve: Proof = Proof.DECLARATION


def read_policy(loading: Loading, raw: object) -> None:
    """Store `[signature]`; each change of policy leaves a journal line."""
    loading.tables["signature"] = TableCount()
    entry = loading.entry("[signature]", PolicyEntry, raw)
    if entry is not None:
        known = loading.session.get(SignaturePolicy, 1)
        _keep(loading, "signature", SignaturePolicy(id=1, proof=entry.preuve), known)


class ConflictPolicyEntry(Entry):
    """`[conflits]`: whether everyone who takes part declares her interests before the opening."""

    declaration: Duty = Duty.OPTIONAL


def read_conflict_policy(loading: Loading, raw: object) -> None:
    """Store `[conflits]`; each change of policy leaves a journal line."""
    loading.tables["conflits"] = TableCount()
    entry = loading.entry("[conflits]", ConflictPolicyEntry, raw)
    if entry is not None:
        known = loading.session.get(ConflictPolicy, 1)
        _keep(loading, "conflits", ConflictPolicy(id=1, duty=entry.declaration), known)


def read_functions(loading: Loading, raw: object) -> None:
    """Store `[[fonctions]]`; an end already recorded is kept when the file gives none."""
    for place, entry in loading.entries("fonctions", FunctionEntry, "", raw):
        house = loading.establishment(place, entry.establishment)
        if house is None or not _person(loading, place, entry.person_email):
            continue
        known = loading.session.exec(
            select(FunctionHeld).where(
                FunctionHeld.person_email == entry.person_email,
                FunctionHeld.role == entry.role,
                FunctionHeld.establishment_siret == house.siret,
                FunctionHeld.started_on == entry.started_on,
            )
        ).first()
        row = FunctionHeld(
            person_email=entry.person_email,
            role=entry.role,
            title=entry.title or entry.role.label,
            establishment_siret=house.siret,
            started_on=entry.started_on,
            ended_on=entry.ended_on or (known.ended_on if known else None),
        )
        _keep(loading, "fonctions", row, known)


def read_delegations(loading: Loading, raw: object) -> None:
    """Store `[[delegations]]` through the register: new ones are added, known ones only completed."""
    for place, entry in loading.entries("delegations", DelegationEntry, "reference", raw):
        houses = [loading.establishment(place, text) for text in entry.establishments]
        sirets = [house.siret for house in houses if house is not None]
        if len(sirets) < len(houses):
            continue
        try:
            done = register.record(loading.session, entry.terms(sirets))
        except BadInput as error:
            loading.faults.append(f"{place} : {error}")
            continue
        count = loading.tables["delegations"]
        count.ajoutes += done.resultat == "ajoutée"
        count.modifies += done.resultat == "complétée"
        count.inchanges += done.resultat == "inchangée"


def read_absences(loading: Loading, raw: object) -> None:
    """Store `[[absences]]`, during which replacements may sign."""
    for place, entry in loading.entries("absences", AbsenceEntry, "", raw):
        if not _person(loading, place, entry.person_email):
            continue
        known = loading.session.exec(
            select(Absence).where(
                Absence.person_email == entry.person_email, Absence.from_on == entry.from_on
            )
        ).first()
        _keep(loading, "absences", Absence(**entry.model_dump()), known)


def read_choices(loading: Loading, raw: object) -> None:
    """Store `[[competences]]`; a choice for an act that the texts settle is refused."""
    from models.signing.competence import competence

    for place, entry in loading.entries("competences", ChoiceEntry, "", raw):
        if not competence(entry.act, entry.since).local_choice:
            loading.faults.append(f"{place} : les textes règlent la compétence pour « {entry.act} »")
            continue
        known = loading.session.exec(
            select(LocalChoice).where(LocalChoice.act == entry.act, LocalChoice.since == entry.since)
        ).first()
        _keep(loading, "competences", LocalChoice(**entry.model_dump()), known)


def read_circuits(loading: Loading, raw: object) -> None:
    """Store `[[circuits]]`; the visas of a listed circuit are those of the file, no other."""
    for place, entry in loading.entries("circuits", CircuitEntry, "nom", raw):
        if entry.family_code and loading.session.get(Family, entry.family_code) is None:
            loading.faults.append(f"{place} : famille « {entry.family_code} » inconnue")
            continue
        people = [visa.person_email for visa in entry.visas] + [v.replacement_email for v in entry.visas]
        if not all(_person(loading, place, email) for email in people if email):
            continue
        _keep_circuit(loading, entry)


def _keep_circuit(loading: Loading, entry: CircuitEntry) -> None:
    old = loading.session.exec(select(Visa).where(Visa.circuit == entry.name).order_by(col(Visa.id))).all()
    new = [
        Visa(circuit=entry.name, **entry.model_dump(exclude={"name", "visas"}), **visa.model_dump())
        for visa in entry.visas
    ]
    count = loading.tables["circuits"]
    if [_plain(one) for one in old] == [_plain(one) for one in new]:
        count.inchanges += 1
        return
    for one in old:
        loading.session.delete(one)
    loading.session.flush()
    loading.session.add_all(new)
    count.ajoutes += not old
    count.modifies += bool(old)
    _note(loading.session, f"circuit {entry.name}", f"{len(new)} visas avant « {entry.act} »")


def _keep(loading: Loading, table: str, row: SQLModel, known: SQLModel | None) -> None:
    """Add the row or update the known one, and write in the journal what differs."""
    count = loading.tables[table]
    content = row.model_dump(exclude={"id"})
    if known is not None and known.model_dump(exclude={"id"}) == content:
        count.inchanges += 1
        return
    if known is None:
        loading.session.add(row)
    else:
        known.sqlmodel_update(content)
    count.ajoutes += known is None
    count.modifies += known is not None
    loading.session.flush()
    said = ", ".join(f"{name} {value}" for name, value in row.model_dump(mode="json").items() if name != "id")
    _note(loading.session, table, said)


def _plain(row: Visa) -> dict[str, object]:
    return row.model_dump(exclude={"id"})


def _person(loading: Loading, place: str, email: str) -> bool:
    if loading.session.get(Person, email) is None:
        loading.faults.append(f"{place} : personne « {email} » inconnue")
        return False
    return True


def _note(session: Session, subject: str, reason: str) -> None:
    journal.write(session, journal.Entry(fact=Fact.REGISTER, subject=subject, reason=reason))
