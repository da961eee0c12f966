"""Files of facts (items, stocks, invoices, orders…): French headings read tolerantly, each line typed or refused."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from models.errors import BadInput
from models.reading.refusals import RefusedLine
from tasks.tables.tabular import Row, Table, read_table

Fact = TypeVar("Fact", bound=BaseModel)


class FactReport(BaseModel):
    """What an import of facts did; read = accepted + refused."""

    fichier: str
    lus: int = 0
    acceptes: int = 0
    ajoutes: int = 0
    modifies: int = 0
    inchanges: int = 0
    refuses: list[RefusedLine] = []
    remarques: list[str] = []


class Columns(BaseModel):
    """The headings of a kind of file: for each field the names it may have, and which fields must be there."""

    names: dict[str, str]
    required: tuple[str, ...] = ()


class Cells:
    """One line of a file, read by the name of its fields."""

    def __init__(self, line: int, cells: Mapping[str, str]) -> None:
        """Hold the cells of a line."""
        self.line, self.cells = line, cells

    def text(self, field: str) -> str:
        """Return a cell, empty when the column is absent."""
        return self.cells.get(field, "")

    def needed(self, field: str, what: str) -> str:
        """Return a cell that must be filled, or refuse the line."""
        if not self.cells.get(field):
            raise BadInput(f"{what} : case vide")
        return self.cells[field]


def read_facts(path: Path, columns: Columns, fact: Callable[[Cells], Fact]) -> tuple[FactReport, list[Fact]]:
    """Return the facts of a file and the report; a bad line is refused with its number and its reason.

    Raises `BadInput` for a file that cannot be read or lacks a required column.
    """
    table = read_table(path, [name for names in columns.names.values() for name in names.split("|")])
    places = {field: table.column(names) for field, names in columns.names.items()}
    missing = [columns.names[field].split("|")[0] for field in columns.required if places[field] is None]
    if missing:
        raise BadInput(
            f"Le fichier {table.name} n'a pas de colonne : {', '.join(missing)}. "
            f"Colonnes : {', '.join(title for title in table.header if title)}."
        )
    report = FactReport(fichier=table.name, lus=len(table.rows))
    facts = []
    for cells in _cells(table, places):
        try:
            facts.append(fact(cells))
        except BadInput as refusal:
            report.refuses.append(RefusedLine(ligne=cells.line, motif=str(refusal)))
    report.acceptes = len(facts)
    return report, facts


def _cells(table: Table, places: Mapping[str, int | None]) -> Iterator[Cells]:
    for row in table.rows:
        yield Cells(row.line, {field: _cell(row, place) for field, place in places.items()})


def _cell(row: Row, place: int | None) -> str:
    return row.cells[place].strip() if place is not None and place < len(row.cells) else ""
