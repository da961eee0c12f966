"""Reading a spend file: columns by their meaning, every line taken or refused with its reason."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from models.errors import BadInput
from models.reading.figures import convention_of, settled_said
from models.reading.identifiers import checked_siren, checked_siret
from models.reading.refusals import RefusedLine
from models.reading.totals import is_total
from models.reading.values import fold, is_month_first, parse_amount, parse_date, to_cents
from models.spend.reading import COLUMN_NAMES, REQUIRED, SpendRead
from tasks.tables.tabular import Row, Table, read_table

OLDEST = date(2000, 1, 1)
LONGEST_TEXT = 300


@dataclass(frozen=True)
class Recognition:
    """How a file's words become an establishment and a family; each refuses with `BadInput`."""

    establishment: Callable[[str], str]  # the cell, empty when one establishment is given for the whole file
    family: Callable[[str, str], str | None]  # the cell and the label
    today: date


@dataclass
class SpendReading:
    """What a spend file gave."""

    name: str
    sha256: str
    kept: list[SpendRead] = field(default_factory=list)
    refused: list[RefusedLine] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    ignored: int = 0
    total_read: Decimal = Decimal("0.00")
    total_refused: Decimal = Decimal("0.00")

    @property
    def total_kept(self) -> Decimal:
        """Return the sum of the lines taken, in EUR."""
        return sum((one.amount for one in self.kept), Decimal("0.00"))


def read_spend(path: Path, mapping: dict[str, str], recognition: Recognition) -> SpendReading:
    """Return what a spend file holds; `mapping` gives the headings that are not recognised by themselves.

    Raises `BadInput` for a file that cannot be read or lacks a column.
    """
    table = _table(path, mapping)
    reader = _LineReader(table, mapping, recognition)
    reading = SpendReading(table.name, table.sha256, remarks=[*table.remarks, *reader.remarks()])
    reading.refused, reading.ignored = list(table.refused), table.ignored + reader.totals
    for row in reader.rows:
        amount: Decimal | None = None
        try:
            amount = reader.amount(row)
            reading.total_read += amount
            reading.kept.append(reader.line(row, amount))
        except BadInput as refusal:
            reading.refused.append(RefusedLine(ligne=row.line, motif=str(refusal)))
            reading.total_refused += amount or 0
    reading.refused.sort(key=lambda one: one.ligne)
    families = Counter(one.family_code for one in reading.kept)
    if families[None]:
        reading.remarks.append(f"{families[None]} lignes sans famille reconnue.")
    return reading


def _table(path: Path, mapping: dict[str, str]) -> Table:
    names = {**COLUMN_NAMES, **mapping}
    expected = [name for one in (*COLUMN_NAMES.values(), *mapping.values()) for name in one.split("|")]
    return read_table(path, expected, [names[meaning] for meaning in REQUIRED])


class _LineReader:
    """Turns one row into a spend line, by the columns that were found."""

    def __init__(self, table: Table, mapping: dict[str, str], recognition: Recognition) -> None:
        self.columns = columns_of(table, mapping)
        self.recognition = recognition
        self.width = len(table.header)
        self.rows = self._lines(table)
        self.totals = len(table.rows) - len(self.rows)
        self.month_first = is_month_first(self._column("date"))
        self.convention = convention_of(self._column("montant"))
        self.amount_said = _amount_said(table, self.columns["montant"])
        self._day = lru_cache(maxsize=10_000)(self._read_day)
        self._establishment = lru_cache(maxsize=1_000)(recognition.establishment)

    def _lines(self, table: Table) -> list[Row]:
        """Return the rows that are no totals."""
        place = self.columns["fournisseur"]
        names = {fold(row.cells[place]) for row in table.rows if place < len(row.cells)}
        return [row for row in table.rows if not self._is_total(row, place, names)]

    def _is_total(self, row: Row, place: int, names: set[str]) -> bool:
        supplier = row.cells[place] if place < len(row.cells) else ""
        if supplier.strip():
            return supplier[:1] in "STCRAstcraÀà" and is_total(supplier, names)
        return any(is_total(cell, names) for cell in row.cells if cell.strip())

    def _column(self, meaning: str) -> Iterator[str]:
        place = self.columns[meaning]
        return (row.cells[place] for row in self.rows if place < len(row.cells))

    def remarks(self) -> list[str]:
        said = [self.amount_said] if self.amount_said else []
        if self.totals:
            said.append(f"{self.totals} lignes de totaux laissées.")
        if settled := settled_said(self.convention, self._column("montant")):
            said.append(settled)
        if self.month_first:
            said.append("Les dates sont lues mois/jour/année : le fichier le prouve.")
        if self.month_first is None:
            said.append("Le fichier mêle jour/mois et mois/jour : les dates ambiguës sont refusées.")
        return said

    def cell(self, row: Row, meaning: str) -> str:
        place = self.columns.get(meaning)
        if place is None or place >= len(row.cells):
            return ""
        return " ".join(row.cells[place].split())[:LONGEST_TEXT]

    def amount(self, row: Row) -> Decimal:
        place = self.columns["montant"]
        text = row.cells[place] if place < len(row.cells) else ""
        if not text.strip():
            raise BadInput("montant absent")
        return to_cents(parse_amount(text, conventions=[self.convention]))

    def line(self, row: Row, amount: Decimal) -> SpendRead:
        if len(row.cells) > self.width and any(cell.strip() for cell in row.cells[self.width :]):
            raise BadInput(f"{len(row.cells)} colonnes au lieu de {self.width}")
        supplier = self.cell(row, "fournisseur")
        if not supplier:
            raise BadInput("fournisseur absent")
        label = self.cell(row, "libelle")
        return SpendRead(
            line=row.line,
            establishment_siret=self._establishment(self.cell(row, "etablissement")),
            family_code=self.recognition.family(self.cell(row, "famille"), label),
            supplier=supplier,
            siren=_siren(self.cell(row, "siren")),
            paid_on=self._day(self.cell(row, "date")),
            amount=amount,
            label=label,
            contract_number=self.cell(row, "marche") or None,
        )

    def _read_day(self, text: str) -> date:
        if not text:
            raise BadInput("date absente")
        mixed = self.month_first is None
        day = _sole_reading(text) if mixed else parse_date(text, month_first=bool(self.month_first))
        if not OLDEST <= day <= self.recognition.today:
            raise BadInput(f"date impossible : {day.strftime('%d/%m/%Y')}")
        return day


def _amount_said(table: Table, taken: int) -> str:
    """Return which column of amounts was taken when its heading or another one says with or without taxes."""
    title, known = table.header[taken], {fold(name) for name in COLUMN_NAMES["montant"].split("|")}
    others = [one for place, one in enumerate(table.header) if place != taken and fold(one) in known]
    if not others and not {"ht", "ttc"} & set(fold(title).split()):
        return ""
    left = f" ; laissée : {', '.join(f'« {one} »' for one in others)} (--colonne montant=…)" if others else ""
    return f"Montants pris dans la colonne « {title} »{left}."


def columns_of(table: Table, mapping: dict[str, str]) -> dict[str, int]:
    """Return the place of each column by its meaning; what is named or required and absent is refused."""
    present = table.headings
    places: dict[str, int] = {}
    for meaning, names in COLUMN_NAMES.items():
        place = table.column(mapping.get(meaning, names))
        if place is not None:
            places[meaning] = place
        elif meaning in mapping:
            raise BadInput(
                f"Le fichier {table.name} n'a pas de colonne « {mapping[meaning]} ». Colonnes : {present}."
            )
    missing = [meaning for meaning in REQUIRED if meaning not in places]
    if missing:
        raise BadInput(
            f"Le fichier {table.name} n'a pas de colonne pour : {', '.join(missing)}. "
            f"Donnez-la avec --colonne {missing[0]}=… Colonnes : {present}."
        )
    return places


def _sole_reading(text: str) -> date:
    """Return the day of a text that has only one reading, in a file that mixes both conventions."""
    days: set[date] = set()
    for month_first in (False, True):
        try:
            days.add(parse_date(text, month_first=month_first))
        except BadInput:
            continue
    if not days:
        return parse_date(text)
    if len(days) > 1:
        raise BadInput(f"date ambiguë : « {text} » (le fichier mêle jour/mois et mois/jour)")
    return days.pop()


@lru_cache(maxsize=20_000)
def _siren(text: str) -> str | None:
    """Return the SIREN of a SIREN or SIRET cell, or None when it is empty or wrong (the name then serves)."""
    digits = "".join(filter(str.isalnum, text))
    for check in (checked_siret, checked_siren):
        try:
            return check(digits)[:9]
        except BadInput:
            continue
    return None
