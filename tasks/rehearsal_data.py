"""Plausible spend and contracts for the fictional group, the same for the same day: files for the real commands.

Every company is fictional: no SIREN begins with four zeros.
"""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import NamedTuple

from models.law.days import months_after
from models.reading import to_cents
from tasks.contracts import alert_day

YEARS = 3
LINES_A_YEAR = 46  # by family and establishment
SPEND_FILE = "depenses-demo.csv"
CONTRACTS_FILE = "marches-demo.csv"
HOUSES = {"990000010": 46, "990000028": 20, "990000036": 18, "990000044": 10, "990000051": 6}
"""FINESS of the fictional establishments (`examples/ght-demo.toml`) and their share of the spend, in percent."""


class Company(NamedTuple):
    """A fictional supplier: SIREN stem, spellings found in the files, share of the family in percent."""

    stem: str
    spellings: tuple[str, ...]
    share: int
    has_contract: bool = True


class FamilyPlan(NamedTuple):
    """What the group spends in a family: EUR a year, its contract, labels and suppliers."""

    code: str
    yearly: int
    number: str
    objet: str
    cpv: str
    months_left: int
    labels: tuple[str, ...]
    companies: tuple[Company, ...]


class RehearsalFiles(NamedTuple):
    """The two files of a rehearsal, for `achats importer depenses` and `achats importer contrats`."""

    spend: Path
    contracts: Path


PLANS = (
    FamilyPlan(
        "perfusion",
        310_000,
        "PERF",
        "Fourniture de dispositifs de perfusion pour les établissements du groupement",
        "33194000",
        0,  # ends soon: see `renewal_end`
        (
            "Perfuseurs et prolongateurs",
            "Cathéters courts sécurisés",
            "Seringues trois pièces 50 ml",
            "Robinets et rampes",
        ),
        (
            Company("00000011", ("Perfumédic SAS", "PERFUMEDIC", "Perfumedic S.A.S."), 38),
            Company("00000012", ("Cathélia Santé", "CATHELIA SANTE SA"), 30),
            Company("00000013", ("Seringo France SARL", "SERINGO"), 18),
            Company("00000014", ("Dispomed Ouest", "DISPOMED OUEST SARL"), 9, has_contract=False),
            Company(
                "00000015",
                ("Comptoir hospitalier Valmy", "COMPTOIR HOSPITALIER VALMY (DEPANNAGE)"),
                5,
                has_contract=False,
            ),
        ),
    ),
    FamilyPlan(
        "medicaments",
        1_450_000,
        "MED",
        "Fourniture de solutés massifs et d'anti-infectieux injectables",
        "33600000",
        30,
        ("Spécialités pharmaceutiques, liste 1", "Solutés massifs", "Antibiotiques injectables"),
        (
            Company("00000021", ("Laboratoires Ardel", "LABO ARDEL SA"), 55),
            Company("00000022", ("Solutalis SAS", "SOLUTALIS"), 35),
            Company(
                "00000023", ("Répartiteur Pharmavale", "REPARTITEUR PHARMAVALE SA"), 10, has_contract=False
            ),
        ),
    ),
    FamilyPlan(
        "blanchisserie",
        640_000,
        "LIN",
        "Location et entretien du linge et des tenues professionnelles",
        "98310000",
        34,
        ("Entretien du linge plat", "Location textile, tenues", "Linge des résidents"),
        (
            Company("00000031", ("Blanchisserie du Val Clair", "BLANCHISSERIE DU VAL CLAIR SCOP"), 92),
            Company("00000032", ("Pressing Martinot", "PRESSING MARTINOT SARL"), 8, has_contract=False),
        ),
    ),
    FamilyPlan(
        "imagerie",
        480_000,
        "IMG",
        "Échographes et maintenance des équipements d'imagerie",
        "33112000",
        38,
        ("Maintenance scanner, contrat annuel", "Sondes d'échographe", "Maintenance biomédicale, dépannage"),
        (
            Company("00000041", ("Imagex Systèmes", "IMAGEX SYSTEMES SAS"), 80),
            Company(
                "00000042",
                ("Ultrasonics Maintenance", "ULTRASONICS MAINTENANCE SARL"),
                20,
                has_contract=False,
            ),
        ),
    ),
    FamilyPlan(
        "alimentation",
        890_000,
        "ALI",
        "Fourniture de denrées alimentaires",
        "15500000",
        28,
        ("Laitages", "Viande surgelée", "Épicerie", "Légumes frais"),
        (
            Company("00000051", ("Saveurs Collectives", "SAVEURS COLLECTIVES SA"), 60),
            Company("00000052", ("Laiterie des Trois Ruisseaux", "LAITERIE DES TROIS RUISSEAUX"), 25),
            Company("00000053", ("Primeurs Audebert", "PRIMEURS AUDEBERT ET FILS"), 15, has_contract=False),
        ),
    ),
    FamilyPlan(
        "informatique",
        360_000,
        "INF",
        "Hébergement certifié de données de santé et infogérance",
        "72000000",
        32,
        ("Hébergement serveurs", "Infogérance, forfait mensuel", "Sauvegarde externalisée"),
        (
            Company("00000061", ("Hébergis Santé", "HEBERGIS SANTE SAS"), 85),
            Company("00000062", ("Numérique Appui", "NUMERIQUE APPUI SARL"), 15, has_contract=False),
        ),
    ),
)
REFUSED_LINES = (
    ("990000010", "31/02/{year}", "Perfumédic SAS", "Perfuseurs", "perfusion", "", "1 250,00"),
    ("990000028", "14/03/{year}", "", "Facture sans tiers", "alimentation", "", "84,10"),
    ("990000036", "02/04/{year}", "Hébergis Santé", "Avoir à recalculer", "informatique", "", "à vérifier"),
    ("990009993", "20/05/{year}", "Imagex Systèmes", "Sondes", "imagerie", "", "3 400,00"),
)
"""Lines that every real file has and that the import refuses: impossible day, no supplier, no amount, unknown house."""


def write_rehearsal_files(folder: Path, on: date) -> RehearsalFiles:
    """Write the spend and contract files of a rehearsal that begins on a day; same day, same files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = RehearsalFiles(folder / SPEND_FILE, folder / CONTRACTS_FILE)
    files.spend.write_bytes(_spend(on).encode("cp1252"))
    files.contracts.write_bytes(_contracts(on).encode("utf-8-sig"))
    return files


def renewal_end(on: date, maximum: Decimal) -> date:
    """Return the last month's end whose renewal must be begun by a day: the alert has just come."""
    month = date(on.year, on.month, 1)
    ends = [months_after(month, rank) - timedelta(days=1) for rank in range(1, 37)]
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
