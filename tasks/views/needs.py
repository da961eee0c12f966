"""The sheet of needs of an establishment: written as a workbook, read back from a workbook or from pasted cells."""

import io
import tempfile
from pathlib import Path

import xlsxwriter
from pydantic import BaseModel

from models.errors import BadInput
from models.reading.values import parse_amount
from tasks.tables import tabular
from tasks.views.gate import GateView, Wanted

LARGEST = 2_000_000  # bytes sent
UNPACKED = 5_000_000  # bytes once decompressed
MOST_LINES = 5_000
LISTED = 50  # lines left out that are listed; the others are counted
LONGEST_QUANTITY = 40  # characters
CODE = "code"
QUANTITY = "quantité annuelle|quantite annuelle|quantité|quantite|qté|qte"


class Read(BaseModel):
    """What a sheet gave: quantities by item as they were written, and the lines left out with their reason."""

    quantities: dict[str, str]
    refused: list[str]


def sheet(view: GateView, quantities: dict[str, str]) -> bytes:
    """Return the workbook that an establishment fills: one line for each item, the quantity alone is open."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    page = book.add_worksheet("Besoins")
    title = book.add_format({"bold": True, "font_size": 14})
    head = book.add_format(
        {"bold": True, "bg_color": "#E7EEF7", "border": 1, "text_wrap": True, "valign": "vcenter"}
    )
    fixed = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
    free = book.add_format({"border": 1, "locked": False, "bg_color": "#FFF9DB", "num_format": "#,##0.###"})
    page.write_string(0, 0, f"{view.ref} · {view.objet}", title)
    page.write_string(1, 0, f"Besoins annuels : {view.house}")
    for column, (name, width) in enumerate(
        (("Code", 14), ("Lot", 6), ("Article", 60), ("Unité", 14), ("Quantité annuelle", 18))
    ):
        page.set_column(column, column, width)
        page.write_string(3, column, name, head)
    for rank, item in enumerate(view.items, start=4):
        page.write_string(rank, 0, item.code, fixed)
        page.write_number(rank, 1, item.lot, fixed)
        page.write_string(rank, 2, item.label, fixed)
        page.write_string(rank, 3, item.unit, fixed)
        _write_quantity(page, rank, quantities.get(item.code, ""), free)
    page.freeze_panes(4, 0)
    page.protect()
    page.fit_to_pages(1, 0)
    book.close()
    return buffer.getvalue()


def _write_quantity(
    page: xlsxwriter.worksheet.Worksheet, row: int, text: str, style: xlsxwriter.format.Format
) -> None:
    try:
        page.write_number(row, 4, float(parse_amount(text)), style)  # a cell of a workbook is a float
    except BadInput:
        page.write_blank(row, 4, None, style)


def read(content: bytes, name: str, items: list[Wanted]) -> Read:
    """Return the quantities of a workbook, a CSV file or pasted cells; a line that is not understood is listed."""
    if len(content) > LARGEST:
        raise BadInput(f"Le fichier {name} dépasse 2 Mo : envoyez la feuille de recueil seule.")
    content = tabular.unpacked(content, name, UNPACKED)
    tabular.refuse_longer(content, name, MOST_LINES)
    with tempfile.TemporaryDirectory(prefix="besoins-") as folder:
        path = Path(folder) / "feuille"
        path.write_bytes(content)
        table = tabular.read_table(path, expected=("Code", "Quantité annuelle", "Article"))
    code, quantity = table.column(CODE), table.column(QUANTITY)
    if code is None or quantity is None:
        raise BadInput(
            "Colonnes « Code » et « Quantité annuelle » introuvables : partez de la feuille à télécharger."
        )
    found = _lines(table, code, quantity, {item.code.casefold(): item.code for item in items})
    if len(found.refused) > LISTED:
        found.refused[LISTED:] = [f"autres lignes non reprises : {len(found.refused) - LISTED}"]
    return found


def _lines(table: tabular.Table, code: int, quantity: int, known: dict[str, str]) -> Read:
    found = Read(quantities={}, refused=[])
    for row in table.rows:
        written = row.cells[code].strip() if code < len(row.cells) else ""
        text = row.cells[quantity].strip() if quantity < len(row.cells) else ""
        item = known.get(written.casefold())
        if item is None:
            found.refused.append(f"ligne {row.line} : article « {written[:40]} » inconnu")
        elif text and (fault := _fault(text)):
            found.refused.append(f"ligne {row.line} ({item}) : {fault}")
        elif text and item in found.quantities:
            found.refused.append(
                f"ligne {row.line} ({item}) : article déjà donné, la première quantité est gardée"
            )
        elif text:
            found.quantities[item] = text
    return found


def _fault(text: str) -> str:
    if len(text) > LONGEST_QUANTITY:
        return f"« {text[:LONGEST_QUANTITY]}… » n'est pas un nombre"
    try:
        return "quantité négative" if parse_amount(text, "quantité") < 0 else ""
    except BadInput as fault:
        return str(fault)
