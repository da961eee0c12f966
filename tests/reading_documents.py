"""Reads back what the product writes: the text of a Word file, of a workbook."""

import re
import zipfile
from html import unescape
from pathlib import Path

from openpyxl import load_workbook

PARAGRAPH = re.compile(r"<w:p[ >].*?</w:p>", re.DOTALL)
RUN = re.compile(r"<w:t(?: [^>]*)?>(.*?)</w:t>|(<w:br/>)|(<w:tab/>)", re.DOTALL)


def text_of(path: Path) -> str:
    """Return the text of a document, one line per paragraph or row."""
    return text_of_workbook(path) if path.suffix == ".xlsx" else text_of_word(path)


def text_of_word(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if re.fullmatch(r"word/(document|header\d|footer\d)\.xml", n)]
        parts = [archive.read(name).decode() for name in sorted(names)]
    return "\n".join(line for part in parts for line in _lines(part))


def _lines(xml: str) -> list[str]:
    lines = []
    for paragraph in PARAGRAPH.findall(xml):
        line = "".join(text or ("\n" if cut else "\t") for text, cut, _ in RUN.findall(paragraph))
        if line.strip():
            lines.append(unescape(line))
    return lines


def text_of_workbook(path: Path) -> str:
    rows = [row for sheet in load_workbook(path) for row in sheet.iter_rows(values_only=True)]
    return "\n".join(
        "\t".join("" if cell is None else str(cell) for cell in row).rstrip("\t") for row in rows
    )
