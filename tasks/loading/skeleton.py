"""A skeleton organisation for a real group, from the membership file of the hospital statistics (SAE).

The file says who declared to be a member. It does not say which is the support establishment, it lists several
sites of one hospital, and private partners that cannot be parties (CSP art. L. 6132-1). What is guessed is said.
"""

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from models.errors import BadInput
from models.organisation.file import SkeletonReport
from models.organisation.group import Role
from models.reading.identifiers import checked_finess, checked_siret
from models.reading.values import fold
from tasks.loading.file import load_organisation_text
from tasks.settings import ROOT
from tasks.tables.tabular import Row, Table, read_table

COLUMNS = ("code_ght", "nom_ght", "finess_et", "raison_sociale", "categorie", "siret", "cp", "commune")
CATEGORY_RANK = ("101", "355", "106", "292", "131")
"""FINESS categories that may be support, the likeliest first: CHR/CHU, CH, ex hôpital local, CHS, CLCC."""

SUPPORT_PEOPLE = (
    (Role.DIRECTOR, "directeur"),
    (Role.PURCHASING_DIRECTOR, "directeur.achats"),
    (Role.BUYER, "acheteur"),
    (Role.BUYER, "acheteur2"),
    (Role.LEGAL_OFFICER, "juriste"),
    (Role.PURCHASING_CORRESPONDENT, "referent.achats"),
    (Role.PRESCRIBER, "prescripteur"),
    (Role.PHARMACIST, "pharmacien"),
    (Role.ACCOUNTANT, "comptable"),
    (Role.CONTROLLER, "controleur.gestion"),
    (Role.ADMINISTRATOR, "administrateur"),
)
MEMBER_PEOPLE = ((Role.PURCHASING_CORRESPONDENT, "referent.achats"), (Role.PRESCRIBER, "prescripteur"))


class Member(NamedTuple):
    """A declared member."""

    finess: str
    siret: str
    name: str
    category: str
    postal_code: str
    city: str

    @property
    def is_public(self) -> bool:
        """Return whether the SIREN is that of a public body (it begins with 1 or 2)."""
        return self.siret[0] in "12"


class Skeleton(NamedTuple):
    """A skeleton organisation: the text of its file, and what was taken, left out and guessed."""

    text: str
    report: SkeletonReport


def skeleton(path: Path, ght: str, support: str | None = None) -> Skeleton:
    """Return the skeleton of a group from the membership file; `support` is a SIRET or FINESS.

    Raises `BadInput` for an unknown group, a group without public member, or a support that is not one of them.
    """
    table = read_table(path, COLUMNS)
    rows = _rows_of(table, ght)
    members, left_out = _members(table, rows)
    if not members:
        raise BadInput(
            f"Groupement {ght} : aucun établissement public dans {path.name} ({'; '.join(left_out)})."
        )
    chosen, why = _support(members, support)
    name = f"GHT {_cell(table, rows[0], 'nom_ght')}"
    code = _cell(table, rows[0], "code_ght")
    ordered = [chosen, *(one for one in members if one != chosen)]
    report = SkeletonReport(
        fichier=path.name,
        ght=code,
        etablissements=[f"{one.siret} {one.name}" for one in ordered],
        support=f"{chosen.siret} {chosen.name}",
        ecartes=left_out,
        a_completer=_to_complete(chosen, why),
    )
    return Skeleton(_toml(code, name, ordered), report)


def load_skeleton(path: Path, ght: str, support: str | None = None) -> SkeletonReport:
    """Load the skeleton of a group into the database and return what it holds. Raises `BadInput`."""
    made = skeleton(path, ght, support)
    load_organisation_text(made.text, f"squelette {made.report.ght}")
    return made.report.model_copy(update={"charge": True})


def write_skeleton(path: Path, ght: str, support: str | None, target: Path) -> SkeletonReport:
    """Write the skeleton of a group as an organisation file, never over an existing one. Raises `BadInput`."""
    made = skeleton(path, ght, support)
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(made.text)
    except FileExistsError as error:
        raise BadInput(f"Le fichier {target} existe déjà : donnez un autre nom à --sortie.") from error
    except OSError as error:
        raise BadInput(f"Le fichier {target} ne peut pas être écrit ({error.strerror}).") from error
    return made.report.model_copy(update={"sortie": str(target)})


def _cell(table: Table, row: Row, name: str) -> str:
    place = table.column(name)
    return row.cells[place].strip() if place is not None and place < len(row.cells) else ""


def _rows_of(table: Table, ght: str) -> list[Row]:
    missing = [name for name in COLUMNS if table.column(name) is None]
    if missing:
        raise BadInput(f"Le fichier {table.name} n'a pas de colonne : {', '.join(missing)}.")
    rows = [row for row in table.rows if fold(_cell(table, row, "code_ght")) == fold(ght)]
    if not rows:
        known = sorted({_cell(table, row, "code_ght") for row in table.rows})
        near = [code for code in known if code[:3] == ght[:3].upper()] or known
        raise BadInput(
            f"Groupement « {ght} » absent de {table.name}. Codes proches : {', '.join(near[:15])}."
        )
    return rows


def _members(table: Table, rows: Sequence[Row]) -> tuple[list[Member], list[str]]:
    """Return one member per public legal body, and the lines left out with the reason."""
    kept: dict[str, Member] = {}
    left_out: list[str] = []
    found = sorted((_member(table, row) for row in rows), key=lambda one: (one.siret, one.finess))
    for one in found:
        if reason := _fault(one):
            left_out.append(f"{one.name} ({one.finess}) : {reason}")
        elif one.siret[:9] in kept:
            left_out.append(f"{one.name} ({one.finess}) : autre site de {kept[one.siret[:9]].name}")
        else:
            kept[one.siret[:9]] = one
    return list(kept.values()), left_out


def _member(table: Table, row: Row) -> Member:
    finess, siret, name, category, postal_code, city = (
        _cell(table, row, column)
        for column in ("finess_et", "siret", "raison_sociale", "categorie", "cp", "commune")
    )
    return Member(finess, siret, name, category, postal_code, city)


def _fault(one: Member) -> str:
    try:
        checked_siret(one.siret)
        checked_finess(one.finess)
    except BadInput as error:
        return str(error)
    return "" if one.is_public else "établissement privé, partenaire et non partie (CSP art. L. 6132-1)"


def _support(members: Sequence[Member], wanted: str | None) -> tuple[Member, str]:
    """Return the support establishment and how it was found."""
    if wanted:
        for one in members:
            if wanted.replace(" ", "") in (one.siret, one.finess):
                return one, ""
        listed = ", ".join(f"{one.finess} ({one.name})" for one in members)
        raise BadInput(f"--support « {wanted} » n'est pas un établissement public du groupement : {listed}.")
    ranks = {category: rank for rank, category in enumerate(CATEGORY_RANK)}
    likely = min(members, key=lambda one: (ranks.get(one.category, len(ranks)), one.siret))
    return likely, "supposé d'après les catégories : le fichier ne dit pas lequel porte la fonction achats"


def _to_complete(support: Member, why: str) -> list[str]:
    lines = [f"Établissement support : {support.name} ({support.finess}), {why} (--support)."] if why else []
    return [
        *lines,
        "Personnes : noms et courriels sont fictifs (…@FINESS.invalid), à remplacer par les vrais.",
        "Membres : le fichier est déclaratif, ajoutez les établissements qui manquent.",
        "Familles : celles de l'exemple, à adapter (CPV, responsables, catalogues).",
    ]


def _toml(code: str, name: str, members: Sequence[Member]) -> str:
    blocks = [
        "# Squelette produit par « achats importer ght » : tout ce qui finit par .invalid est à compléter.",
        _table("[ght]", {"code": code, "nom": name}),
    ]
    for rank, one in enumerate(members):
        blocks.append(_establishment(one, is_support=rank == 0))
    for rank, one in enumerate(members):
        blocks += [
            _person(role, word, one) for role, word in (SUPPORT_PEOPLE if rank == 0 else MEMBER_PEOPLE)
        ]
    return "\n\n".join([*blocks, _families(f"acheteur@{members[0].finess.lower()}.invalid")]) + "\n"


def _establishment(one: Member, is_support: bool) -> str:
    return _table(
        "[[etablissements]]",
        {
            "siret": one.siret,
            "finess": one.finess,
            "nom": one.name,
            "type": "support" if is_support else "partie",
            "code_postal": one.postal_code,
            "ville": one.city,
        },
    )


def _person(role: Role, word: str, one: Member) -> str:
    return _table(
        "[[personnes]]",
        {
            "courriel": f"{word}@{one.finess.lower()}.invalid",
            "nom": f"{role.label} (à compléter)",
            "fonction": role.label,
            "etablissement": one.siret,
            "roles": [role.value],
        },
    )


def _families(owner: str) -> str:
    """Return the families of the example with another owner, as text of the same format."""
    families = tomllib.loads((ROOT / "examples" / "ght-demo.toml").read_text(encoding="utf-8"))["familles"]
    blocks = []
    for family in families:
        lots = family.pop("lots", [])
        blocks.append(_table("[[familles]]", family | {"responsable": owner}))
        blocks += [_table("[[familles.lots]]", lot) for lot in lots]
    return "\n\n".join(blocks)


Value = str | int | Sequence[object]


def _table(head: str, keys: dict[str, Value]) -> str:
    return "\n".join([head, *(f"{key} = {_value(value)}" for key, value in keys.items())])


def _value(value: object) -> str:
    """Return a value in TOML: JSON writes texts and numbers the same way, tables inside lists differ."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
