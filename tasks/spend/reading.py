"""Reading a spend file: columns by their meaning, every line taken or refused with its reason."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from models.errors import BadInput
from models.reading.identifiers import checked_siren, checked_siret
from models.reading.refusals import RefusedLine
from models.reading.values import is_month_first, parse_amount, parse_date, to_cents
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
    table = read_table(path, [name for names in COLUMN_NAMES.values() for name in names.split("|")])
    reader = _LineReader(table, mapping, recognition)
    reading = SpendReading(table.name, table.sha256, remarks=reader.remarks())
    for row in table.rows:
        amount: Decimal | None = None
        try:
            amount = reader.amount(row)
            reading.total_read += amount
            reading.kept.append(reader.line(row, amount))
        except BadInput as refusal:
            reading.refused.append(RefusedLine(ligne=row.line, motif=str(refusal)))
            reading.total_refused += amount or 0
    families = Counter(one.family_code for one in reading.kept)
    if families[None]:
        reading.remarks.append(f"{families[None]} lignes sans famille reconnue.")
    return reading


class _LineReader:
    """Turns one row into a spend line, by the columns that were found."""

    def __init__(self, table: Table, mapping: dict[str, str], recognition: Recognition) -> None:
        self.columns = columns_of(table, mapping)
        self.recognition = recognition
        self.width = len(table.header)
        date_place = self.columns["date"]
        self.month_first = is_month_first(
            row.cells[date_place] for row in table.rows if date_place < len(row.cells)
        )
        self._day = lru_cache(maxsize=10_000)(self._read_day)
        self._establishment = lru_cache(maxsize=1_000)(recognition.establishment)

    def remarks(self) -> list[str]:
        if self.month_first:
            return ["Les dates sont lues mois/jour/année : le fichier le prouve."]
        if self.month_first is None:
            return ["Le fichier mêle jour/mois et mois/jour : les dates ambiguës sont refusées."]
        return []

    def cell(self, row: Row, meaning: str) -> str:
        place = self.columns.get(meaning)
        if place is None or place >= len(row.cells):
            return ""
        return " ".join(row.cells[place].split())[:LONGEST_TEXT]

    def amount(self, row: Row) -> Decimal:
        text = self.cell(row, "montant")
        if not text:
            raise BadInput("montant absent")
        return to_cents(parse_amount(text))

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


def columns_of(table: Table, mapping: dict[str, str]) -> dict[str, int]:
    """Return the place of each column by its meaning; what is named or required and absent is refused."""
    present = ", ".join(title for title in table.header if title)
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
