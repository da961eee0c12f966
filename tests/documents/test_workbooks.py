"""The workbooks of the consultation: what is locked, what the formulas compute, what a cell can never become."""

import csv
import io
import shutil
import subprocess
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from tasks.documents.families import example
from tasks.documents.price_workbooks import breakdown, estimate, price_schedule

pytestmark = pytest.mark.documents

FIRST = 8


def sheet(content: bytes) -> Worksheet:
    return load_workbook(io.BytesIO(content)).active


def test_only_what_the_candidate_types_is_unlocked() -> None:
    dossier = example("perfusion")
    page = sheet(price_schedule(dossier, dossier.lots[0]))
    assert page.protection.sheet
    unlocked = {cell.column_letter for cell in page[FIRST] if not cell.protection.locked}
    assert unlocked == {"D", "E", "F"}
    assert page["H8"].value == '=IF(F8="","",ROUND(F8*(1+G8/100),4))'


def test_quantities_stand_by_establishment_and_sum_to_the_need() -> None:
    dossier = example("perfusion")
    page = sheet(estimate(dossier, dossier.lots[0]))
    assert [page.cell(7, column).value for column in (4, 5, 6)] == [member.name for member in dossier.members]
    assert [page.cell(FIRST, column).value for column in (4, 5, 6)] == [25200, 11760, 5040]
    assert page.cell(FIRST, 7).value == "=SUM(D8:F8)"
    assert 25200 + 11760 + 5040 == 42000
    assert {cell.column_letter for cell in page[FIRST] if not cell.protection.locked} == {"H"}


def test_the_lump_sum_is_the_sum_of_its_lines() -> None:
    dossier = example("imagerie")
    page = sheet(breakdown(dossier, dossier.lots[0]))
    assert page.cell(FIRST + 5, 6).value == "=SUM(F8:F12)"
    assert page.cell(FIRST + 5, 1).value == "Prix global et forfaitaire HT"


@pytest.mark.office
@pytest.mark.slow
def test_a_filled_estimate_computes_its_total(tmp_path: Path) -> None:
    """Lot 1 at 1.00, 2.00, 0.50 and 4.00: 42 000 + 37 000 + 30 500 + 29 600 = 139 100 a year, 556 400 in 48 months."""
    if not shutil.which("soffice"):
        pytest.skip("LibreOffice absent")
    dossier = example("perfusion")
    book = load_workbook(io.BytesIO(estimate(dossier, dossier.lots[0])))
    for row, price in enumerate((1, 2, 0.5, 4), start=FIRST):
        book.active.cell(row, 8).value = price
    book.save(tmp_path / "dqe.xlsx")
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    command = ["soffice", profile, "--headless", "--convert-to", "csv", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(tmp_path / "dqe.xlsx")], check=True, capture_output=True, timeout=90)
    rows = list(csv.reader((tmp_path / "dqe.csv").read_text(encoding="utf-8", errors="replace").splitlines()))
    totals = ["".join(sign for sign in row[-1] if sign.isdigit() or sign == ".") for row in rows[-2:]]
    assert [float(total) for total in totals] == [139_100, 556_400]
