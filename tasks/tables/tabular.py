"""Tolerant reading of tables: CSV of any encoding and separator, compressed or not, and workbooks.

Every cell comes out as text, with the number of the line where its row begins, so that a refused line can be
found again in the file. Nothing here knows what the columns mean.
"""

import csv
import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from models.errors import BadInput
from models.reading.values import fold
from tasks.tables.workbook_reading import read_cells

LARGEST = 1_000_000_000  # bytes once decompressed: a larger file is a mistake or an attack
MOST_LINES_IN_A_ROW = 20  # beyond, a quote was left open: a name has a few lines, not the rest of the file
MOST_COLUMNS = 16_384  # those of the widest workbook
SEPARATORS = ";,\t|"
MOST_CELLS = 10_000_000  # of a file that another tool sends
TITLE_LINES = 30  # the header is looked for in the first lines: exports often begin with a title


class Row(NamedTuple):
    """One row of a file: the number of its first line (the first line of the file is 1), and its cells."""

    line: int
    cells: list[str]


class Table(NamedTuple):
    """A table read whole: its content's SHA-256, its header, and its rows without the blank ones."""

    name: str
    sha256: str
    header: list[str]
    rows: list[Row]

    def column(self, names: str) -> int | None:
        """Return the place of the first column that has one of the names ("montant|amount"), or None."""
        folded = [fold(title) for title in self.header]
        for name in names.split("|"):
            if fold(name) in folded:
                return folded.index(fold(name))
        return None


def read_table(path: Path, expected: Iterable[str] = ()) -> Table:
    """Return the table of a CSV (also .gz) or workbook file.

    `expected` are column names: the header is the row that has most of them, titles above it are left out.
    Raises `BadInput` for a file that is absent, empty, truncated, binary, or has no row under its header.
    """
    content = _content(path)
    rows = list(_workbook_rows(content, path) if _is_workbook(content) else _text_rows(content, path))
    filled = [row for row in rows if any(cell.strip() for cell in row.cells)]
    if not filled:
        raise BadInput(f"Le fichier {path.name} est vide.")
    start = _header_place(filled, [fold(name) for name in expected])
    header = [cell.strip().lstrip("\ufeff") for cell in filled[start].cells]
    if len(header) > MOST_COLUMNS:
        raise BadInput(f"Le fichier {path.name} a {len(header)} colonnes, {MOST_COLUMNS} au plus.")
    if len(filled) == start + 1:
        raise BadInput(f"Le fichier {path.name} n'a aucune ligne sous ses en-têtes.")
    return Table(path.name, hashlib.sha256(content).hexdigest(), header, filled[start + 1 :])


def read_bytes(path: Path) -> bytes:
    """Return the content of a file, or raise `BadInput` when it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise BadInput(f"Le fichier {path} n'existe pas.") from error
    except OSError as error:
        raise BadInput(f"Le fichier {path} est illisible ({error.strerror}).") from error


def decoded(content: bytes, name: str) -> str:
    """Return the text of a file in UTF-8, UTF-16 with its mark, or Windows-1252, or raise `BadInput`."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    if b"\x00" in content[:10_000]:
        raise BadInput(f"Le fichier {name} n'est ni un texte ni un classeur lisible.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _content(path: Path) -> bytes:
    return unpacked(read_bytes(path), path.name)


def unpacked(raw: bytes, name: str, most: int = LARGEST) -> bytes:
    """Return a content out of its compression, a workbook left as it is; refuse more than so many bytes."""
    if not raw:
        raise BadInput(f"Le fichier {name} est vide.")
    content = _gunzipped(raw, name, most) if raw.startswith(b"\x1f\x8b") else raw
    size = max(_declared(content, name), len(content))
    if size > most:
        raise BadInput(f"Le fichier {name} dépasse {most // 10**6} Mo une fois décompressé.")
    return content


def refuse_longer(content: bytes, name: str, most: int) -> None:
    """Refuse a text that has more lines than so many, before each costs a row; a workbook counts for none."""
    lines = 0 if _is_workbook(content) else max(content.count(b"\n"), content.count(b"\r"))
    if lines > most:
        found, allowed = (f"{number:,}".replace(",", "\u202f") for number in (lines, most))
        raise BadInput(
            f"Le fichier {name} a {found} lignes, {allowed} au plus : envoyez-le en plusieurs parties."
        )
    if not _is_workbook(content) and max(content.count(sign.encode()) for sign in SEPARATORS) > MOST_CELLS:
        raise BadInput(f"Le fichier {name} a trop de cases : 10 000 000 de cases au plus.")


def _gunzipped(raw: bytes, name: str, most: int) -> bytes:
    try:
        with gzip.open(io.BytesIO(raw)) as stream:
            return stream.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"Le fichier compressé {name} est tronqué ou abîmé.") from error


def _text_rows(content: bytes, path: Path) -> Iterator[Row]:
    text = decoded(content, path.name)
    lines = io.StringIO(text, newline="").readlines()
    separator = _separator(text)
    csv.field_size_limit(LARGEST)
    reader = csv.reader(lines, delimiter=separator)
    line = 1
    try:
        for cells in reader:
            taken = lines[line - 1 : reader.line_num]
            if len(taken) > MOST_LINES_IN_A_ROW:
                yield from _one_by_one(taken, separator, line)
            else:
                yield Row(line, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadInput(f"Le fichier {path.name} est illisible à la ligne {line} ({error}).") from error


def _one_by_one(lines: Sequence[str], separator: str, first: int) -> Iterator[Row]:
    """Yield the lines that a quote left open had swallowed, each as its own row."""
    for line, text in enumerate(lines, first):
        yield Row(line, next(csv.reader([text], delimiter=separator, quoting=csv.QUOTE_NONE), []))


def _separator(text: str) -> str:
    """Return the separator found most often, outside quotes, in the first lines."""
    unquoted = "".join("\n".join(text[:20_000].splitlines()[:TITLE_LINES]).split('"')[::2])
    return max(SEPARATORS, key=unquoted.count)


def _is_workbook(content: bytes) -> bool:
    return content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))


def _workbook_rows(content: bytes, path: Path) -> Iterator[Row]:
    """Yield the rows of the first sheet that has some."""
    for line, cells in read_cells(content, path.name, _declared(content, path.name)):
        yield Row(line, cells)


def _declared(content: bytes, name: str) -> int:
    """Return how many bytes a workbook says that it holds once decompressed."""
    if not content.startswith(b"PK"):
        return len(content)
    try:
        return sum(member.file_size for member in zipfile.ZipFile(io.BytesIO(content)).infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise BadInput(f"Le classeur {name} est tronqué ou abîmé.") from error


def _header_place(rows: Sequence[Row], expected: Sequence[str]) -> int:
    def known(row: Row) -> int:
        return len({fold(cell) for cell in row.cells[:MOST_COLUMNS]} & set(expected))

    first = rows[:TITLE_LINES]
    best = max(range(len(first)), key=lambda place: (known(first[place]), -place))
    if expected and known(first[best]):
        return best
    return next((place for place, row in enumerate(first) if sum(map(bool, row.cells)) > 1), 0)
