"""The Excel workbooks of the consultation: price schedule, estimate, lump-sum breakdown; formulas locked."""

import io
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from models.documents.dossier import Dossier
from models.documents.purchase import Item, Lot
from models.documents.registry import WORKBOOKS

INK, ACCENT, PALE, ENTRY, RULE = "#1B2A41", "#0B5C7A", "#E8F1F5", "#FFF8E1", "#B8C7D1"
FIRST_ROW = 7
MONEY, QUANTITY, RATE = '#,##0.00\\ "€"', "#,##0.###", '0.0"\u00a0%"'


@dataclass
class Sheet:
    """A sheet being written, with its formats."""

    book: Workbook
    page: Worksheet
    width: int

    def style(self, **look: object) -> Format:
        """Return a cell format; every cell has the same font and a light rule."""
        ground = {
            "font_name": "Arial",
            "font_size": 9,
            "valign": "vcenter",
            "border": 1,
            "border_color": RULE,
        }
        return self.book.add_format(ground | look)


def price_schedule(dossier: Dossier, lot: Lot) -> bytes:
    """Return the BPU of a lot: the candidate types references and unit prices, the rest is locked."""
    columns = [
        ("Code", 12),
        ("Désignation", 52),
        ("Unité", 11),
        ("Référence proposée", 22),
        ("Marque ou fabricant", 22),
        ("Prix unitaire HT", 16),
        ("TVA", 9),
        ("Prix unitaire TTC", 16),
    ]
    with _book(dossier) as file:
        sheet = _sheet(file.book, "BPU", dossier, lot, columns)
        fixed, long = sheet.style(indent=1), sheet.style(text_wrap=True)
        entry = sheet.style(bg_color=ENTRY, locked=False)
        price = sheet.style(bg_color=ENTRY, locked=False, num_format='#,##0.0000\\ "€"')
        rate, money = sheet.style(num_format=RATE), sheet.style(num_format=MONEY, bg_color=PALE)
        for row, item in enumerate(lot.items, start=FIRST_ROW):
            _identity(sheet.page, row, item, fixed, long)
            sheet.page.write_blank(row, 3, None, entry)
            sheet.page.write_blank(row, 4, None, entry)
            sheet.page.write_blank(row, 5, None, price)
            sheet.page.write_number(row, 6, item.vat, rate)
            cell, vat = xl_rowcol_to_cell(row, 5), xl_rowcol_to_cell(row, 6)
            sheet.page.write_formula(row, 7, f'=IF({cell}="","",ROUND({cell}*(1+{vat}/100),4))', money, "")
        _numbers_only(sheet.page, 5, len(lot.items))
    return file.content


def estimate(dossier: Dossier, lot: Lot) -> bytes:
    """Return the DQE of a lot: quantities per establishment, unit prices to type, totals computed."""
    codes = [member.code for member in dossier.members]
    columns = [
        ("Code", 12),
        ("Désignation", 46),
        ("Unité", 10),
        *((member.name, 15) for member in dossier.members),
    ]
    columns += [("Quantité annuelle", 13), ("Prix unitaire HT", 15), ("Total annuel HT", 17)]
    with _book(dossier) as file:
        sheet = _sheet(file.book, "DQE", dossier, lot, columns)
        fixed, long = sheet.style(indent=1), sheet.style(text_wrap=True)
        quantity, total = sheet.style(num_format=QUANTITY), sheet.style(num_format=QUANTITY, bg_color=PALE)
        price = sheet.style(bg_color=ENTRY, locked=False, num_format='#,##0.0000\\ "€"')
        money = sheet.style(num_format=MONEY, bg_color=PALE)
        last = 3 + len(codes)
        for row, item in enumerate(lot.items, start=FIRST_ROW):
            _identity(sheet.page, row, item, fixed, long)
            asked = {q.member: q.yearly for q in item.quantities}
            for column, code in enumerate(codes, start=3):
                sheet.page.write_number(row, column, asked.get(code, Decimal(0)), quantity)
            first, end = xl_rowcol_to_cell(row, 3), xl_rowcol_to_cell(row, last - 1)
            sheet.page.write_formula(row, last, f"=SUM({first}:{end})", total, float(sum(asked.values())))
            sheet.page.write_blank(row, last + 1, None, price)
            many, unit = xl_rowcol_to_cell(row, last), xl_rowcol_to_cell(row, last + 1)
            sheet.page.write_formula(row, last + 2, f'=IF({unit}="","",ROUND({many}*{unit},2))', money, "")
        _numbers_only(sheet.page, last + 1, len(lot.items))
        _totals(sheet, len(lot.items), last + 2, dossier)
    return file.content


def breakdown(dossier: Dossier, lot: Lot) -> bytes:
    """Return the DPGF of a lot: lines that sum to the lump-sum price."""
    columns = [("Poste", 11), ("Désignation", 62), ("Unité", 11), ("Quantité", 12)]
    columns += [("Prix unitaire HT", 17), ("Montant HT", 18), ("TVA", 9)]
    with _book(dossier) as file:
        sheet = _sheet(file.book, "DPGF", dossier, lot, columns)
        fixed, long = sheet.style(indent=1), sheet.style(text_wrap=True)
        quantity = sheet.style(num_format=QUANTITY)
        price = sheet.style(bg_color=ENTRY, locked=False, num_format=MONEY)
        money, rate = sheet.style(num_format=MONEY, bg_color=PALE), sheet.style(num_format=RATE)
        for row, item in enumerate(lot.items, start=FIRST_ROW):
            _identity(sheet.page, row, item, fixed, long)
            total = sum((q.yearly for q in item.quantities), Decimal(0)) or Decimal(1)
            sheet.page.write_number(row, 3, total, quantity)
            sheet.page.write_blank(row, 4, None, price)
            many, unit = xl_rowcol_to_cell(row, 3), xl_rowcol_to_cell(row, 4)
            sheet.page.write_formula(row, 5, f'=IF({unit}="","",ROUND({many}*{unit},2))', money, "")
            sheet.page.write_number(row, 6, item.vat, rate)
        _numbers_only(sheet.page, 4, len(lot.items))
        _sum(sheet, FIRST_ROW + len(lot.items), 5, "Prix global et forfaitaire HT", len(lot.items))
    return file.content


class _File:
    """A workbook in memory whose bytes depend on its content alone."""

    def __init__(self, dossier: Dossier) -> None:
        self._buffer = io.BytesIO()
        self.book: Workbook = xlsxwriter.Workbook(
            self._buffer,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        created = datetime.combine(dossier.dated_on, time())
        self.book.set_properties(
            {
                "title": dossier.title,
                "subject": dossier.reference,
                "author": dossier.buyer.name,
                "created": created,
            }
        )
        self.content = b""

    def __enter__(self) -> "_File":
        return self

    def __exit__(self, *_: object) -> None:
        self.book.close()
        self.content = self._buffer.getvalue()


def _book(dossier: Dossier) -> _File:
    return _File(dossier)


def _sheet(book: Workbook, name: str, dossier: Dossier, lot: Lot, columns: list[tuple[str, int]]) -> Sheet:
    """Return a sheet with its heading, ready for its lines: protected, printable, panes frozen."""
    page, title = book.add_worksheet(name), WORKBOOKS[name.lower()]
    sheet = Sheet(book, page, len(columns))
    plain = {"font_name": "Arial", "valign": "vcenter"}
    page.set_row(0, 24)
    page.write_string(
        0, 0, title, book.add_format(plain | {"font_size": 15, "bold": True, "font_color": ACCENT})
    )
    small = book.add_format(plain | {"font_size": 9, "font_color": INK})
    several = len(dossier.lots) > 1
    page.write_string(
        1,
        0,
        f"{dossier.reference} – {dossier.title}",
        book.add_format(plain | {"font_size": 10, "bold": True}),
    )
    page.write_string(2, 0, f"Lot n°\u00a0{lot.number} – {lot.title}" if several else lot.title, small)
    page.write_string(
        3, 0, f"{dossier.buyer.name}, pour le {dossier.buyer.group_name} – version {dossier.version}", small
    )
    page.write_string(4, 0, "Candidat\u00a0:", small)
    page.write_blank(4, 1, None, sheet.style(bg_color=ENTRY, locked=False))
    page.write_string(5, 0, "Les cellules jaunes sont à remplir ; les autres sont verrouillées.", small)
    heading = sheet.style(bold=True, font_color="#FFFFFF", bg_color=ACCENT, text_wrap=True, align="center")
    page.set_row(FIRST_ROW - 1, 48)
    for column, (label, width) in enumerate(columns):
        page.set_column(column, column, width)
        page.write_string(FIRST_ROW - 1, column, label, heading)
    page.freeze_panes(FIRST_ROW, 2)
    page.repeat_rows(FIRST_ROW - 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_footer(f"&L&8{_footer(title)} – {_footer(dossier.reference)}&R&8Page &P / &N")
    page.protect("", {"format_columns": True, "format_rows": True})
    return sheet


def _footer(text: str) -> str:
    """Return a text for a footer, where the ampersand is a command."""
    return text.replace("&", "&&")[:100]


def _identity(page: Worksheet, row: int, item: Item, fixed: Format, long: Format) -> None:
    page.write_string(row, 0, item.code, fixed)
    page.write_string(row, 1, item.label, long)
    page.write_string(row, 2, item.unit, fixed)


def _numbers_only(page: Worksheet, column: int, count: int) -> None:
    page.data_validation(
        FIRST_ROW,
        column,
        FIRST_ROW + count - 1,
        column,
        {
            "validate": "decimal",
            "criteria": ">=",
            "value": 0,
            "error_title": "Prix attendu",
            "error_message": "Tapez un prix hors taxes, en euros, sans texte.",
        },
    )


def _totals(sheet: Sheet, count: int, column: int, dossier: Dossier) -> None:
    row = FIRST_ROW + count
    _sum(sheet, row, column, "Total annuel HT", count)
    years = Decimal(dossier.duration.total_months) / 12
    label = f"Total HT sur {dossier.duration.total_months} mois, reconductions comprises"
    bold = sheet.style(bold=True, bg_color=PALE)
    sheet.page.merge_range(row + 1, 0, row + 1, column - 1, label, bold)
    yearly = xl_rowcol_to_cell(row, column)
    formula = (
        f"=ROUND({yearly}*{years.normalize():f},2)"
        if years == years.to_integral()
        else (f"=ROUND({yearly}*{dossier.duration.total_months}/12,2)")
    )
    sheet.page.write_formula(
        row + 1, column, formula, sheet.style(bold=True, num_format=MONEY, bg_color=PALE), 0
    )


def _sum(sheet: Sheet, row: int, column: int, label: str, count: int) -> None:
    bold = sheet.style(bold=True, bg_color=PALE)
    sheet.page.merge_range(row, 0, row, column - 1, label, bold)
    first, last = xl_rowcol_to_cell(FIRST_ROW, column), xl_rowcol_to_cell(FIRST_ROW + count - 1, column)
    money = sheet.style(bold=True, num_format=MONEY, bg_color=PALE)
    sheet.page.write_formula(row, column, f"=SUM({first}:{last})", money, 0)
