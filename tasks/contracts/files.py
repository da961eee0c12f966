"""Contract files as raw contracts: essential data (DECP v1, v2.0.3, concessions), CSV and workbooks."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from models.contracts.raw import RawChange, RawContract, RawHolder
from models.errors import BadInput
from models.reading.figures import FROM_A_NUMBER, Convention, convention_of, settled_said
from models.reading.refusals import RefusedLine
from models.reading.totals import is_total
from models.reading.values import fold
from tasks.tables.tabular import Row, Table, decoded, read_bytes, read_table

COLUMNS = {
    "number": "numero|numero de marche|n marche|marche|reference",
    "lot": "lot|numero de lot",
    "objet": "objet|intitule|designation",
    "family": "famille|code famille",
    "cpv": "cpv|code cpv",
    "nature": "nature",
    "procedure": "procedure",
    "buyer": "acheteur|siret acheteur|siret de l acheteur",
    "holder": "titulaire|nom du titulaire|fournisseur",
    "identifier": "siret titulaire|siret du titulaire|siret fournisseur|siret",
    "amount": "montant ht|montant",
    "minimum": "minimum ht|montant minimum ht|minimum",
    "maximum": "maximum ht|montant maximum ht|maximum",
    "notified": "date de notification|notification|notifie le",
    "starts": "date de debut|debut",
    "ends": "date de fin|fin|echeance",
    "months": "duree mois|duree en mois|duree",
}
"""Headings of a CSV or workbook by meaning; `docs/formats/marches.md` shows them."""

AMOUNTS = ("amount", "minimum", "maximum")
OTHER_BUYER_KEYS = ("acheteur.id", "acheteur_id", "idAcheteur", "acheteurId", "autoriteConcedante.id")
ROLE = re.compile(
    r"\(?\b(?:co-?traitante?|mandataire|co-?titulaire|groupement)\b\s*(?:solidaire|conjoint)?\)?",
    re.IGNORECASE,
)
DEEPEST = 10  # lists and wrappers around a record
REQUIRED = {"number": "numero", "objet": "objet", "holder": "titulaire"}
LISTS = ("marches", "marche", "contrat-concession", "contrats-concession")


class ContractFile(NamedTuple):
    """What a contract file holds, before any check."""

    name: str
    kind: str
    contracts: list[RawContract]
    refused: list[RefusedLine] = []
    ignored: int = 0
    remarks: list[str] = []
    conventions: list[Convention] = []  # of the amounts, the maximums, the minimums: a file writes them alike


def read_contracts(path: Path, kind: str | None = None) -> ContractFile:
    """Return the contracts of a file; `kind` is decp, csv or xlsx, seen from the content when not given.

    Raises `BadInput` for a file that cannot be read, is empty, or lacks a column.
    """
    if kind not in (None, "decp", "csv", "xlsx"):
        raise BadInput(f"--format « {kind} » inconnu : decp, csv ou xlsx.")
    content = read_bytes(path)
    if not content.strip():
        raise BadInput(f"Le fichier {path.name} est vide.")
    if kind == "decp" or (kind is None and content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")):
        return ContractFile(path.name, "decp", _essential_data(decoded(content, path.name), path.name))
    names = [name for names in COLUMNS.values() for name in names.split("|")]
    table = read_table(path, names, [COLUMNS[meaning] for meaning in REQUIRED])
    found = "xlsx" if content.startswith((b"PK", b"\xd0\xcf")) else "csv"
    if kind and kind != found:
        raise BadInput(f"Le fichier {path.name} est au format {found}, pas {kind}.")
    return _table_file(table, found)


def _table_file(table: Table, kind: str) -> ContractFile:
    places = {meaning: table.column(names) for meaning, names in COLUMNS.items()}
    missing = [french for meaning, french in REQUIRED.items() if places[meaning] is None]
    if missing:
        present = table.headings
        raise BadInput(
            f"Le fichier {table.name} n'a pas de colonne : {', '.join(missing)}. Colonnes : {present}."
        )
    key = places["number"] or 0
    rows = [
        row for row in table.rows if key >= len(row.cells) or not is_total(row.cells[key] or row.cells[0])
    ]
    each = [convention_of(_column(rows, places[meaning])) for meaning in AMOUNTS]
    pooled = convention_of(cell for meaning in AMOUNTS for cell in _column(rows, places[meaning]))
    amounts = places["amount"]
    said = [settled_said(pooled, _column(rows, place)) for place in map(places.get, AMOUNTS)]
    named = [f"Montants pris dans la colonne « {table.header[amounts]} »."] if amounts is not None else []
    return ContractFile(
        table.name,
        kind,
        [_table_contract(row, places) for row in rows],
        table.refused,
        table.ignored + len(table.rows) - len(rows),
        [*table.remarks, *named, *filter(None, said)],
        [pooled, *each],
    )


def _column(rows: Sequence[Row], place: int | None) -> Iterator[str]:
    return (row.cells[place] for row in rows if place is not None and place < len(row.cells))


def _table_contract(row: Row, places: Mapping[str, int | None]) -> RawContract:
    cells = {
        meaning: row.cells[place] if place is not None and place < len(row.cells) else ""
        for meaning, place in places.items()
    }
    plain = {meaning: cell if meaning in AMOUNTS else cell.strip() for meaning, cell in cells.items()}
    identifier = plain.pop("identifier")
    names = _members(plain.pop("holder"))
    holders = [
        RawHolder(name=name, identifier=identifier if not rank else "") for rank, name in enumerate(names)
    ]
    return RawContract.model_validate({"line": row.line, "holders": holders, **plain})


def _members(text: str) -> list[str]:
    """Return the members of a group of companies written in one cell with their roles; else the cell as it is."""
    parts = [ROLE.sub("", part).strip(" -:") for part in re.split(r"\s*[/;|+\n]\s*", text)]
    return [part for part in parts if part] if len(parts) > 1 and ROLE.search(text) else [text]


def _essential_data(text: str, name: str) -> list[RawContract]:
    try:
        loaded = json.loads(text, parse_float=_figures, parse_int=str)
    except json.JSONDecodeError as error:
        raise BadInput(
            f"Le fichier {name} n'est pas du JSON complet (ligne {error.lineno}) : fichier tronqué ?"
        ) from error
    except RecursionError as error:
        raise BadInput(f"Le fichier {name} n'est pas un fichier de données essentielles.") from error
    records = list(_records(loaded))
    if not records:
        raise BadInput(f"Le fichier {name} ne contient aucun marché (clé « marches » attendue).")
    return [_decp_contract(line, record) for line, record in enumerate(records, 1)]


def _figures(text: str) -> str:
    """Return a number of a JSON file without exponent, its point known to be decimal."""
    return f"{Decimal(text):f}{FROM_A_NUMBER}" if len(text) < 60 and "e-" not in text.lower() else text


def _records(loaded: object) -> Iterable[object]:
    """Yield the contracts of any nesting: a list (v1), {"marche": […]} (v2), concessions."""
    if isinstance(loaded, list):
        yield from loaded
    elif isinstance(loaded, dict):
        for key in LISTS:
            if key in loaded:
                yield from _records(loaded[key])


def _decp_contract(line: int, record: object) -> RawContract:
    """Return one contract of the essential data as it was signed, with its modifications and its last holders."""
    if not isinstance(record, dict):
        return RawContract(line=line)
    changes = _newest_last(record)
    of_changes = (_holders(one.get("titulaires")) for one in reversed(changes))
    signed = _holders(record.get("titulaires")) or _holders(record.get("concessionnaires"))
    holders = next(filter(None, of_changes), signed)
    buyer, notes = _buyer(record)
    return RawContract(
        line=line,
        number=_text(record.get("id")),
        objet=_text(record.get("objet")),
        cpv=_text(record.get("codeCPV")),
        nature=_text(record.get("nature")),
        procedure=_text(record.get("procedure")),
        buyer=buyer,
        holders=holders,
        changes=[_change(one) for one in changes],
        amount=_text(record.get("montant", record.get("valeurGlobale"))),
        notified=_text(record.get("dateNotification") or record.get("dateSignature")),
        starts=_text(record.get("dateDebutExecution")),
        months=_text(record.get("dureeMois")),
        published=_text(record.get("datePublicationDonnees")),
        notes=notes,
    )


def _buyer(record: "Record") -> tuple[str, list[str]]:
    """Return who buys, and what is to be said when it was found under another key than the standard's."""
    for key in ("acheteur", "autoriteConcedante"):
        one = record.get(key)
        found = _text(one.get("id")) if isinstance(one, dict) else _text(one)
        if found.strip():
            return found, []
    for key in OTHER_BUYER_KEYS:
        if found := _text(record.get(key)).strip():
            return found, [f"acheteur lu sous la clé « {key} »"]
    return "", []


Record = dict[str, object]


DATED = (
    "dateNotificationModification",
    "dateSignatureModification",
    "datePublicationDonneesModification",
)


def _newest_last(record: Record) -> list[Record]:
    """Return the modifications of a contract by date (v1: flat; v2: under "modification")."""
    found = _flat(record.get("modifications"), ("modification",)) or _flat(record.get("modification"), ())
    return sorted(found, key=_dated)


def _dated(change: Record) -> str:
    return next((_text(change[key]) for key in DATED if change.get(key)), "")


def _change(one: Record) -> RawChange:
    return RawChange(
        number=_text(one.get("id")),
        notified=_dated(one),
        amount=_text(one.get("montant", one.get("valeurGlobale"))),
        months=_text(one.get("dureeMois")),
    )


def _holders(value: object) -> list[RawHolder]:
    """Return the holders that say who they are, whatever they are nested in; none for a list that says nobody."""
    found = [
        RawHolder(
            name=_text(one.get("denominationSociale") or one.get("nom")),
            identifier=_text(one.get("id")),
            kind=_text(one.get("typeIdentifiant")),
        )
        for one in _flat(value, ("titulaire", "concessionnaire"))
    ]
    return [one for one in found if one.name.strip() or one.identifier.strip()]


def _flat(value: object, wrappers: Sequence[str], depth: int = 0) -> list["Record"]:
    """Return the records of a list or an object, out of the lists and of the wrappers they are nested in."""
    if depth > DEEPEST:
        return []
    if isinstance(value, list):
        return [record for one in value for record in _flat(one, wrappers, depth + 1)]
    if not isinstance(value, dict):
        return []
    inner = next((value[key] for key in wrappers if isinstance(value.get(key), dict | list)), None)
    return [value] if inner is None else _flat(inner, wrappers, depth + 1)


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def is_blank(raw: RawContract) -> bool:
    """Return whether a contract says nothing at all."""
    return not fold(raw.number + raw.objet)
