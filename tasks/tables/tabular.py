"""Tolerant reading of tables: CSV of any encoding and separator, compressed or not, and workbooks.

Every cell comes out as text, with the number of the line where its row begins, so that a refused line can be
found again in the file. Nothing here knows what the columns mean. Lines always add up: those of the file are the
headings, the rows, the lines refused here (unreadable signs, formulas without value) and those left out.
"""

import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from models.errors import BadInput
from models.reading.encodings import LOST, decode
from models.reading.figures import quoted
from models.reading.refusals import RefusedLine
from models.reading.values import fold
from tasks.tables.delimited import SEPARATORS, TITLE_LINES, Row, rows_of
from tasks.tables.workbook_reading import Sheet, read_sheets

__all__ = ["Row", "Table", "read_bytes", "read_table"]

LARGEST = 1_000_000_000  # bytes once decompressed: a larger file is a mistake or an attack
MOST_NAMED = 30  # headings listed in a refusal
MOST_COLUMNS = 16_384  # those of the widest workbook
MOST_CELLS = 10_000_000  # of a file that another tool sends
WORKBOOKS = ("[Content_Types].xml", "mimetype", "content.xml")
UNREADABLE = "caractères illisibles : enregistrez le fichier en UTF-8"


class Table(NamedTuple):
    """A table read whole: its content's SHA-256, its header, its rows without the blank ones, and what is said of it.

    `lines` counts the lines of the file and `ignored` those that are neither heading, row nor refused.
    """

    name: str
    sha256: str
    header: list[str]
    rows: list[Row]
    refused: list[RefusedLine]
    lines: int
    ignored: int
    remarks: list[str]

    @property
    def headings(self) -> str:
        """Return the headings as a refusal lists them."""
        titles = [quoted(title) for title in self.header if title]
        return ", ".join(titles[:MOST_NAMED]) + (", …" if len(titles) > MOST_NAMED else "")

    def column(self, names: str) -> int | None:
        """Return the place of the first column that has one of the names ("montant|amount"), or None."""
        folded = [fold(title) for title in self.header]
        for name in names.split("|"):
            if fold(name) in folded:
                return folded.index(fold(name))
        return None


class _Part(NamedTuple):
    """The rows of a text or of a sheet, and how many lines it has."""

    rows: list[Row]
    lines: int
    remarks: list[str]
    refused: list[RefusedLine]


def read_table(path: Path, expected: Iterable[str] = (), needed: Iterable[str] = ()) -> Table:
    """Return the table of a CSV (also .gz) or workbook file.

    `expected` are column names: the header is the row that has most of them, titles above it are left out. Every
    visible sheet of a workbook that has the `needed` columns ("montant|amount") is read.
    Raises `BadInput` for a file that is absent, empty, truncated, binary, or has no row under its header.
    """
    content = _content(path)
    wanted = [fold(name) for name in expected]
    part = (
        _workbook(content, path, wanted, list(needed))
        if _is_workbook(content)
        else _text(content, path, wanted)
    )
    if not part.rows and not part.refused:
        raise BadInput(f"Le fichier {path.name} est vide.")
    start = _header_place(part.rows, wanted)
    header = [cell.strip().lstrip("\ufeff") for cell in part.rows[start].cells] if part.rows else []
    if len(header) > MOST_COLUMNS:
        raise BadInput(f"Le fichier {path.name} a {len(header)} colonnes, {MOST_COLUMNS} au plus.")
    folded = [fold(cell) for cell in header]
    body = [row for row in part.rows[start + 1 :] if not _repeats(row, folded)]
    if not body and not part.refused:
        raise BadInput(f"Le fichier {path.name} n'a aucune ligne sous ses en-têtes.")
    refused = [
        *part.refused,
        *(RefusedLine(ligne=row.line, motif=UNREADABLE) for row in body if _is_lost(row)),
    ]
    rows = [row for row in body if not _is_lost(row)]
    return Table(
        name=path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        header=header,
        rows=rows,
        refused=refused,
        lines=part.lines,
        ignored=part.lines - 1 - len(rows) - len(refused),
        remarks=part.remarks,
    )


def _repeats(row: Row, header: Sequence[str]) -> bool:
    """Return whether a row is the heading again, as on each page of a printed list."""
    return len(row.cells) == len(header) > 1 and [fold(cell) for cell in row.cells] == header


def _is_lost(row: Row) -> bool:
    return any(LOST in cell or "\x00" in cell for cell in row.cells)


def read_bytes(path: Path) -> bytes:
    """Return the content of a file, or raise `BadInput` when it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise BadInput(f"Le fichier {path} n'existe pas.") from error
    except OSError as error:
        raise BadInput(f"Le fichier {path} est illisible ({error.strerror}).") from error


def decoded(content: bytes, name: str) -> str:
    """Return the text of a file, whatever its encoding, or raise `BadInput`."""
    return decode(content, name).text


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
    _refuse_other_kinds(content, name)
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


def _refuse_other_kinds(content: bytes, name: str) -> None:
    """Refuse what people take for a table and is none, with what to do."""
    head = content[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    how = "ouvrez-le dans un tableur et enregistrez-le en .xlsx ou en CSV."
    if head.startswith((b"<html", b"<!doctype html", b"<table", b"<head")):
        raise BadInput(f"Le fichier {name} est une page web enregistrée sous un nom de classeur : {how}")
    if head.startswith(b"<?xml") and b"spreadsheet" in content[:2000]:
        raise BadInput(f"Le fichier {name} est un classeur XML de 2003 : {how}")
    if head.startswith(b"%pdf"):
        raise BadInput(
            f"Le fichier {name} est un PDF : demandez le tableau dont il est tiré, en .xlsx ou en CSV."
        )


def _text(content: bytes, path: Path, expected: Sequence[str]) -> _Part:
    read = decode(content, path.name)
    rows, lines = rows_of(read.text, expected)
    return _Part(rows, lines, list(read.remarks), [])


def _is_workbook(content: bytes) -> bool:
    return content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))


def _declared(content: bytes, name: str) -> int:
    """Return how many bytes a workbook says that it holds once decompressed."""
    if not content.startswith(b"PK"):
        return len(content)
    try:
        members = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise BadInput(f"Le classeur {name} est tronqué ou abîmé.") from error
    if not any(member.filename in WORKBOOKS for member in members):
        inside = ", ".join(member.filename for member in members[:3])
        raise BadInput(
            f"Le fichier {name} est une archive ZIP ({inside}) : extrayez le fichier qu'elle contient."
        )
    return sum(member.file_size for member in members)


def _workbook(content: bytes, path: Path, expected: Sequence[str], needed: Sequence[str]) -> _Part:
    """Return the rows of the visible sheets that have the headings, their columns in the order of the first one."""
    sheets = [one for one in read_sheets(content, path.name, _declared(content, path.name)) if one.rows]
    shown = [one for one in sheets if not one.is_hidden] or sheets
    taken = [one for one in shown if _has(one, expected, needed)] or shown[:1]
    remarks, rows, refused, lines, header = [], list[Row](), list[RefusedLine](), 0, list[str]()
    for sheet in taken:
        start = _header_place(sheet.rows, expected)
        order = _order(header, sheet.rows[start].cells) if header else None
        broken = {row.line for row in sheet.rows[start:] if row.line in sheet.without_value}
        kept = sheet.rows[start + 1 if header else 0 :]
        header = header or [fold(cell) for cell in sheet.rows[start].cells]
        base = lines
        rows += [_placed(row, base, order) for row in kept if row.line not in broken]
        refused += [
            RefusedLine(ligne=base + one, motif=_said(sheet, one, len(taken))) for one in sorted(broken)
        ]
        lines += max(row.line for row in sheet.rows)
    remarks += _sheets_said(taken, sheets)
    return _Part(rows, lines - len(taken) + 1, remarks, refused)


def _said(sheet: Sheet, line: int, many: int) -> str:
    where = f"feuille « {sheet.name} », ligne {line} : " if many > 1 else ""
    cell = sheet.without_value[line]
    return f"{where}formule sans valeur enregistrée en {cell} : ouvrez le classeur et enregistrez-le"


def _has(sheet: Sheet, expected: Sequence[str], needed: Sequence[str]) -> bool:
    cells = {fold(cell) for cell in sheet.rows[_header_place(sheet.rows, expected)].cells}
    if needed:
        return all(any(fold(name) in cells for name in names.split("|")) for names in needed)
    return bool(cells & set(expected))


def _order(header: Sequence[str], cells: Sequence[str]) -> list[int | None]:
    """Return, for each column of the first sheet, its place in another one."""
    folded = [fold(cell) for cell in cells]
    return [folded.index(title) if title in folded else None for title in header]


def _placed(row: Row, base: int, order: Sequence[int | None] | None) -> Row:
    if order is None:
        return Row(base + row.line, row.cells)
    cells = [row.cells[place] if place is not None and place < len(row.cells) else "" for place in order]
    return Row(base + row.line, cells)


def _sheets_said(taken: Sequence[Sheet], sheets: Sequence[Sheet]) -> list[str]:
    """Return what is said of a workbook of several sheets, or whose lines were numbered on."""
    if len(sheets) < 2:
        return []
    read = ", ".join(f"« {one.name} »" for one in taken)
    said = [f"Feuilles lues : {read}."]
    if len(taken) > 1:
        said.append("Les lignes sont numérotées d'une feuille à la suivante.")
    if left := [
        f"« {one.name} »{' (masquée)' if one.is_hidden else ''}" for one in sheets if one not in taken
    ]:
        said.append(f"Feuilles laissées : {', '.join(left)}.")
    return said


def _header_place(rows: Sequence[Row], expected: Sequence[str]) -> int:
    def known(row: Row) -> int:
        return len({fold(cell) for cell in row.cells[:MOST_COLUMNS] if len(cell) < 200} & set(expected))

    first = rows[:TITLE_LINES]
    best = max(range(len(first)), key=lambda place: (known(first[place]), -place), default=0)
    if expected and first and known(first[best]):
        return best
    return next((place for place, row in enumerate(first) if sum(map(bool, row.cells)) > 1), 0)
