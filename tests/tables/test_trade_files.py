"""Small files as people of the trade send them, one of each kind once read wrongly; sums worked out by hand."""

import io
import zipfile
from decimal import Decimal

import pytest
import xlsxwriter
from sqlmodel import select

from models.contracts.register import Contract, ContractItem, StockLine
from models.contracts.suppliers import Supplier
from models.errors import BadInput
from models.execution.facts import Invoice, PurchaseOrder
from models.spend.lines import SpendLine
from models.spend.reading import parse_mapping
from tasks.contracts.importing import import_contracts
from tasks.execution import facts, stocks
from tasks.spend.importing import import_spend
from tasks.store import reading
from tests.watching import day

HOUSE = "990000010"
REGISTER = "Numéro;Lot;Objet;CPV;Nature;Titulaire;Montant HT;Maximum HT;Date de notification;Date de début;Date de fin"
SUPPORT_SIRET = "26990001500018"


@pytest.fixture
def file(group, tmp_path):
    def written(content, name="a.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


def spend(path, **mapping):
    return import_spend(
        path, HOUSE, "auto", parse_mapping([f"{key}={value}" for key, value in mapping.items()])
    )


def sheet_of(*sheets, hidden=()):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        for name, rows in sheets:
            page = book.add_worksheet(name)
            for rank, cells in enumerate(rows):
                page.write_row(rank, 0, cells)
            if name in hidden:
                page.hide()
    return buffer.getvalue()


def rows_of(kind):
    with reading() as session:
        return session.exec(select(kind)).all()


@pytest.mark.parametrize(
    ("amounts", "total"),
    [
        (("2.345,10", "-3.000", "14.250"), "13595.10"),
        (("2,345.10", "3,000", "14,250", "1,000,000"), "1019595.10"),
        (("12,5", "1.000"), "1012.50"),
        (("12.5", "1.000"), "13.50"),  # the point is decimal in this column
        (("1 234,567", "1.000"), "2234.57"),
        (("–45,00 €", "EUR 12,50", "(1 000,00)"), "-1032.50"),
    ],
)
def test_a_column_decides_what_its_signs_mean(file, amounts, total):
    lines = "\n".join(f"05/01/2026\tLabo\t{one}" for one in amounts)
    report = spend(file(f"Date\tFournisseur\tMontant\n{lines}\n"))
    assert (report.total_accepte, report.refuses) == (Decimal(total), [])


@pytest.mark.parametrize(
    ("amounts", "refused"),
    [
        (("1.000",), ["se lit 1\u202f000 ou 1,000"]),
        (("1.000", "2.500"), ["se lit 1", "se lit 2"]),
        (("1.234.56", "1,2,3", "12,34,5", "1 2 3"), ["groupes mal formés"] * 4),
        (("£45", "45 $", "12 CHF"), ["seule monnaie admise"] * 3),
        (("1,5E+03",), ["écriture scientifique"]),
        (("12 k€", "--5", "²"), ["n'est pas un nombre"] * 3),
    ],
)
def test_a_number_with_two_readings_or_none_is_refused_in_words(file, amounts, refused):
    lines = "\n".join(f"05/01/2026\tLabo\t{one}" for one in amounts)
    report = spend(file(f"Date\tFournisseur\tMontant\n{lines}\n"))
    assert (report.acceptes, len(report.refuses)) == (0, len(amounts))
    for said, one in zip(refused, report.refuses, strict=True):
        assert said in one.motif


def test_a_number_of_a_workbook_has_one_reading_and_settles_no_text(file):
    content = sheet_of(
        (
            "S",
            [
                ("Date", "Fournisseur", "Montant"),
                ("2026-01-05", "Labo", 1.125),
                ("2026-01-05", "Labo", "1.000"),
            ],
        )
    )
    report = spend(file(content, "a.xlsx"))
    assert report.total_accepte == Decimal("1.13")
    assert "se lit" in report.refuses[0].motif


def test_a_contract_of_250_000_is_not_one_of_250(file):
    head = "Numéro;Lot;Objet;Titulaire;Montant HT;Maximum HT;Date de notification"
    report = import_contracts(
        file(f"{head}\nA1;1;Gants;Labo;350.000;;01/03/2025\nA2;1;Gants;Labo;2.500,00;9;01/03/2025\n")
    )
    assert [one.amount_ht for one in rows_of(Contract)] == [Decimal(350000), Decimal(2500)]
    assert "350.000 vaut 350000" in " ".join(report.remarques)
    lone = import_contracts(file(f"{head}\nA3;1;Gants;Labo;350.000;;01/03/2025\n", "b.csv"))
    assert "se lit 350" in lone.refuses[0].motif


def test_lines_of_one_order_add_up_and_numbers_begin_again_each_year(file):
    head = "Numéro;Date;Montant HT;Fournisseur"
    path = file(
        f"{head}\nB7;05/01/2026;60000;Alpha\nB7;06/01/2026;30000;ALPHA\n1;05/01/2025;40000;Alpha\n1;06/01/2026;50000;Alpha\n"
    )
    report = facts.import_orders(path)
    assert (report.lus, report.acceptes, report.ajoutes) == (4, 4, 3)
    assert sorted((one.number, one.year, one.amount_ht) for one in rows_of(PurchaseOrder)) == [
        ("1", 2025, 40000),
        ("1", 2026, 50000),
        ("B7", 2026, 90000),
    ]
    again = facts.import_orders(path)
    assert (again.inchanges, again.ajoutes, again.modifies) == (3, 0, 0)


def test_lines_of_one_order_under_two_contracts_are_refused(file):
    path = file("Numéro;Date;Montant HT;Marché\nB7;05/01/2026;60000;M1\nB7;05/01/2026;30000;M2\n")
    report = facts.import_orders(path)
    assert (report.acceptes, report.refuses[0].motif) == (1, "déjà donné ligne 2 avec un autre contenu")


def test_lines_of_one_invoice_and_batches_of_one_item_add_up(file):
    head = "Numéro;Fournisseur;Date de réception;Montant TTC;Date de paiement"
    facts.import_invoices(file(f"{head}\nF9;Alpha;05/01/2026;1000;\nF9;Alpha;05/01/2026;250,50;\n"))
    assert [one.amount_ttc for one in rows_of(Invoice)] == [Decimal("1250.50")]
    head = "Article;Stock utilisable;Consommation journalière moyenne"
    report = stocks.import_stocks(
        file(f"{head}\n3400930915004;10;5\n3400930915004;300;5\n3400930915004;1;9\n"), day("2026-01-05")
    )
    assert [one.usable for one in rows_of(StockLine)] == ["310"]
    assert report.refuses[0].ligne == 4


QUOTED = "Date;Fournisseur;Montant;Libellé\n"


@pytest.mark.parametrize(
    ("lines", "amounts"),
    [
        (('05/01/2026;A;1,00;"24 pouces', "06/01/2026;B;2,00;ok", '07/01/2026;C;3,00;écran 27"'), [1, 2, 3]),
        (('05/01/2026;"A;1,00;x', "06/01/2026;B;2,00;ok"), [1, 2]),
        (('05/01/2026;A;1,00;"deux', 'lignes"', "06/01/2026;B;2,00;ok"), [1, 2]),
        (('05/01/2026;"A ""le"" B";1,00;x', '06/01/2026;B;2,00;tuyau 3/4"'), [1, 2]),
    ],
)
def test_a_quote_never_swallows_a_line(file, lines, amounts):
    report = spend(file(QUOTED + "\n".join(lines) + "\n"))
    assert sorted(one.amount for one in rows_of(SpendLine)) == amounts
    assert report.acceptes + len(report.refuses) + report.ignores == len(lines)


def test_the_heading_row_says_the_separator(file):
    line = "/01/2026;Alpha, Beta, Gamma, fils;1,50\n"
    text = f"Date;Fournisseur;Montant\n05{line}06{line}"
    assert spend(file(text)).total_accepte == Decimal("3.00")


def test_lines_put_whole_between_quotes_and_a_sep_line_are_read(file):
    assert (
        spend(
            file('sep=;\n"Date;Fournisseur;Montant"\n"05/01/2026;Alpha;1,00"\n"06/01/2026;Beta;2,00"\n')
        ).acceptes
        == 2
    )


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("cp850", "MS-DOS 850"),
        ("mac_roman", "Macintosh"),
        ("cp1252", ""),
        ("utf-16-le", "UTF-16"),
        ("utf-8", ""),
    ],
)
def test_an_encoding_is_recognised_and_said(file, encoding, said):
    text = "Date;Fournisseur;Montant;Libellé\n05/01/2026;Société Générale d'Été;1,00;cathéter à bout rond\n"
    report = spend(file(text.encode(encoding)))
    assert [one.supplier for one in rows_of(SpendLine)] == ["Société Générale d'Été"]
    assert said in " ".join(report.remarques)


def test_mixed_and_twice_encoded_lines_are_read_and_unreadable_ones_refused(file):
    head, line = b"Date;Fournisseur;Montant\n", "05/01/2026;Société {};1,00\n"
    twice = line.format("Élan").encode().decode("cp1252").encode()
    lost = b"05/01/2026;Soci\x81\x8dt;1,00\n"
    mixed = head + line.format("Été").encode() + line.format("Été").encode("cp1252") + lost
    report = spend(file(mixed))
    assert {one.supplier for one in rows_of(SpendLine)} <= {"Société Été"}
    assert (report.acceptes, [one.ligne for one in report.refuses]) == (2, [4])
    assert (
        spend(file(head + twice, "b.csv")).remarques[0] == "Accents encodés deux fois, rétablis sur 1 lignes."
    )


def test_every_visible_sheet_that_has_the_headings_is_read_and_named(file):
    head = ("Date", "Fournisseur", "Montant")
    content = sheet_of(
        ("Lisez-moi", [("Extraction", "x"), ("Contact", "y")]),
        ("Mars", [head, ("2026-03-05", "Labo", 10)]),
        ("Avril", [("Titre", "", ""), ("Montant", "Date", "Fournisseur"), (20, "2026-04-05", "Labo")]),
        ("Brouillon", [head, ("2026-03-05", "Labo", 4000)]),
        hidden=("Brouillon",),
    )
    report = spend(file(content, "a.xlsx"))
    assert (report.acceptes, report.total_accepte, report.ignores) == (2, 30, 1)
    assert report.remarques[0] == "Feuilles lues : « Mars », « Avril »."
    assert "« Brouillon » (masquée)" in report.remarques[2]


def test_a_formula_saved_without_its_value_is_refused_and_located(file):
    content = sheet_of(
        ("S", [("Date", "Fournisseur", "Montant"), ("2026-01-05", "Labo", 10), ("2026-01-06", "Labo", 7)])
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as was, zipfile.ZipFile(buffer, "w") as now:
        for name in was.namelist():
            part = was.read(name)
            if name.endswith("sheet1.xml"):
                part = part.replace(b'<c r="C3"><v>7</v></c>', b'<c r="C3"><f>C2+1</f></c>')
            now.writestr(name, part)
    report = spend(file(buffer.getvalue(), "a.xlsx"))
    assert report.acceptes == 1
    assert "formule sans valeur enregistrée en C3" in report.refuses[0].motif


def test_what_is_no_table_is_refused_in_words_that_say_what_it_is(file):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("depenses.csv", "Date;Fournisseur;Montant\n")
    for content, said in (
        (b"<html><body><table><tr><td>Date</td></tr></table></body></html>", "page web"),
        (buffer.getvalue(), "archive ZIP"),
        (b"%PDF-1.7 ...", "PDF"),
    ):
        with pytest.raises(BadInput, match=said):
            spend(file(content, "a.xls"))


def test_totals_and_repeated_headings_are_no_suppliers(file):
    text = (
        "Date;Fournisseur;Montant\n05/01/2026;Alpha;10,00\n05/01/2026;TotalEnergies;5,00\n"
        "31/01/2026;Sous-total janvier;15,00\n"
        "Date;Fournisseur;Montant\n06/02/2026;Alpha;1,00\n;Total Alpha;11,00\nTOTAL GÉNÉRAL;;16,00\n\n"
    )
    report = spend(file(text))
    assert (report.acceptes, report.refuses, report.total_accepte, report.ignores) == (3, [], 16, 5)
    assert "3 lignes de totaux laissées." in report.remarques


def test_the_amount_column_taken_is_said_and_another_may_be_named(file):
    path = file("Date;Fournisseur;Montant TTC;Montant HT\n05/01/2026;Alpha;120,00;100,00\n")
    assert "« Montant HT » ; laissée : « Montant TTC »" in spend(path).remarques[0]
    other = file("Date;Fournisseur;Montant TTC;Montant HT\n05/01/2026;Alpha;120,00;100,00\n\n", "b.csv")
    assert spend(other, montant="Montant TTC").total_accepte == 120


def test_placeholders_are_no_identifier_and_two_people_are_two(file):
    text = "Date;Fournisseur;Montant;SIRET\n" + "".join(
        f"05/01/2026;{name};1,00;{siret}\n"
        for name, siret in (
            ("Fleuriste Bouvier", "00000000000000"),
            ("Garage Morel", "000000000"),
            ("Taxi Bleu", "99999999999999"),
            ("GIRAUD PASCAL", ""),
            ("GIRAUD PASCALE", ""),
            ("M. FAURE", ""),
            ("MME FAURE", ""),
        )
    )
    assert spend(file(text)).acceptes == 7
    assert len(rows_of(Supplier)) == 7
    assert {one.siren for one in rows_of(Supplier)} == {None}


def test_one_slip_turns_no_file_and_an_instant_is_its_day_in_paris(file):
    dates = [
        "03/02/2026",
        "04/02/2026",
        "05/02/2026",
        "06/02/2026",
        "07/02/2026",
        "02/14/2026",
        "2026-02-28T23:30:00Z",
    ]
    text = "Date;Fournisseur;Montant\n" + "".join(f"{one};Alpha;1,00\n" for one in dates)
    report = spend(file(text))
    assert [one.ligne for one in report.refuses] == [7]
    assert sorted(one.paid_on for one in rows_of(SpendLine))[:2] == [day("2026-02-03"), day("2026-02-04")]
    assert max(one.paid_on for one in rows_of(SpendLine)) == day("2026-03-01")


TERMS = "Numéro;Lot;Objet;Titulaire;Montant HT;Date de notification;Durée (mois)"


def test_lots_and_durations_are_read_as_people_write_them(file):
    report = import_contracts(
        file(
            f"{TERMS}\nA;Lots 2 à 4;X;Labo;9;01/03/2025;4 ans\nB;A;X;Labo;1;01/03/2025;2x24\n"
            "B;B;X;Labo;1;01/03/2025;1 an + 3 ans\n"
            "C;2 bis;X;Labo;1;01/03/2025;12 mois reconductible 3 fois\nD;Lot 5 - 300 m²;X;Labo;1;01/03/2025;48,00\n"
            "E;²;X;Labo;1;01/03/2025;48\n2,02E+11;1;X;Labo;1;01/03/2025;48\n"
        )
    )
    found = {(one.number, one.lot): (one.amount_ht, one.duration_months) for one in rows_of(Contract)}
    assert found == {
        ("A", 2): (9, 48),
        ("A", 3): (None, 48),
        ("A", 4): (None, 48),
        ("B", 1): (1, 48),
        ("B", 2): (1, 48),
        ("C", 202): (1, 48),
        ("D", 5): (1, 48),
    }
    assert (report.lus, report.acceptes) == (7, 5)
    assert ["illisible" in report.refuses[0].motif, "scientifique" in report.refuses[1].motif] == [True, True]


def test_several_holders_take_a_line_each_the_first_with_the_amounts(file):
    report = import_contracts(
        file(
            f"{REGISTER}\nA;1;Gants;33140000;fournitures;Labo Un;400;800;01/03/2025;01/04/2025;31/03/2029\n"
            "A;1;Gants;33140000;fournitures;Labo Deux;;;01/03/2025;01/04/2025;31/03/2029\n"
            "A;1;Gants;;;Labo Trois;;;;;\n"
            "A;1;Autre chose;;;Labo Quatre;;;;;\n"
            "B;1;Gants;33140000;fournitures;Nord SA (mandataire) / Sud SARL (cotraitant);5;;01/03/2025;;\n"
        )
    )
    found = [(one.number, one.holder, one.holder_rank, one.amount_ht) for one in rows_of(Contract)]
    assert found == [
        ("A", "Labo Un", 1, 400),
        ("A", "Labo Deux", 2, None),
        ("A", "Labo Trois", 3, None),
        ("B", "Nord SA", 1, 5),
        ("B", "Sud SARL", 2, None),
    ]
    assert (report.lus, report.acceptes, report.refuses[0].ligne) == (5, 4, 5)


def test_codes_of_medicines_are_read_or_refused_with_what_they_are(file):
    import_contracts(
        file(f"{REGISTER}\nA;1;Médicaments;33600000;fournitures;Labo;1;;01/01/2025;01/01/2025;31/12/2028\n")
    )
    report = stocks.import_items(
        file(
            "Marché;Code article;CIS;CIP13\nA;I1;;3400894382416\nA;I2;61436304.0;\nA;I3;;34009 309 15004\n"
            "A;I4;;3,40093E+12\nA;I5;;3091500\nA;I6;061436304;\n",
            "b.csv",
        )
    )
    found = {one.code: (one.cis, one.cip13, one.ucd13) for one in rows_of(ContractItem)}
    assert found == {
        "I1": (None, None, "3400894382416"),
        "I2": ("61436304", None, None),
        "I3": (None, "3400930915004", None),
    }
    assert [one.ligne for one in report.refuses] == [5, 6, 7]
