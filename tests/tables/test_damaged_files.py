"""Damaged files: whatever is done to a file, no importer breaks on it and every line of it is accounted for.

A few hundred files in the suite; ten thousand with the marker `slow`. The seed of a file that fails is in its message.
"""

import random
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from models.errors import Refused
from tasks.contracts.importing import import_contracts
from tasks.execution import facts, stocks
from tasks.execution.amendment_file import import_amendments
from tasks.execution.penalties import import_clauses
from tasks.spend.importing import import_spend
from tests.watching import day

FEW, MANY = 18, 1000  # damaged files for each importer
HOSTILE = [
    *(
        "",
        " ",
        '"',
        '""',
        '"""',
        ";",
        "\n",
        "\r",
        "\r\n",
        "\t",
        "\x00",
        "\ufeff",
        "\ufffd",
        "\u2028",
        "²",
        "½",
        "٣",
    ),
    *(
        "1.000",
        "1,000",
        "1e400",
        "-",
        "--1",
        "(1",
        "NaN",
        "inf",
        "9" * 400,
        "0x1F",
        "1_000",
        "31/02/2026",
        "𝟙",
    ),
    *("0000-00-00", "99999999999999", "'; DROP TABLE contract; --", "=1+1", "{{ 7*7 }}", "é", "Ã©", "Total"),
    *("1-3", "2x" + "9" * 9, "9999 ans", "a" * 70_000, "\U0001f600", "Lots 1 à 999", "2026-13-45"),
    *("2026-01-01T00:00:00+99:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"),
]
ESSENTIAL = """{"marches": {"marche": [
{"id": "A", "acheteur": {"id": "26990001500018"}, "objet": "Gants", "codeCPV": "33140000-3",
"montant": 1250.5, "dureeMois": 48, "dateNotification": "2025-03-01",
"titulaires": [{"titulaire": {"id": "73282932000074", "typeIdentifiant": "SIRET"}}],
"modifications": [{"modification": {"id": 1, "montant": 1300}}]}]}}
"""
SPEND = """Date;Fournisseur;Montant HT;Libellé;SIREN
05/01/2026;Alpha;1 234,50;"gants, ""M"" x";732829320
06/01/2026;Béta;-12,00;deux lots;
07/01/2026;Gamma;3.000,10;x;
31/01/2026;Total;4 222,60;;
"""
CONTRACTS = """Numéro;Lot;Objet;CPV;Titulaire;SIRET titulaire;Montant HT;Maximum HT;Date de notification;Fin;Durée
A;1;Gants;33140000;Alpha;73282932000074;1.250,00;2.500;01/03/2025;28/02/2029;48
A;2 bis;Gants;;Béta;;5;;01/03/2025;;4 ans
B;Lots 1 à 2;Masques;;Gamma;;7;;2025-03-01;;2x12
"""
ORDERS = """Numéro;Date;Montant HT;Marché;Lot;Fournisseur
B1;05/01/2026;60 000,00;A;1;Alpha
B1;05/01/2026;30000;A;1;Alpha
"""
INVOICES = """Numéro;Fournisseur;Date de réception;Montant TTC;Date de paiement
F1;Alpha;05/01/2026;1000;
F1;Alpha;05/01/2026;5;
"""
INCIDENTS = "Marché;Date;Type;Jours de retard;Montant HT\nA;05/01/2026;retard;3;100,00\n"
ITEMS = "Marché;Code article;CIS;CIP13;Prix unitaire HT\nA;I1;61436304;3400930915004;1,25\n"
STOCKS = "Article;Stock utilisable;Consommation journalière moyenne\n3400930915004;10;5\n3400930915004;3;5\n"
FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "dépenses": (lambda path: import_spend(path, "990000010", "auto", {}, replace=True), SPEND),
    "contrats": (import_contracts, CONTRACTS),
    "données essentielles": (import_contracts, ESSENTIAL),
    "commandes": (facts.import_orders, ORDERS),
    "factures": (facts.import_invoices, INVOICES),
    "incidents": (facts.import_incidents, INCIDENTS),
    "gains": (facts.import_gains, "Action;Année;Gain prévu;Gain réalisé\nGants;2026;1 000,00;10\n"),
    "reconductions": (
        facts.import_options,
        "Marché;Rang;Date de début;Date limite\nA;1;01/03/2026;01/12/2025\n",
    ),
    "avenants": (import_amendments, "Marché;Avenant;Date;Montant HT;Nouvelle fin\nA;1;05/01/2026;100,00;\n"),
    "pénalités": (import_clauses, "Marché;Diviseur;Plafond (%)\nA;1000;10\n"),
    "articles": (stocks.import_items, ITEMS),
    "stocks": (lambda path: stocks.import_stocks(path, day("2026-01-05")), STOCKS),
}


def damaged(text: str, seed: int) -> bytes:
    """Return a file with one to four faults: cells replaced, lines cut, doubled or joined, bytes changed."""
    chance = random.Random(seed)
    lines = text.splitlines(keepends=True)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(lines))
        cells = lines[place].split(";")
        fault = chance.randrange(6)
        if fault == 0:
            cells[chance.randrange(len(cells))] = chance.choice(HOSTILE)
            lines[place] = ";".join(cells)
        elif fault == 1:
            at = chance.randrange(len(lines[place]) + 1)
            lines[place] = lines[place][:at] + chance.choice(HOSTILE) + lines[place][at:]
        elif fault == 2:
            lines[place] = lines[place][: chance.randrange(len(lines[place]) + 1)] + "\n"
        elif fault == 3:
            lines.insert(place, lines[chance.randrange(len(lines))])
        elif fault == 4:
            lines[place] = lines[place].rstrip("\n")
        else:
            chance.shuffle(cells)
            lines[place] = ";".join(cells)
    content = bytearray(
        "".join(lines).encode(chance.choice(["utf-8", "cp1252", "cp850", "utf-16"]), "replace")
    )
    for _ in range(chance.choice([0, 0, 1, 3])):
        content[chance.randrange(len(content))] = chance.randrange(256)
    return bytes(content)


def check(kind: str, path: Path, many: int, start: int = 0) -> None:
    importer, text = FILES[kind]
    for seed in islice(range(start, start + many), many):
        path.write_bytes(damaged(text, seed))
        try:
            report = importer(path)
        except Refused as refusal:
            assert 10 < len(str(refusal)) < 3000, (kind, seed)
            continue
        except Exception as fault:
            raise AssertionError(f"{kind}, file {seed}: {fault!r}") from fault
        assert report.lus == report.acceptes + len(report.refuses), (kind, seed)
        assert all(0 < len(one.motif) < 2000 for one in report.refuses), (kind, seed)
        assert report.ignores >= 0, (kind, seed)


@pytest.mark.parametrize("kind", FILES)
def test_no_damaged_file_breaks_an_importer_or_loses_a_line(group, tmp_path, kind):
    check(kind, tmp_path / "a.csv", FEW)


@pytest.mark.slow
@pytest.mark.parametrize("kind", FILES)
def test_ten_thousand_damaged_files_break_no_importer(group, tmp_path, kind):
    check(kind, tmp_path / "a.csv", MANY, start=FEW)
