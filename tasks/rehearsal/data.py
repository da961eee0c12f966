"""Plausible spend and contracts for the fictional group: files for the real commands, the same for the same day."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import NamedTuple

from models.law.days import last_day, months_after
from models.reading.values import to_cents
from tasks import storage
from tasks.contracts.terms import alert_day
from tasks.rehearsal.plans import HOUSES, PLANS, REFUSED_LINES, FamilyPlan

YEARS = 3
LINES_A_YEAR = 46  # by family and establishment
SPEND_FILE = "depenses-demo.csv"
CONTRACTS_FILE = "marches-demo.csv"


class RehearsalFiles(NamedTuple):
    """The two files of a rehearsal, for `achats importer depenses` and `achats importer contrats`."""

    spend: Path
    contracts: Path


def write_rehearsal_files(folder: Path, on: date) -> RehearsalFiles:
    """Write the spend and contract files of a rehearsal that begins on a day; same day, same files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = RehearsalFiles(folder / SPEND_FILE, folder / CONTRACTS_FILE)
    _write(files.spend, _spend(on).encode("cp1252"))
    _write(files.contracts, _contracts(on).encode("utf-8-sig"))
    return files


def _write(target: Path, content: bytes) -> None:
    with storage.whole(target) as file:
        file.write(content)


def renewal_end(on: date, maximum: Decimal) -> date:
    """Return the last month's end whose renewal must be begun by a day: the alert has just come."""
    month = date(on.year, on.month, 1)
    ends = [last_day(month, rank) for rank in range(1, 37)]
    due = [end for end in ends if (alert := alert_day(end, "fournitures", maximum)) and alert <= on]
    return due[-1]


def _spend(on: date) -> str:
    random = Random(20_260)  # noqa: S311 (a rehearsal must be the same each time)
    headings = (
        "FINESS",
        "Date de paiement",
        "Fournisseur",
        "Libellé",
        "Famille",
        "N° de marché",
        "Montant TTC",
    )
    rows = [row for plan in PLANS for house in HOUSES for row in _house_rows(plan, house, on, random)]
    rows += [tuple(cell.format(year=on.year - 1) for cell in row) for row in REFUSED_LINES]
    rows.sort(key=lambda row: (row[1][6:], row[1][3:5], row[1][:2], row))
    return _csv(headings, rows)


def _house_rows(plan: FamilyPlan, house: str, on: date, random: Random) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    mean = Decimal(plan.yearly * HOUSES[house]) / 100 / LINES_A_YEAR
    for _ in range(LINES_A_YEAR * YEARS):
        company = random.choices(plan.companies, [one.share for one in plan.companies])[0]
        day = on - timedelta(days=random.randrange(1, 365 * YEARS))
        amount = to_cents(mean * random.randrange(40, 161) / 100)
        label = random.choice(plan.labels)
        if random.random() < 0.02:
            amount, label = -to_cents(amount / 4), f"Avoir, {label[0].lower()}{label[1:]}"
        number = _number(plan, on) if company.has_contract and random.random() < 0.6 else ""
        family = plan.code if random.random() < 0.5 else ""
        spelling = random.choice(company.spellings)
        rows.append((house, f"{day:%d/%m/%Y}", spelling, label, family, number, _french(amount)))
    return rows


def _contracts(on: date) -> str:
    headings = (
        "Numéro",
        "Lot",
        "Objet",
        "Famille",
        "CPV",
        "Titulaire",
        "SIRET titulaire",
        "Montant HT",
        "Maximum HT",
        "Date de notification",
        "Durée (mois)",
    )
    return _csv(headings, [row for plan in PLANS for row in _contract_rows(plan, on)])


def _contract_rows(plan: FamilyPlan, on: date) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    start = contract_start(plan, on)
    for lot, company in enumerate((one for one in plan.companies if one.has_contract), 1):
        amount = Decimal(plan.yearly * 4 * company.share) / 100
        rows.append(
            (
                _number(plan, on),
                str(lot),
                plan.objet,
                plan.code,
                plan.cpv,
                company.spellings[0],
                siret(company.stem),
                _french(amount),
                _french(amount * Decimal("1.2")),
                f"{start:%d/%m/%Y}",
                "48",
            )
        )
    return rows


@lru_cache
def contract_start(plan: FamilyPlan, on: date) -> date:
    """Return the day a contract of 48 months began, so that it ends soon or in the months planned."""
    if plan.months_left:
        return months_after(date(on.year, on.month, 1), plan.months_left - 48)
    maximum = Decimal(plan.yearly * 4)
    return months_after(renewal_end(on, maximum) + timedelta(days=1), -48)


def _number(plan: FamilyPlan, on: date) -> str:
    return f"{contract_start(plan, on).year}-{plan.number}"


def siret(stem: str) -> str:
    """Return a SIRET with right check digits for the eight first digits of a fictional SIREN."""
    return _with_key(_with_key(stem) + "0001")


def _with_key(digits: str) -> str:
    total = sum(
        sum(divmod(int(digit) * (2 if rank % 2 == 0 else 1), 10))
        for rank, digit in enumerate(reversed(digits))
    )
    return f"{digits}{-total % 10}"


def _french(amount: Decimal) -> str:
    return f"{to_cents(amount):,.2f}".replace(",", " ").replace(".", ",")


def _csv(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    target = io.StringIO()
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows(rows)
    return target.getvalue()
