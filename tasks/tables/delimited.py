"""Lines of a text as rows of cells: separator by the heading row, a quote that opens nothing swallows no line."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from models.reading.values import fold

SEPARATORS = ";,\t|"
MOST_LINES_IN_A_ROW = 20  # beyond, a quote was left open: a name has a few lines, not the rest of the file
TITLE_LINES = (
    200  # the header is looked for in the first lines: exports often begin with titles and parameters
)
LONGEST_LINE = 1_000_000_000


class Row(NamedTuple):
    """One row of a file: the number of its first line (the first line of the file is 1), and its cells."""

    line: int
    cells: list[str]


def rows_of(text: str, expected: Sequence[str]) -> tuple[list[Row], int]:
    """Return the filled rows of a text and how many lines it has; `expected` are folded headings."""
    lines = _unwrapped(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    if lines and not lines[-1]:
        lines.pop()
    csv.field_size_limit(LONGEST_LINE)
    if not lines:
        return [], 0
    separator, width = _layout(lines, expected)
    rows = [row for row in _rows(lines, separator, width) if any(cell.strip() for cell in row.cells)]
    return rows, len(lines)


def _unwrapped(lines: list[str]) -> list[str]:
    """Return lines each of which was put whole between quotes, out of them; and without Excel's « sep=; »."""
    if lines and lines[0].lower().startswith("sep=") and len(lines[0].strip()) == len("sep=;"):
        lines[0] = ""
    filled = [line.strip() for line in lines[:TITLE_LINES] if line.strip()]
    if filled and all(len(one) > 2 and one[0] == one[-1] == '"' and _is_one_cell(one) for one in filled):
        return [line.strip()[1:-1].replace('""', '"') for line in lines]
    return lines


def _is_one_cell(line: str) -> bool:
    inner = line[1:-1].replace('""', "")
    return '"' not in inner and any(sign in inner for sign in SEPARATORS)


def _layout(lines: Sequence[str], expected: Sequence[str]) -> tuple[str, int]:
    """Return the separator and the number of columns: those of the row that has most of the headings.

    Without known headings the separator is the one found most often outside quotes.
    """
    wanted = set(expected)
    best = (0, 0, "")
    for sign in SEPARATORS:
        for line in lines[:TITLE_LINES]:
            cells = _cells(line, sign) or line.split(sign)
            known = len({fold(cell) for cell in cells if len(cell) < 200} & wanted)
            best = max(best, (known, len(cells), sign))
    if best[0] and best[1] > 1:
        return best[2], best[1]
    unquoted = "".join("\n".join(lines[:30])[:20_000].split('"')[::2])
    sign = max(SEPARATORS, key=unquoted.count)
    widths = [len(_cells(line, sign) or line.split(sign)) for line in lines[:TITLE_LINES] if line.strip()]
    return sign, next((one for one in widths if one > 1), 1)


def _cells(line: str, separator: str) -> list[str] | None:
    """Return the cells of one line, None when its quotes do not close on it."""
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator, strict=True), [])
    except csv.Error:
        return None


def _rows(lines: Sequence[str], separator: str, width: int) -> Iterator[Row]:
    place = 0
    while place < len(lines):
        cells = _cells(lines[place], separator)
        taken = 1
        if cells is None:
            cells, taken = _longer(lines, place, separator, width)
        yield Row(place + 1, cells)
        place += taken


def _longer(lines: Sequence[str], place: int, separator: str, width: int) -> tuple[list[str], int]:
    """Return the cells of a row whose quote does not close on its line, and how many lines it takes.

    A cell goes on over the next lines when that gives the columns of the heading and when none of these lines is a
    row by itself. Otherwise the quote is a sign like another (an inch mark), and the line stands alone.
    """
    for many in range(2, MOST_LINES_IN_A_ROW + 1):
        part = lines[place : place + many]
        if len(part) < many or _is_a_row(part[-1], separator, width):
            break
        cells = _cells("\n".join(part), separator)
        if cells is not None and len(cells) == width:
            return cells, many
    plain = lines[place].split(separator)
    if len(plain) == width:
        return plain, 1
    loose: Iterable[list[str]] = csv.reader([lines[place]], delimiter=separator)
    found = next(iter(loose), plain)
    return (found if len(found) == width else plain), 1


def _is_a_row(line: str, separator: str, width: int) -> bool:
    return width > 1 and len(line.split(separator)) >= width
