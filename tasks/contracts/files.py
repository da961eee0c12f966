"""Contract files as raw contracts: essential data (DECP v1, v2.0.3, concessions), CSV and workbooks."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from models.contracts.raw import RawChange, RawContract, RawHolder
from models.errors import BadInput
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

REQUIRED = {"number": "numero", "objet": "objet", "holder": "titulaire"}
LISTS = ("marches", "marche", "contrat-concession", "contrats-concession")


class ContractFile(NamedTuple):
    """What a contract file holds, before any check."""

    name: str
    kind: str
    contracts: list[RawContract]


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
    table = read_table(path, [name for names in COLUMNS.values() for name in names.split("|")])
    found = "xlsx" if content.startswith((b"PK", b"\xd0\xcf")) else "csv"
    if kind and kind != found:
        raise BadInput(f"Le fichier {path.name} est au format {found}, pas {kind}.")
    return ContractFile(path.name, found, _table_contracts(table))


def _table_contracts(table: Table) -> list[RawContract]:
    places = {meaning: table.column(names) for meaning, names in COLUMNS.items()}
    missing = [french for meaning, french in REQUIRED.items() if places[meaning] is None]
    if missing:
        present = ", ".join(title for title in table.header if title)
        raise BadInput(
            f"Le fichier {table.name} n'a pas de colonne : {', '.join(missing)}. Colonnes : {present}."
        )
    return [_table_contract(row, places) for row in table.rows]


def _table_contract(row: Row, places: Mapping[str, int | None]) -> RawContract:
    cells = {
        meaning: row.cells[place].strip() if place is not None and place < len(row.cells) else ""
        for meaning, place in places.items()
    }
    holder = RawHolder(name=cells.pop("holder"), identifier=cells.pop("identifier"))
    return RawContract.model_validate({"line": row.line, "holders": [holder], **cells})


def _essential_data(text: str, name: str) -> list[RawContract]:
    try:
        loaded = json.loads(text, parse_float=str, parse_int=str)
    except json.JSONDecodeError as error:
        raise BadInput(
            f"Le fichier {name} n'est pas du JSON complet (ligne {error.lineno}) : fichier tronqué ?"
        ) from error
    records = list(_records(loaded))
    if not records:
        raise BadInput(f"Le fichier {name} ne contient aucun marché (clé « marches » attendue).")
    return [_decp_contract(line, record) for line, record in enumerate(records, 1)]


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
    holders = next((one["titulaires"] for one in reversed(changes) if one.get("titulaires")), None)
    holders = holders or record.get("titulaires") or record.get("concessionnaires")
    buyer = record.get("acheteur") or record.get("autoriteConcedante")
    return RawContract(
        line=line,
        number=_text(record.get("id")),
        objet=_text(record.get("objet")),
        cpv=_text(record.get("codeCPV")),
        nature=_text(record.get("nature")),
        procedure=_text(record.get("procedure")),
        buyer=_text(buyer.get("id")) if isinstance(buyer, dict) else "",
        holders=[_holder(one) for one in _list(holders)],
        changes=[_change(one) for one in changes],
        amount=_text(record.get("montant", record.get("valeurGlobale"))),
        notified=_text(record.get("dateNotification") or record.get("dateSignature")),
        starts=_text(record.get("dateDebutExecution")),
        months=_text(record.get("dureeMois")),
        published=_text(record.get("datePublicationDonnees")),
    )


Record = dict[str, object]


DATED = (
    "dateNotificationModification",
    "dateSignatureModification",
    "datePublicationDonneesModification",
)


def _newest_last(record: Record) -> list[Record]:
    """Return the modifications of a contract by date (v1: flat; v2: under "modification")."""
    changes = [_unwrapped(one, "modification") for one in _list(record.get("modifications"))]
    return sorted(changes, key=_dated)


def _dated(change: Record) -> str:
    return next((_text(change[key]) for key in DATED if change.get(key)), "")


def _change(one: Record) -> RawChange:
    return RawChange(
        number=_text(one.get("id")),
        notified=_dated(one),
        amount=_text(one.get("montant", one.get("valeurGlobale"))),
        months=_text(one.get("dureeMois")),
    )


def _holder(one: object) -> RawHolder:
    flat = _unwrapped(_unwrapped(one, "titulaire"), "concessionnaire")
    return RawHolder(name=_text(flat.get("denominationSociale")), identifier=_text(flat.get("id")))


def _unwrapped(one: object, key: str) -> Record:
    if not isinstance(one, dict):
        return {}
    inner = one.get(key)
    return inner if isinstance(inner, dict) else one


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def is_blank(raw: RawContract) -> bool:
    """Return whether a contract says nothing at all."""
    return not fold(raw.number + raw.objet)
