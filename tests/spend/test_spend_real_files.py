"""The real messy payment files: nothing lost, totals equal to an independent sum, suppliers grouped."""

import csv
import gzip
import io
from collections import Counter
from decimal import Decimal

import pytest
from sqlmodel import func, select

from models.spend.lines import SpendLine
from tasks.contracts.suppliers import Named, SupplierRegister
from tasks.spend.importing import import_spend
from tasks.store import reading

pytestmark = pytest.mark.slow

FILES = {  # file: records, records without amount; counted by hand with the csv module
    "BART.csv.gz": (2399, 0),
    "EPSH.csv.gz": (2528, 0),
    "HILL.csv.gz": (1274, 2),
    "KICO.csv.gz": (1738, 0),
    "NWCL.csv.gz": (1895, 0),
    "SWL.csv.gz": (9014, 5),
    "GUYS_01_-_April.csv.gz": (13438, 0),
    "GUYS_02_-_May.csv.gz": (15028, 0),
}


def independent_sum(path):
    text = gzip.decompress(path.read_bytes()).decode("utf-8-sig")
    header, *records = csv.reader(io.StringIO(text, newline=""))
    place = next(rank for rank, title in enumerate(header) if title.lower().startswith("amount"))
    return sum((Decimal(record[place]) for record in records if record[place]), Decimal(0))


@pytest.mark.parametrize("name", FILES)
def test_real_file_is_read_whole_and_reconciles(shared, group, name):
    path = shared / "spend" / name
    report = import_spend(path, "990000010", "auto", {})
    read, without_amount = FILES[name]
    assert report.lus == read == report.acceptes + len(report.refuses)
    assert report.total_lu == independent_sum(path) == report.total_accepte + report.total_refuse
    assert sum(one.motif == "montant absent" for one in report.refuses) == without_amount
    with reading() as session:
        assert session.exec(select(func.count()).select_from(SpendLine)).one() == report.acceptes
        assert session.exec(select(func.sum(SpendLine.amount))).one() == report.total_accepte


def pairs(labels):
    return sum(count * (count - 1) // 2 for count in Counter(labels).values())


def test_grouping_of_spellings_is_precise_against_the_labelled_truth(shared):
    with (shared / "spend" / "supplier_entities.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    names = [Named(row["spelling"]) for row in rows]
    truth = [row["entity"] for row in rows]
    keys = SupplierRegister().keys(names)
    grouped = [keys[name] for name in names]
    right = pairs(zip(grouped, truth, strict=True))
    assert right / pairs(grouped) > 0.95  # precision
    assert right / pairs(truth) > 0.38  # recall
