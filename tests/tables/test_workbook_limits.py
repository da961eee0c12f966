"""A workbook of one kilobyte cannot take the memory of the machine: the process apart stops at its limits."""

import io
import resource
import time
import zipfile

import pytest
import xlsxwriter

from models.errors import BadInput
from tasks.tables.tabular import read_table

SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns"


def zipped(parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def xlsx(*cells):
    """Return a workbook with a « x » in each of these cells."""
    rows = "".join(
        f'<row r="{ref.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}"><c r="{ref}" t="inlineStr"><is><t>x</t></is></c></row>'
        for ref in cells
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Override PartName="/xl/workbook.xml" '
            f'ContentType="{kind}.sheet.main+xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="a" '
            f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="b" '
            f'Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{RELATIONS}"><sheets>'
            '<sheet name="S" sheetId="1" r:id="b"/></sheets></workbook>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData></worksheet>',
        }
    )


def ods(rows, columns):
    """Return a workbook whose one cell is said to be repeated."""
    cell = f'<table:table-cell office:value-type="string" table:number-columns-repeated="{columns}">'
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{OFFICE}:manifest:1.0"/>',
            "content.xml": f'<office:document-content xmlns:office="{OFFICE}:office:1.0" '
            f'xmlns:table="{OFFICE}:table:1.0" xmlns:text="{OFFICE}:text:1.0"><office:body><office:spreadsheet>'
            f'<table:table table:name="S"><table:table-row table:number-rows-repeated="{rows}">{cell}'
            "<text:p>x</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>"
            "</office:body></office:document-content>",
        }
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (xlsx("A1", "XFD1048576"), "Supprimez les lignes et les colonnes"),
        (xlsx("A1", "ZZ100000"), "Supprimez les lignes et les colonnes"),
        (xlsx("XFD1", "A1048576"), "Supprimez les lignes et les colonnes"),
        (xlsx("ZZ1", "ZZ100000"), "Supprimez les lignes et les colonnes"),
        (ods(1_048_576, 16_384), "illisible"),  # the reader itself limits how often a cell is repeated
    ],
    ids=["whole sheet", "hundred thousand by ZZ", "other corners", "far right alone", "repeated cell"],
)
def test_cells_too_far_apart_are_refused_at_once_and_the_message_says_what_to_do(tmp_path, content, said):
    path = tmp_path / "mandats.xlsx"
    path.write_bytes(content)
    begun = time.monotonic()
    with pytest.raises(BadInput, match=rf"mandats\.xlsx.*{said}"):
        read_table(path)
    assert time.monotonic() - begun < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 1_500_000  # kB, of this process


def test_a_cell_astray_far_below_a_narrow_table_is_no_obstacle(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(xlsx("B2", "C3", "D1000000"))
    found = read_table(path)
    assert [(row.line, row.cells) for row in found.rows] == [
        (3, ["", "", "x", ""]),
        (1_000_000, ["", "", "", "x"]),
    ]


def test_a_row_of_zeros_is_kept_and_the_first_sheet_with_cells_is_read(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Vide")
        sheet = book.add_worksheet("Données")
        sheet.write_row(1, 0, ["Code", "Quantité"])
        sheet.write_row(2, 0, [0, 0])
        book.add_worksheet("Autre").write_row(0, 0, ["x", "y"])
    found = read_table(path)
    assert found.header == ["Code", "Quantité"]
    assert [(row.line, row.cells) for row in found.rows] == [(3, ["0", "0"])]
