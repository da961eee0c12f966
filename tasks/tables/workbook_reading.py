"""Reading of the cells of a workbook: in another process, with limits on time and memory.

Two cells at opposite corners of a sheet weigh one kilobyte, and ask the reader for five hundred gigabytes when it lays
the sheet out. Only a process apart can be let go at its limits, whatever the format (.xlsx, .xlsb, .xls, .ods).
"""

import html
import io
import json
import re
import resource
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from models.errors import BadInput
from models.reading.figures import FROM_A_NUMBER
from tasks.settings import ROOT
from tasks.tables.delimited import Row

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

MOST_CELLS: Final = 20_000_000  # of the rectangle that holds the cells: a full sheet of nineteen columns
MEMORY: Final = 600_000_000  # bytes, and ten more for each byte of the workbook
CPU_SECONDS: Final = 20  # and one more for each ten million bytes of the workbook
TEXT: Final = 60_000_000  # bytes that come out, or three times those of the workbook when that is more
BATCH: Final = 500  # rows
UNREADABLE, TOO_LARGE = 3, 4

FORMULA: Final = re.compile(
    rb'<c\s(?:[^>]*\s)?r="([A-Z]{1,3})([0-9]{1,7})"[^>]*>\s*<f(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>'
)


Cells = tuple[int, list[str]]


class Sheet(NamedTuple):
    """A sheet: its filled rows, and for each row the first cell whose formula has no value kept."""

    name: str
    is_hidden: bool
    rows: list[Row]
    without_value: dict[int, str]


def read_sheets(content: bytes, name: str, unpacked: int) -> list[Sheet]:
    """Return the sheets of a workbook in order: the number of each filled row, from 1, and the text of its cells.

    `unpacked` is the size in bytes of the workbook out of its compression: the limits grow with it. Raises `BadInput`
    for a workbook that cannot be read, or whose cells lie too far apart.
    """
    seconds = CPU_SECONDS + unpacked // 10_000_000
    limits = (MEMORY + 10 * unpacked, seconds, max(TEXT, 3 * unpacked))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tasks.tables.workbook_reading", *map(str, limits)],
            input=content,
            capture_output=True,
            cwd=ROOT,
            env={"PYTHONHASHSEED": "0"},
            timeout=seconds * 3,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _too_large(name) from error
    if done.returncode in (1, UNREADABLE):  # 1 is a panic of the reader on a broken file
        raise BadInput(f"Le classeur {name} est illisible ou abîmé.")
    if done.returncode != 0:
        raise _too_large(name)
    sheets: list[Sheet] = []
    for batch in io.BytesIO(done.stdout):
        said = json.loads(batch)
        if isinstance(said, dict):
            holes = {int(line): cell for line, cell in said["holes"].items()}
            sheets.append(Sheet(said["sheet"], said["hidden"], [], holes))
        else:
            sheets[-1].rows.extend(Row(line, cells) for line, cells in said)
    return sheets


def _too_large(name: str) -> BadInput:
    return BadInput(
        f"Le classeur {name} est refusé : ses cellules sont trop nombreuses ou trop éloignées les unes des autres. "
        "Supprimez les lignes et les colonnes qui suivent le tableau, ou enregistrez la feuille au format CSV."
    )


class _TooLarge(Exception):
    """The cells go beyond what this process may hold or say."""


def main(memory: int, seconds: int, text: int) -> int:
    """Read in the child: put the limits, write the rows on standard output, some hundreds on each line of JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from python_calamine import CalamineError

    content = sys.stdin.buffer.read()
    try:
        try:
            said = _said(content)
        except CalamineError:  # a dimension that is wrong is not needed
            said = _said(_without_dimensions(content))
        for one in said:
            text -= len(one)
            if text < 0:
                return TOO_LARGE
            sys.stdout.buffer.write(one + b"\n")
    except (_TooLarge, MemoryError):
        return TOO_LARGE
    except (CalamineError, ValueError, OSError, KeyError, zipfile.BadZipFile):
        return UNREADABLE
    return 0


def _said(content: bytes) -> Iterator[bytes]:
    """Return what is written for the parent: each sheet, then its rows, some hundreds on each line."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum, load_workbook

    book, holes = load_workbook(io.BytesIO(content)), _holes(content)
    sheets = [
        (one.name, one.visible is not SheetVisibleEnum.Visible, _rows(book.get_sheet_by_name(one.name)))
        for one in book.sheets_metadata
        if one.typ is SheetTypeEnum.WorkSheet
    ]
    return _lines(sheets, holes)


def _lines(
    sheets: list[tuple[str, bool, Iterator[Cells]]], holes: dict[str, dict[int, str]]
) -> Iterator[bytes]:
    for name, is_hidden, rows in sheets:
        yield _json({"sheet": name, "hidden": is_hidden, "holes": holes.get(name, {})})
        while batch := list(islice(rows, BATCH)):
            yield _json(batch)


def _json(said: object) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _rows(sheet: "CalamineSheet") -> Iterator[Cells]:
    """Yield the filled rows of a sheet, laid out as soon as it is asked for."""
    if sheet.total_height * sheet.total_width > MOST_CELLS:
        raise _TooLarge
    left = [""] * sheet.start[1] if sheet.start else []
    rows = sheet.iter_rows() if sheet.start else iter(())
    return (
        (line, left + [cell if type(cell) is str else _cell_text(cell) for cell in cells])
        for line, cells in enumerate(rows, 1)  # the rows above the first cell too, not the columns
        if any(cell != "" for cell in cells)
    )


def _holes(content: bytes) -> dict[str, dict[int, str]]:
    """Return, by sheet and row, the first cell whose formula was saved without its value (.xlsx alone)."""
    if not content.startswith(b"PK"):
        return {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        if "xl/workbook.xml" not in names or "xl/_rels/workbook.xml.rels" not in names:
            return {}
        links = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
        targets = {
            _attribute(one, "Id"): _attribute(one, "Target")
            for one in re.findall(r"<Relationship\s[^>]*>", links)
        }
        book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
        found = {}
        for one in re.findall(r"<sheet\s[^>]*>", book):
            path = "xl/" + targets.get(_attribute(one, "r:id"), "").removeprefix("/xl/")
            sheet = archive.read(path) if path in names else b""
            if b"<f" in sheet:
                cells = {
                    int(row): f"{column.decode()}{int(row)}"
                    for column, row in reversed(FORMULA.findall(sheet))
                }
                found[html.unescape(_attribute(one, "name"))] = cells
    return found


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', tag)
    return found[1] if found else ""


def _without_dimensions(content: bytes) -> bytes:
    """Return an .xlsx without the extent that each sheet says of itself."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as was, zipfile.ZipFile(buffer, "w") as now:
        for name in was.namelist():
            part = was.read(name)
            if name.startswith("xl/worksheets/"):
                part = re.sub(rb"<dimension\s[^>]*?(?:/>|></dimension>)", b"", part, count=1)
            now.writestr(name, part)
    return buffer.getvalue()


def _cell_text(cell: object) -> str:
    """Return the text of a cell: days in ISO, numbers without exponent nor binary noise."""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        text = f"{Decimal(repr(cell)):f}".removesuffix(".0")
        return text + FROM_A_NUMBER if "." in text else text
    return str(cell)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
