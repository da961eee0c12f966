"""Files of facts (items, stocks, invoices, orders…): French headings read tolerantly, each line typed or refused."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

from models.errors import BadInput
from models.reading.figures import Convention, convention_of, parse_amount, settled_said, to_cents
from models.reading.refusals import RefusedLine
from models.reading.totals import is_total
from tasks.tables.tabular import Row, Table, read_table

Fact = TypeVar("Fact", bound=BaseModel)


class FactReport(BaseModel):
    """What an import of facts did; read = accepted + refused; with those left out, every line under the heading."""

    fichier: str
    lus: int = 0
    acceptes: int = 0
    ignores: int = 0
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

    def __init__(self, row: Row, places: Mapping[str, int | None], conventions: "_Conventions") -> None:
        """Hold the cells of a line."""
        self.line, self._row, self._places, self._conventions = row.line, row, places, conventions

    def text(self, field: str) -> str:
        """Return a cell, empty when the column is absent."""
        return _cell(self._row, self._places.get(field)).strip()

    def needed(self, field: str, what: str) -> str:
        """Return a cell that must be filled, or refuse the line."""
        if not self.text(field):
            raise BadInput(f"{what} : case vide")
        return self.text(field)

    def number(self, field: str, what: str) -> Decimal:
        """Return a number by the convention of its column, or refuse the line."""
        return parse_amount(_cell(self._row, self._places.get(field)), what, [self._conventions.of(field)])

    def amount(self, field: str, what: str, *, positive: bool = False) -> Decimal:
        """Return an amount at the cent by the convention of its column, or refuse the line."""
        amount = to_cents(self.number(field, what))
        if positive and amount <= 0:
            raise BadInput(f"{what} : {amount} n'est pas un montant valable, il doit être supérieur à zéro.")
        return amount


class _Conventions:
    """What the numbers of each column say of their signs, worked out when a number of it is first read."""

    def __init__(self, table: Table, places: Mapping[str, int | None]) -> None:
        self.table, self.places = table, places
        self.known: dict[str, Convention] = {}

    def of(self, field: str) -> Convention:
        if field not in self.known:
            self.known[field] = convention_of(self.column(field))
        return self.known[field]

    def column(self, field: str) -> Iterator[str]:
        return (_cell(row, self.places.get(field)) for row in self.table.rows)

    def said(self) -> list[str]:
        told = [settled_said(convention, self.column(field)) for field, convention in self.known.items()]
        return [one for one in told if one]


class Same(Generic[Fact]):
    """When two lines of one file speak of the same fact, and what becomes of them: added up, or the second refused."""

    def __init__(
        self, key: Callable[[Fact], object], join: Callable[[Fact, Fact], bool] | None = None
    ) -> None:
        """Take the key of a fact; `join` adds the second to the first and says whether they could be."""
        self._key, self._join = key, join
        self._seen: dict[object, tuple[int, Fact]] = {}

    def joined(self, line: int, fact: Fact) -> bool:
        """Return whether the fact was added to an earlier line; refuse a second line that cannot be."""
        first, known = self._seen.setdefault(self._key(fact), (line, fact))
        if known is fact:
            return False
        if self._join is None or not self._join(known, fact):
            is_twice = _plain(known) == _plain(fact)
            said = (
                f"doublon de la ligne {first}"
                if is_twice
                else f"déjà donné ligne {first} avec un autre contenu"
            )
            raise BadInput(said)
        return True


def _plain(fact: BaseModel) -> dict[str, object]:
    return fact.model_dump(exclude={"id", "imported_at"})


def read_facts(
    path: Path, columns: Columns, fact: Callable[[Cells], Fact], same: Same[Fact] | None = None
) -> tuple[FactReport, list[Fact]]:
    """Return the facts of a file and the report; a bad line is refused with its number and its reason.

    Raises `BadInput` for a file that cannot be read or lacks a required column.
    """
    names = [name for names in columns.names.values() for name in names.split("|")]
    table = read_table(path, names, [columns.names[field] for field in columns.required])
    places = {field: table.column(names) for field, names in columns.names.items()}
    missing = [columns.names[field].split("|")[0] for field in columns.required if places[field] is None]
    if missing:
        raise BadInput(
            f"Le fichier {table.name} n'a pas de colonne : {', '.join(missing)}. Colonnes : {table.headings}."
        )
    rows = [row for row in table.rows if not _is_total(row)]
    report = FactReport(fichier=table.name, lus=len(rows) + len(table.refused), refuses=list(table.refused))
    report.ignores = table.ignored + len(table.rows) - len(rows)
    conventions, facts = _Conventions(table, places), list[Fact]()
    for row in rows:
        try:
            one = fact(Cells(row, places, conventions))
            if same is None or not same.joined(row.line, one):
                facts.append(one)
        except BadInput as refusal:
            report.refuses.append(RefusedLine(ligne=row.line, motif=str(refusal)))
    report.refuses.sort(key=lambda refused: refused.ligne)
    report.acceptes = report.lus - len(report.refuses)
    report.remarques = [*table.remarks, *conventions.said()]
    if len(rows) < len(table.rows):
        report.remarques.append(f"{len(table.rows) - len(rows)} lignes de totaux laissées.")
    return report, facts


def _is_total(row: Row) -> bool:
    return is_total(next((cell for cell in row.cells if cell.strip()), ""))


def _cell(row: Row, place: int | None) -> str:
    return row.cells[place] if place is not None and place < len(row.cells) else ""
