"""The files of a rehearsal go through the real imports; the perfusion contract is the one that nears its end."""

import io
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import pytest
from sqlmodel import select

from models.contracts.register import Contract
from models.errors import BadInput
from models.spend.diagnosis import Coverage
from tasks.clock import today
from tasks.contracts.importing import import_contracts
from tasks.rehearsal.data import write_rehearsal_files
from tasks.spend.diagnosis import diagnose
from tasks.spend.importing import import_spend
from tasks.spend.workbook import write_workbook
from tasks.store import reading


@pytest.fixture
def rehearsal(group, tmp_path):
    files = write_rehearsal_files(tmp_path / "demo", today())
    return import_contracts(files.contracts), import_spend(files.spend, "colonne", "auto", {})


def test_same_day_same_files(tmp_path):
    one = write_rehearsal_files(tmp_path / "a", date(2026, 11, 22))
    other = write_rehearsal_files(tmp_path / "b", date(2026, 11, 22))
    assert one.spend.read_bytes() == other.spend.read_bytes()
    assert one.contracts.read_bytes() == other.contracts.read_bytes()


def test_thousands_of_lines_are_taken_and_the_four_bad_ones_are_listed(rehearsal):
    contracts, spend = rehearsal
    assert contracts.acceptes == contracts.lus == 10
    assert contracts.refuses == contracts.corriges == []
    assert spend.lus > 4000
    assert len(spend.refuses) == 4
    assert spend.total_lu == spend.total_accepte + spend.total_refuse


def test_only_the_perfusion_contract_has_reached_its_alert(rehearsal):
    with reading() as session:
        rows = session.exec(select(Contract)).all()
    due = [row for row in rows if row.alert_on <= today()]
    assert {row.family_code for row in due} == {"perfusion"}
    assert len({row.number for row in due}) == 1
    assert all(today() - row.alert_on < timedelta(days=40) for row in due)
    assert all(row.ends_on > today() + timedelta(days=200) for row in due)


def test_diagnostic_of_the_rehearsal_adds_up(rehearsal):
    found = diagnose("perfusion", today())
    assert len(found.establishments) == 5
    assert found.supplier_count == 5  # eleven spellings in the file
    for parts in (found.establishments, found.suppliers, found.years):
        assert sum(one.amount for one in parts) == found.total
        assert sum(one.lines for one in parts) == found.lines
    assert found.outside.amount + sum(one.spent for one in found.contracts) == found.total
    assert {one.reason for one in found.outside_suppliers} == {Coverage.NONE}
    assert Decimal(5) < found.outside.share < Decimal(25)
    with pytest.raises(BadInput, match="Famille « gaz » inconnue"):
        diagnose("gaz", today())


def test_workbook_says_the_same_in_french_and_has_no_formula(rehearsal):
    found = diagnose("perfusion", today())
    content = write_workbook(found)
    assert content == write_workbook(found)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Synthèse", "Établissements", "Fournisseurs", "Marchés", "Hors marché"]
    assert len(book["Synthèse"]._charts) == len(book["Fournisseurs"]._charts) == 1
    total = next(row for row in book["Établissements"].iter_rows(values_only=True) if row[0] == "Total")
    assert Decimal(str(total[-3])) == found.total
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)


def test_a_family_without_spend_still_gives_a_workbook(group):
    found = diagnose("imagerie", today())
    assert (found.total, found.lines, found.outside.share) == (Decimal(0), 0, Decimal("0.0"))
    book = openpyxl.load_workbook(io.BytesIO(write_workbook(found)))
    assert "Aucune dépense importée" in book["Synthèse"]["A2"].value


def test_a_supplier_named_like_a_formula_stays_text(group, tmp_path):
    path = tmp_path / "d.csv"
    path.write_text('date;montant;fournisseur\n2026-01-05;1;"=cmd()"\n', encoding="utf-8")
    import_spend(path, "990000010", "imagerie", {})
    book = openpyxl.load_workbook(io.BytesIO(write_workbook(diagnose("imagerie", today()))))
    assert book["Fournisseurs"]["A5"].value == "=cmd()"
    assert book["Fournisseurs"]["A5"].data_type == "s"
