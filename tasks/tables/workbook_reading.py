"""Reading of the cells of a workbook: in another process, with limits on time and memory.

Two cells at opposite corners of a sheet weigh one kilobyte, and ask the reader for five hundred gigabytes when it lays
the sheet out. Only a process apart can be let go at its limits, whatever the format (.xlsx, .xlsb, .xls, .ods).
"""

import io
import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Final

from models.errors import BadInput
from tasks.settings import ROOT

MOST_CELLS: Final = 20_000_000  # of the rectangle that holds the cells: a full sheet of nineteen columns
MEMORY: Final = 600_000_000  # bytes, and ten more for each byte of the workbook
CPU_SECONDS: Final = 20  # and one more for each ten million bytes of the workbook
TEXT: Final = 60_000_000  # bytes that come out, or three times those of the workbook when that is more
BATCH: Final = 500  # rows
UNREADABLE, TOO_LARGE = 3, 4

Cells = tuple[int, list[str]]


def read_cells(content: bytes, name: str, unpacked: int) -> Iterator[Cells]:
    """Yield the rows of the first sheet that has some: the number of each, from 1, and the text of its cells.

    `unpacked` is the size in bytes of the workbook out of its compression: the limits grow with it. Empty rows are left
    out. Raises `BadInput` for a workbook that cannot be read, or whose cells lie too far apart.
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
    for batch in io.BytesIO(done.stdout):
        yield from json.loads(batch)


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

    try:
        rows = _first_filled(sys.stdin.buffer.read())
        while batch := list(islice(rows, BATCH)):
            said = json.dumps(batch, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
            text -= len(said)
            if text < 0:
                return TOO_LARGE
            sys.stdout.buffer.write(said + b"\n")
    except (_TooLarge, MemoryError):
        return TOO_LARGE
    except (CalamineError, ValueError, OSError):
        return UNREADABLE
    return 0


def _first_filled(content: bytes) -> Iterator[Cells]:
    from python_calamine import load_workbook

    book = load_workbook(io.BytesIO(content))
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        if sheet.total_height * sheet.total_width > MOST_CELLS:
            raise _TooLarge
        if sheet.start is None:
            continue
        left = [""] * sheet.start[1]
        found = False
        for line, cells in enumerate(
            sheet.iter_rows(), 1
        ):  # the rows above the first cell too, not the columns
            if any(cell != "" for cell in cells):
                found = True
                yield line, left + [cell if type(cell) is str else _cell_text(cell) for cell in cells]
        if found:
            return


def _cell_text(cell: object) -> str:
    """Return the text of a cell: days in ISO, numbers without exponent nor binary noise."""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return f"{Decimal(repr(cell)):f}".removesuffix(".0")
    return str(cell)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
