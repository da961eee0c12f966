"""Tables are read whatever their encoding, separator or container; the unreadable is said in one sentence."""

import gzip
from datetime import date

import pytest
import xlsxwriter

from models.errors import BadInput
from tasks.tables.tabular import read_table


def table(tmp_path, content, name="a.csv"):
    path = tmp_path / name
    path.write_bytes(content)
    return read_table(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_encodings_and_separators_are_recognised(tmp_path, encoding, separator):
    text = f"Libellé{separator}Montant\nBlé{separator}3\n"
    found = table(tmp_path, text.encode(encoding))
    assert found.header == ["Libellé", "Montant"]
    assert found.rows[0].cells == ["Blé", "3"]


def test_line_numbers_are_those_of_the_file_despite_newlines_inside_cells(tmp_path):
    found = table(tmp_path, b'a,b\n1,"x\ny"\n\n2,z\n')
    assert [(row.line, row.cells) for row in found.rows] == [(2, ["1", "x\ny"]), (5, ["2", "z"])]


def test_a_quote_left_open_does_not_swallow_the_lines_that_follow(tmp_path):
    body = "".join(f"{rank},x\n" for rank in range(3, 40_000))
    found = table(tmp_path, f'a,b\n1,"open\n2,y\n{body}'.encode())
    assert found.rows[0] == (2, ["1", '"open'])
    assert found.rows[1] == (3, ["2", "y"])
    assert len(found.rows) == 39_999


def test_titles_above_the_header_are_left_out(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"Export du 3 mars;;\n\nDate;Montant;Tiers\n2026-01-01;3;X\n")
    found = read_table(path, ["montant", "tiers"])
    assert found.header == ["Date", "Montant", "Tiers"]
    assert found.rows[0].line == 4


def test_column_is_found_without_accents_or_case_under_one_of_its_names(tmp_path):
    found = table(tmp_path, "Libellé;MONTANT (€)\nx;1\n".encode())
    assert found.column("montant|MONTANT €") == 1
    assert found.column("libelle") == 0
    assert found.column("date") is None


def test_compressed_content_has_the_same_digest(tmp_path):
    plain = b"a,b\n1,2\n"
    packed = table(tmp_path, gzip.compress(plain), "a.csv.gz")
    assert packed.sha256 == table(tmp_path, plain).sha256


def test_workbook_cells_come_out_as_text(tmp_path):
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Date", "Montant", "Code"])
    sheet.write_datetime(1, 0, date(2026, 3, 31), book.add_format({"num_format": "dd/mm/yyyy"}))
    sheet.write_number(1, 1, 1234.56)
    sheet.write_number(1, 2, 7)
    book.close()
    assert [cell.strip() for cell in read_table(path).rows[0].cells] == ["2026-03-31", "1234.56", "7"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "est vide"),
        (b"\n ;;\n", "est vide"),
        (b"a;b\n", "aucune ligne sous ses en-t"),
        (b"\x00\x01\x02binary", "ni un texte ni un classeur"),
        (gzip.compress(b"a,b\n" * 5000, mtime=0)[:40], "tronqu"),
        (b"PK\x03\x04 not a zip", "tronqu"),
    ],
)
def test_unreadable_files_are_refused_in_one_sentence(tmp_path, content, said):
    with pytest.raises(BadInput, match=said):
        table(tmp_path, content)


def test_absent_file_and_folder_are_refused(tmp_path):
    with pytest.raises(BadInput, match="n'existe pas"):
        read_table(tmp_path / "absent.csv")
    with pytest.raises(BadInput, match="illisible"):
        read_table(tmp_path)
