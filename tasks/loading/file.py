"""Loading the organisation file: one reader per table, all in one transaction, every fault said at once.

To add a table: an entry in `models/organisation/file.py`, a reader here, its line in READERS.
"""

import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from sqlmodel import Session, SQLModel, col, select

from models.errors import BadInput
from models.organisation.file import (
    EstablishmentEntry,
    FamilyEntry,
    GroupEntry,
    OrganisationReport,
    PersonEntry,
    TableCount,
)
from models.organisation.group import (
    CatalogueItem,
    Establishment,
    EstablishmentKind,
    Family,
    FamilyCpv,
    FamilyWord,
    Group,
    Person,
    Role,
    RoleGrant,
)
from models.reading.values import fold
from tasks.delegations import vacancies
from tasks.loading.entries import Loading
from tasks.loading.escalation import read_escalations
from tasks.loading.signing import (
    read_absences,
    read_choices,
    read_circuits,
    read_conflict_policy,
    read_delegations,
    read_functions,
    read_policy,
)
from tasks.organisation.lookup import missing_people
from tasks.store import transaction
from tasks.tables.tabular import decoded, read_bytes


def read_group(loading: Loading, raw: object) -> None:
    """Store `[ght]`; a group other than the one already served is refused."""
    loading.tables["ght"] = TableCount()
    entry = loading.entry("[ght]", GroupEntry, raw)
    if entry is None:
        return
    known = loading.session.get(Group, 1)
    if known and known.code != entry.code:
        loading.faults.append(
            f"[ght] : cette installation sert déjà le groupement {known.code}, pas {entry.code} ; "
            "donnez un autre dossier avec ACHATS_HOME"
        )
        return
    loading.keep("ght", Group(id=1, **entry.model_dump()))


def read_establishments(loading: Loading, raw: object) -> None:
    """Store `[[etablissements]]`."""
    finess: dict[str, str] = {}
    for place, entry in loading.entries("etablissements", EstablishmentEntry, "siret", raw):
        if entry.finess and entry.finess in finess:
            loading.faults.append(f"{place} : même FINESS que {finess[entry.finess]}")
        finess[entry.finess or ""] = entry.siret
        loading.keep("etablissements", Establishment.model_validate(entry.model_dump()))


def read_people(loading: Loading, raw: object) -> None:
    """Store `[[personnes]]` and their roles; the roles of a listed person are those of the file, no other."""
    for place, entry in loading.entries("personnes", PersonEntry, "courriel", raw):
        own = loading.establishment(place, entry.establishment)
        if own is None:
            continue
        person = Person(
            email=entry.email,
            name=entry.name,
            function=entry.function,
            establishment_siret=own.siret,
            active_until=entry.active_until,
        )
        old = loading.session.exec(select(RoleGrant).where(RoleGrant.person_email == entry.email)).all()
        loading.keep("personnes", person, old, _grants(loading, place, entry, own))


def _grants(loading: Loading, place: str, entry: PersonEntry, own: Establishment) -> list[RoleGrant]:
    grants = []
    for written in dict.fromkeys(entry.roles):
        role, _, elsewhere = written.partition("@")
        house = loading.establishment(place, elsewhere) if elsewhere else own
        if house is not None:
            grants.append(
                RoleGrant(person_email=entry.email, role=Role(role), establishment_siret=house.siret)
            )
    return grants


def read_families(loading: Loading, raw: object) -> None:
    """Store `[[familles]]`; CPV codes, words and catalogue of a listed family are those of the file."""
    owner_of_prefix: dict[str, str] = {}
    for place, entry in loading.entries("familles", FamilyEntry, "code", raw):
        if entry.owner and loading.session.get(Person, entry.owner) is None:
            loading.faults.append(f"{place} : responsable « {entry.owner} » inconnu parmi les personnes")
            continue
        for prefix in entry.cpv:
            other = owner_of_prefix.setdefault(prefix, entry.code)
            if other != entry.code:
                loading.faults.append(f"{place} : le CPV {prefix} appartient déjà à la famille {other}")
        family = Family(
            code=entry.code,
            label=entry.label,
            nature=entry.nature,
            content=entry.content,
            owner_email=entry.owner,
        )
        loading.keep(
            "familles", family, _old_parts(loading.session, entry.code), _parts(loading, place, entry)
        )


def _old_parts(session: Session, code: str) -> list[SQLModel]:
    return [
        *session.exec(select(FamilyCpv).where(FamilyCpv.family_code == code)),
        *session.exec(select(FamilyWord).where(FamilyWord.family_code == code)),
        *session.exec(select(CatalogueItem).where(CatalogueItem.family_code == code)),
    ]


def _parts(loading: Loading, place: str, entry: FamilyEntry) -> list[SQLModel]:
    items = [(lot, item) for lot in entry.lots for item in lot.items]
    codes = [item.code for _, item in items]
    numbers = [lot.number for lot in entry.lots]
    loading.faults += [f"{place} : article « {code} » donné deux fois" for code in _twice(codes)]
    loading.faults += [f"{place} : lot {number} donné deux fois" for number in _twice(numbers)]
    catalogue = {
        item.code: CatalogueItem(
            family_code=entry.code,
            code=item.code,
            lot=lot.number,
            lot_label=lot.label,
            label=item.label,
            unit=item.unit,
            rank=rank,
        )
        for rank, (lot, item) in enumerate(items, 1)
    }
    return [
        *(FamilyCpv(family_code=entry.code, cpv=prefix) for prefix in dict.fromkeys(entry.cpv)),
        *(FamilyWord(family_code=entry.code, word=word) for word in dict.fromkeys(map(fold, entry.words))),
        *catalogue.values(),
    ]


V = TypeVar("V", str, int)


def _twice(values: Sequence[V]) -> list[V]:
    return sorted({value for value in values if values.count(value) > 1})


READERS: dict[str, Callable[[Loading, object], None]] = {
    "ght": read_group,
    "etablissements": read_establishments,
    "personnes": read_people,
    "familles": read_families,
    "signature": read_policy,
    "conflits": read_conflict_policy,
    "fonctions": read_functions,
    "absences": read_absences,
    "competences": read_choices,
    "delegations": read_delegations,
    "circuits": read_circuits,
    "escalades": read_escalations,
}


def load_organisation(path: Path) -> OrganisationReport:
    """Load or update the organisation from a TOML file, wholly or not at all; the same file changes nothing.

    Raises `BadInput` that lists every fault of the file with its place.
    """
    return load_organisation_text(decoded(read_bytes(path), path.name), path.name)


def load_organisation_text(text: str, name: str) -> OrganisationReport:
    """Load or update the organisation from the text of a TOML file, see `load_organisation`."""
    tables = _parsed(text, name)
    with transaction() as session:
        loading = Loading(session)
        for table in tables:
            if table not in READERS:
                loading.faults.append(f"[[{table}]] : table inconnue (connues : {', '.join(READERS)})")
        for table, read in READERS.items():
            if table in tables:
                read(loading, tables[table])
        group = session.get(Group, 1)
        _check_whole(loading, group)
        if loading.faults or group is None:
            raise BadInput(_all_faults(name, loading.faults))
        report = OrganisationReport(
            fichier=name, ght=group.code, tables=loading.tables, a_completer=missing_people(session)
        )
    vacancies.follow_register()
    return report


def _parsed(text: str, name: str) -> dict[str, object]:
    if not text.strip():
        raise BadInput(f"Le fichier {name} est vide.")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+), column (\d+)", str(error))
        where = f"à la ligne {found[1]}, colonne {found[2]}" if found else "à la fin du fichier"
        raise BadInput(f"Le fichier {name} n'est pas un fichier TOML correct : faute {where}.") from error


def _check_whole(loading: Loading, group: Group | None) -> None:
    """Note what only the whole can tell: one group, one support establishment."""
    if group is None and not any(fault.startswith("[ght]") for fault in loading.faults):
        loading.faults.append("[ght] : la table manque, elle donne le code et le nom du groupement")
    if any(fault.startswith("[[etablissements]]") for fault in loading.faults):
        return
    supports = loading.session.exec(
        select(Establishment.name).where(
            Establishment.kind == EstablishmentKind.SUPPORT, col(Establishment.active_until).is_(None)
        )
    ).all()
    if len(supports) != 1:
        found = "aucun" if not supports else f"{len(supports)} ({', '.join(sorted(supports))})"
        loading.faults.append(
            f'[[etablissements]] : un seul établissement de type = "support" est attendu, {found} trouvé'
        )


def _all_faults(name: str, faults: Sequence[str]) -> str:
    if len(faults) == 1:
        return f"{name}, {faults[0].rstrip('.')}."
    listed = " ; ".join(fault.rstrip(".") for fault in faults)
    return f"{len(faults)} fautes dans {name}, rien n'a été chargé : {listed}."
