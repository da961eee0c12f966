"""Spend files: each line taken or refused with its reason, totals to the cent, once per content."""

from decimal import Decimal

import pytest
from sqlmodel import select

from models.contracts.suppliers import Supplier
from models.errors import BadInput
from models.spend.lines import SpendFile, SpendLine
from models.spend.reading import parse_mapping
from tasks.spend.importing import import_spend
from tasks.store import reading

HOUSE = "990000010"

MESSY = """Journal des mandats;;;;
Date de paiement;Fournisseur;Libellé;Montant TTC;Marché
03/02/2026;LABO EXEMPLE SAS;Perfuseurs;1 234,56 €;M-1
2026-02-28;Labo Exemple;Avoir sur cathéters;(34,56);
31/02/2026;Labo Exemple;Perfuseurs;10,00;
05/02/2026;;Perfuseurs;20,00;
05/02/2026;Labo Exemple;Perfuseurs;douze;
05/02/2126;Labo Exemple;Perfuseurs;5,00;
6 févr. 2026;Linge SARL;Location de linge plat;0,10;
"""


@pytest.fixture
def write(tmp_path):
    def written(text, name="depenses.csv"):
        path = tmp_path / name
        path.write_bytes(text.encode("cp1252"))
        return path

    return written


def lines():
    with reading() as session:
        return session.exec(select(SpendLine).order_by(SpendLine.line_number)).all()


def test_bad_lines_are_listed_with_number_and_reason_and_totals_reconcile(group, write):
    report = import_spend(write(MESSY), HOUSE, "auto", {})
    assert (report.lus, report.acceptes) == (7, 3)
    assert [one.ligne for one in report.refuses] == [5, 6, 7, 8]
    reasons = [one.motif for one in report.refuses]
    assert "« 31/02/2026 » n'est pas une date" in reasons[0]
    assert reasons[1] == "fournisseur absent"
    assert "« douze » n'est pas un nombre" in reasons[2]
    assert reasons[3] == "date impossible : 05/02/2126"
    assert report.total_accepte == Decimal("1200.10")  # 1234.56 - 34.56 + 0.10
    assert report.total_refuse == Decimal("35.00")  # 10 + 20 + 5, « douze » cannot be counted
    assert report.total_lu == Decimal("1235.10")


def test_lines_know_family_contract_and_one_key_per_supplier(group, write):
    import_spend(write(MESSY), HOUSE, "auto", {})
    first, credit, linen = lines()
    assert (first.family_code, credit.family_code, linen.family_code) == (
        "perfusion",
        "perfusion",
        "blanchisserie",
    )
    assert first.contract_number == "M-1"
    assert credit.amount == Decimal("-34.56")
    assert first.supplier_key == credit.supplier_key != linen.supplier_key


def test_same_content_under_another_name_changes_nothing_and_says_so(group, write):
    first = import_spend(write(MESSY), HOUSE, "auto", {})
    again = import_spend(write(MESSY, "copie.csv"), HOUSE, "auto", {})
    assert again.deja_importe
    assert "Contenu déjà importé" in again.remarques[0]
    assert (again.lus, again.acceptes, again.refuses) == (first.lus, first.acceptes, first.refuses)
    assert again.total_refuse == first.total_refuse
    assert len(lines()) == 3


def test_replacing_takes_the_content_again_with_another_reading(group, write):
    import_spend(write(MESSY), HOUSE, "auto", {})
    report = import_spend(write(MESSY), HOUSE, "imagerie", {}, replace=True)
    assert not report.deja_importe
    assert {one.family_code for one in lines()} == {"imagerie"}


def test_establishment_by_column_refuses_only_the_lines_it_does_not_know(group, write):
    head = "finess;date;montant;fournisseur\n"
    text = head + "990000010;2026-01-05;1;A\n26990002300012;2026-01-05;2;A\n9;2026-01-05;4;A\n"
    report = import_spend(write(text), "colonne", "perfusion", {})
    assert [one.establishment_siret for one in lines()] == ["26990001500018", "26990002300012"]
    assert report.refuses[0].motif == "établissement « 9 » inconnu"


def test_month_first_files_are_recognised(group, write):
    text = "date,amount,supplier\n9/30/2020,1,A\n9/02/2020,2,A\n"
    report = import_spend(write(text), HOUSE, "auto", {})
    assert [one.paid_on.isoformat() for one in lines()] == ["2020-09-30", "2020-09-02"]
    assert report.remarques[0].startswith("Les dates sont lues mois/jour/année")


def test_in_a_file_that_mixes_conventions_ambiguous_dates_are_refused(group, write):
    text = "date,amount,supplier\n9/30/2020,1,A\n30/09/2020,2,A\n02/03/2020,4,A\n04/04/2020,8,A\n"
    report = import_spend(write(text), HOUSE, "auto", {})
    assert [one.paid_on.isoformat() for one in lines()] == ["2020-09-30", "2020-09-30", "2020-04-04"]
    assert "date ambiguë : « 02/03/2020 »" in report.refuses[0].motif


def test_siren_gives_the_key_and_joins_the_name_met_before(group, write):
    import_spend(write("date;montant;fournisseur\n2026-01-05;1;Exemple Santé SA\n"), HOUSE, "auto", {})
    text = "date;montant;fournisseur;siret\n2026-01-06;1;EXEMPLE SANTE;26990001500018\n"
    import_spend(write(text, "b.csv"), HOUSE, "auto", {})
    assert len({one.supplier_key for one in lines()}) == 1
    with reading() as session:
        assert session.exec(select(Supplier)).one().siren == "269900015"


@pytest.mark.parametrize(
    ("house", "family", "options", "text", "said"),
    [
        ("26990001500019", "auto", [], MESSY, "Établissement « 26990001500019 » inconnu"),
        (HOUSE, "gaz", [], MESSY, "Famille « gaz » inconnue. Familles : alimentation"),
        (HOUSE, "auto", ["montant=Prix"], MESSY, "n'a pas de colonne « Prix ». Colonnes : "),
        (HOUSE, "auto", ["prix=Montant"], MESSY, "sens inconnu (possibles : date, montant, fournisseur"),
        (HOUSE, "auto", ["montant"], MESSY, "écrivez sens=nom de colonne"),
        (HOUSE, "auto", [], "quand;combien\n1;2\n", "n'a pas de colonne pour : date, montant, fournisseur"),
        (HOUSE, "auto", [], "", "est vide"),
    ],
)
def test_bad_requests_are_refused_and_nothing_is_written(group, write, house, family, options, text, said):
    with pytest.raises(BadInput) as refusal:
        import_spend(write(text), house, family, parse_mapping(options))
    assert said in str(refusal.value)
    with reading() as session:
        assert session.exec(select(SpendFile)).all() == []
        assert session.exec(select(Supplier)).all() == []


def test_unknown_establishment_in_an_empty_installation_says_what_to_do(home, write):
    with pytest.raises(BadInput, match="lancez d'abord « achats importer organisation »"):
        import_spend(write(MESSY), HOUSE, "auto", {})
