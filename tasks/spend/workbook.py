"""The workbook of a diagnostic: what the group spends in a family, in French, with charts; same data, same bytes."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from models.spend.diagnosis import Breakdown, Diagnostic

INK, ACCENT, PALE, RULE, ALERT = "#1B2A41", "#0B5C7A", "#E8F1F5", "#B8C7D1", "#B3261E"
MONEY, WHOLE, PERCENT, DAY = '#,##0.00\\ "€"', "#,##0", '0.0\\ "%"', "dd/mm/yyyy"
OUTSIDE_SHOWN = 500

Cell = str | int | Decimal | date | None


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, its width in characters, the format of its cells."""

    heading: str
    width: int
    number_format: str = "General"


class Pages:
    """A workbook being written: pages with one title and one table each."""

    def __init__(self, book: Workbook, found: Diagnostic) -> None:
        """Keep the workbook and what the titles repeat."""
        self.book = book
        self.found = found
        self.head = self._style(
            bold=True, font_color="white", bg_color=ACCENT, text_wrap=True, align="center"
        )
        self._cells: dict[tuple[str, bool], Format] = {}

    def _style(self, **look: object) -> Format:
        ground: dict[str, object] = {"font_name": "Arial", "font_size": 10, "valign": "vcenter"}
        return self.book.add_format(ground | {"border": 1, "border_color": RULE} | look)

    def cell(self, number_format: str, *, strong: bool = False) -> Format:
        """Return the format of a cell, the same object for the same look."""
        key = (number_format, strong)
        if key not in self._cells:
            look = {"bold": True, "bg_color": PALE} if strong else {}
            wrap = number_format == "General"
            self._cells[key] = self._style(num_format=number_format, text_wrap=wrap, **look)
        return self._cells[key]

    def page(self, name: str, title: str, note: str = "") -> Worksheet:
        """Return a new page with its title, ready to print on one page in width."""
        page = self.book.add_worksheet(name)
        page.hide_gridlines(2)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.set_footer(f"&L&8{self.found.label}&R&8Page &P / &N")
        big = self.book.add_format(
            {"font_name": "Arial", "font_size": 15, "bold": True, "font_color": ACCENT}
        )
        small = self.book.add_format(
            {"font_name": "Arial", "font_size": 9, "italic": True, "font_color": INK}
        )
        page.write_string(0, 0, title, big)
        page.write_string(1, 0, note, small)
        page.set_row(0, 24)
        return page

    def table(
        self, page: Worksheet, top: int, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]
    ) -> int:
        """Write a table whose last row is a total when it begins with « Total »; return the row after it."""
        page.set_row(top, 30)
        for place, column in enumerate(columns):
            page.set_column(place, place, column.width)
            page.write_string(top, place, column.heading, self.head)
        for row, cells in enumerate(rows, top + 1):
            strong = cells[0] == "Total"
            page.set_row(row, _height(columns, cells))
            for place, (column, cell) in enumerate(zip(columns, cells, strict=True)):
                _write(page, row, place, cell, self.cell(column.number_format, strong=strong))
        return top + 1 + len(rows)


def write_workbook(found: Diagnostic) -> bytes:
    """Return the diagnostic as an Excel workbook; the same diagnostic gives the same bytes."""
    target = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties(
            {
                "title": f"Diagnostic partagé – {found.label}",
                "author": "achats-ght",
                "created": datetime.combine(found.on, time()),
            }
        )
        pages = Pages(book, found)
        _summary(pages, found)
        _establishments(pages, found)
        _suppliers(pages, found)
        _contracts(pages, found)
        _outside(pages, found)
    return target.getvalue()


def _height(columns: Sequence[Column], cells: Sequence[Cell]) -> int:
    """Return the height of a row in points, long texts wrapped."""
    lengths = [
        -(-len(cell) // column.width)
        for column, cell in zip(columns, cells, strict=True)
        if isinstance(cell, str)
    ]
    return 15 * max([1, *lengths])


def _write(page: Worksheet, row: int, place: int, cell: Cell, look: Format) -> None:
    if cell is None:
        page.write_blank(row, place, None, look)
    elif isinstance(cell, date):
        page.write_datetime(row, place, datetime.combine(cell, time()), look)
    elif isinstance(cell, str):
        page.write_string(row, place, cell, look)
    else:
        page.write_number(row, place, cell, look)


def _summary(pages: Pages, found: Diagnostic) -> None:
    period = _period(found)
    page = pages.page(
        "Synthèse", f"Diagnostic partagé – {found.label}", f"{period} Montants tels que fournis."
    )
    inside = found.total - found.outside.amount
    facts = pages.table(
        page,
        3,
        [Column("Ce que montre la dépense", 44), Column("Valeur", 20, MONEY)],
        [
            ("Dépense totale", found.total),
            ("dont sous marché", inside),
            ("dont hors marché", found.outside.amount),
        ],
    )
    counts: list[tuple[str, Cell, str]] = [
        ("Part hors marché", found.outside.share, PERCENT),
        ("Lignes hors marché", found.outside.lines, WHOLE),
        ("Lignes de dépense", found.lines, WHOLE),
        ("Fournisseurs", found.supplier_count, WHOLE),
        ("Marchés en cours au registre", sum(one.state == "en cours" for one in found.contracts), WHOLE),
        ("Prochaine fin de marché", _next_end(found), DAY),
        ("Lignes du groupement sans famille reconnue", found.unclassified_lines, WHOLE),
    ]
    for row, (label, value, number_format) in enumerate(counts, facts):
        _write(page, row, 0, label, pages.cell("General"))
        _write(page, row, 1, value, pages.cell(number_format))
    years = facts + len(counts) + 1
    _parts_table(pages, page, years, "Année", found.years)
    if found.years:
        _chart(pages.book, page, "column", "Dépense par année", (years + 1, years + len(found.years)), "F4")


def _establishments(pages: Pages, found: Diagnostic) -> None:
    years = sorted({year for one in found.establishments for year in one.by_year})
    page = pages.page("Établissements", "Dépense par établissement")
    columns = [Column("Établissement", 44)]
    columns += [Column(str(year), 17, MONEY) for year in years]
    columns += [Column("Total", 17, MONEY), Column("Part", 9, PERCENT), Column("Lignes", 10, WHOLE)]
    rows: list[list[Cell]] = [
        [one.label, *(one.by_year[year] for year in years), one.amount, one.share, one.lines]
        for one in found.establishments
    ]
    sums: list[Cell] = [
        sum((one.by_year[year] for one in found.establishments), Decimal(0)) for year in years
    ]
    rows.append(["Total", *sums, found.total, Decimal(100) if found.total > 0 else Decimal(0), found.lines])
    pages.table(page, 3, columns, rows)
    page.freeze_panes(4, 1)


def _suppliers(pages: Pages, found: Diagnostic) -> None:
    page = pages.page(
        "Fournisseurs", "Principaux fournisseurs", f"{found.supplier_count} fournisseurs en tout."
    )
    _parts_table(pages, page, 3, "Fournisseur", found.suppliers)
    page.freeze_panes(4, 0)
    if found.suppliers:
        _chart(pages.book, page, "bar", "Dépense par fournisseur", (4, 3 + len(found.suppliers)), "F4")


def _contracts(pages: Pages, found: Diagnostic) -> None:
    note = f"Situation au {found.on:%d/%m/%Y}. Consommé : dépense importée rattachée au marché."
    page = pages.page("Marchés", "Marchés de la famille et leur terme", note)
    columns = [
        Column("Numéro", 18),
        Column("Lot", 6, WHOLE),
        Column("Objet", 36),
        Column("Titulaire", 24),
        Column("Acheteur", 24),
        Column("Montant HT", 16, MONEY),
        Column("Maximum HT", 16, MONEY),
        Column("Consommé", 16, MONEY),
        Column("Notifié le", 12, DAY),
        Column("Fin", 12, DAY),
        Column("Jours restants", 10, WHOLE),
        Column("État", 12),
    ]
    rows: list[list[Cell]] = []
    for one in found.contracts:
        who: list[Cell] = [one.number, one.lot, one.objet, one.holder, one.buyer]
        amounts: list[Cell] = [one.amount_ht, one.maximum_ht, one.spent]
        rows.append([*who, *amounts, one.notified_on, one.ends_on, one.days_left, one.state])
    pages.table(page, 3, columns, rows)
    page.freeze_panes(4, 1)


def _outside(pages: Pages, found: Diagnostic) -> None:
    shown = found.outside_suppliers[:OUTSIDE_SHOWN]
    note = f"{found.outside.lines} lignes, {str(found.outside.share).replace('.', ',')} % de la dépense."
    page = pages.page("Hors marché", "Dépense hors marché, par fournisseur", note)
    columns = [
        Column("Fournisseur", 44),
        Column("Motif", 24),
        Column("Montant", 17, MONEY),
        Column("Part", 9, PERCENT),
        Column("Lignes", 10, WHOLE),
    ]
    rows: list[list[Cell]] = [
        [one.label, one.reason.value, one.amount, one.share, one.lines] for one in shown
    ]
    rows.append(["Total", "", found.outside.amount, found.outside.share, found.outside.lines])
    pages.table(page, 3, columns, rows)
    page.freeze_panes(4, 0)


def _parts_table(pages: Pages, page: Worksheet, top: int, heading: str, parts: Sequence[Breakdown]) -> int:
    columns = [
        Column(heading, 44),
        Column("Montant", 20, MONEY),
        Column("Part", 9, PERCENT),
        Column("Lignes", 10, WHOLE),
    ]
    return pages.table(page, top, columns, [(one.label, one.amount, one.share, one.lines) for one in parts])


def _chart(book: Workbook, page: Worksheet, kind: str, title: str, rows: tuple[int, int], at: str) -> None:
    """Put a chart of the second column by the first one beside the table."""
    chart = book.add_chart({"type": kind})
    name = page.get_name()
    first, last = rows
    chart.add_series(
        {
            "categories": [name, first, 0, last, 0],
            "values": [name, first, 1, last, 1],
            "fill": {"color": ACCENT},
            "gap": 60,
        }
    )
    font = {"name": "Arial", "size": 9, "color": INK}
    chart.set_title(
        {"name": title, "name_font": {"name": "Arial", "size": 12, "color": INK}, "overlay": False}
    )
    chart.set_legend({"none": True})
    value_axis = {
        "num_format": '#,##0\\ "€"',
        "num_font": font,
        "major_gridlines": {"visible": True, "line": {"color": RULE}},
    }
    name_axis = {"num_font": font, "reverse": kind == "bar"}
    across = kind == "bar"  # there the horizontal axis carries the amounts
    chart.set_x_axis(value_axis if across else name_axis)
    chart.set_y_axis(name_axis if across else value_axis)
    chart.set_size({"width": 620, "height": max(300, 28 * (last - first + 2))})
    page.insert_chart(at, chart, {"description": title, "object_position": 3})


def _period(found: Diagnostic) -> str:
    if found.first_paid_on is None or found.last_paid_on is None:
        return f"Aucune dépense importée pour cette famille au {found.on:%d/%m/%Y}."
    return f"Dépense payée du {found.first_paid_on:%d/%m/%Y} au {found.last_paid_on:%d/%m/%Y}."


def _next_end(found: Diagnostic) -> date | None:
    ends = [one.ends_on for one in found.contracts if one.ends_on and one.ends_on >= found.on]
    return min(ends, default=None)
