"""The register of contracts: what is corrected, what is refused, and that importing twice changes nothing."""

import json
from datetime import date
from decimal import Decimal

import pytest
import xlsxwriter
from sqlmodel import select

from models.contracts.register import Contract
from models.errors import BadInput
from tasks.contracts.importing import import_contracts
from tasks.store import reading, transaction

SUPPORT = "26990001500018"

HEADINGS = (
    "Numéro;Lot;Objet;Famille;CPV;Acheteur;Titulaire;SIRET titulaire;Montant HT;Maximum HT;Notification"
)
CSV = f"""{HEADINGS};Durée (mois)
2022-PERF;1;Perfuseurs;perfusion;33194000-6;990000010;Exemple Médical SAS;;180 000,00;240000;15/05/2022;48
2022-PERF;2;Cathéters;;33141200;;Autre Labo;;90000;;15/05/2022;48
;1;Sans numéro;;;;X;;1;;;
"""


@pytest.fixture
def write(tmp_path):
    def written(content, name="marches.csv"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return written


def rows():
    with reading() as session:
        return session.exec(
            select(Contract).order_by(Contract.number, Contract.lot, Contract.holder_rank)
        ).all()


def decp(**changes):
    record = {
        "id": "2018AB",
        "acheteur": {"id": SUPPORT, "nom": "CH"},
        "objet": "Fourniture de perfuseurs",
        "codeCPV": "33194000",
        "procedure": "Appel d'offres ouvert",
        "dureeMois": 48,
        "montant": 380000,
        "dateNotification": "2018-05-15",
        "datePublicationDonnees": "2018-06-01",
        "titulaires": [
            {"typeIdentifiant": "SIRET", "id": "26990002300012", "denominationSociale": "Exemple"}
        ],
    }
    return {"marches": [record | changes]}


def test_csv_with_french_headings(group, write):
    report = import_contracts(write(CSV))
    assert (report.format, report.lus, report.acceptes) == ("csv", 3, 2)
    assert (report.refuses[0].ligne, report.refuses[0].motif) == (4, "numéro absent")
    first, second = rows()
    assert first.ends_on == date(2026, 5, 14)  # from date to date: the eve of the same day, 48 months later
    assert (first.amount_ht, first.maximum_ht) == (Decimal("180000.00"), Decimal("240000.00"))
    assert first.buyer_siret == second.buyer_siret == SUPPORT
    assert second.family_code == "perfusion"  # by its CPV
    assert first.nature == "fournitures"
    assert report.total_lu == Decimal(270001)
    assert report.total_accepte == Decimal(270000)
    assert report.total_refuse == Decimal(1)


def test_alert_comes_before_the_end_by_the_time_a_renewal_takes(group, write):
    import_contracts(write(CSV))
    first, second = rows()
    assert (
        first.alert_on == second.alert_on
    )  # one need, one procedure: 240 000 + 90 000 is above the threshold
    assert first.alert_on < date(2025, 10, 1)


def test_importing_twice_changes_nothing_and_keeps_what_the_application_wrote(group, write):
    import_contracts(write(CSV))
    with transaction() as session:
        for row in session.exec(select(Contract)):
            row.renewal_ref = "2026-001"
            session.add(row)
    report = import_contracts(write(CSV, "copie.csv"))
    assert (report.ajoutes, report.modifies, report.inchanges) == (0, 0, 2)
    changed = import_contracts(write(CSV.replace("180 000,00", "190 000,00")))
    assert (changed.ajoutes, changed.modifies, changed.inchanges) == (0, 1, 1)
    assert {row.renewal_ref for row in rows()} == {"2026-001"}
    assert rows()[0].amount_ht == Decimal(190000)


def test_workbook_gives_the_same_register(group, write, tmp_path):
    path = tmp_path / "marches.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    for line, text in enumerate(CSV.splitlines()):
        sheet.write_row(line, 0, text.split(";"))
    book.close()
    report = import_contracts(path, "xlsx")
    assert (report.format, report.acceptes, len(report.refuses)) == ("xlsx", 2, 1)


@pytest.mark.parametrize(
    ("changes", "correction", "field", "value"),
    [
        ({"montant": 0}, "montant 0 impossible : laissé vide", "amount_ht", None),
        ({"montant": "-5"}, "montant -5 impossible", "amount_ht", None),
        ({"montant": "voir BPU"}, "montant « voir BPU » illisible", "amount_ht", None),
        ({"codeCPV": "9310000"}, "CPV « 9310000 » incorrect", "cpv", ""),
        ({"dateNotification": "0218-05-15"}, "corrigée en 15/05/2018", "ends_on", date(2022, 5, 14)),
        ({"dateNotification": "0007-01-01"}, "impossible : laissée vide", "ends_on", None),
        ({"dateNotification": "2018-05-15+02:00"}, "lue 15/05/2018", "ends_on", date(2022, 5, 14)),
        ({"dateNotification": "mai 2018"}, "illisible : laissée vide", "notified_on", None),
        ({"dureeMois": 0}, "durée « 0 » impossible", "ends_on", None),
        (
            {"objet": "March\ufffd de m\ufffddicaments"},
            "accents perdus rétablis",
            "objet",
            "Marché de médicaments",
        ),
        ({"objet": "Z\ufffdg"}, "« ? » : lettre perdue", "objet", "Z?g"),
        ({"acheteur": {"id": "26990001500019"}}, "clé de contrôle fausse", "buyer_siret", "26990001500019"),
        (
            {"titulaires": [{"id": "12345678901234", "denominationSociale": "Exemple"}]},
            "identifiant de titulaire « 12345678901234 » incorrect",
            "holder_siret",
            None,
        ),
        (
            {"titulaires": [{"id": "FR66269900023", "denominationSociale": "Exemple"}]},
            "SIREN tiré de « FR66269900023 »",
            "holder_key",
            "269900023",
        ),
    ],
)
def test_nonsense_is_corrected_and_said(group, write, changes, correction, field, value):
    report = import_contracts(write(decp(**changes), "decp.json"))
    assert report.acceptes == 1
    assert correction in " ; ".join(report.corriges[0].corrections)
    assert getattr(rows()[0], field) == value
    assert correction in rows()[0].remarks
    assert report.total_lu == report.total_accepte + report.total_refuse + report.total_ecarte


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": ""}, "numéro absent"),
        ({"objet": " "}, "objet absent"),
        ({"acheteur": {"id": "inconnu"}}, "ni un SIRET, ni un établissement du groupement"),
        ({"titulaires": []}, "titulaire absent"),
    ],
)
def test_what_cannot_be_identified_is_refused(group, write, changes, reason):
    report = import_contracts(write(decp(**changes), "decp.json"))
    assert report.acceptes == 0
    assert reason in report.refuses[0].motif
    assert rows() == []


def test_version_2_with_its_last_modification(group, write):
    change = {"id": 1, "dureeMois": 60, "montant": 400000, "dateNotificationModification": "2020-01-01"}
    holder = {"titulaire": {"id": "26990002300012", "typeIdentifiant": "SIRET"}}
    record = decp()["marches"][0] | {"titulaires": [holder], "modifications": [{"modification": change}]}
    import_contracts(write({"marches": {"marche": [record]}}, "decp.json"))
    (row,) = rows()
    assert row.ends_on == date(2023, 5, 14)
    assert row.amount_ht == Decimal(400000)
    assert row.holder == "SIRET 26990002300012"


def test_a_contract_with_two_holders_counts_its_amount_once(group, write):
    holders = [
        {"id": "26990002300012", "denominationSociale": "A"},
        {"id": "26990003100015", "denominationSociale": "B"},
    ]
    report = import_contracts(write(decp(titulaires=holders), "decp.json"))
    assert [(row.holder, row.holder_rank, row.amount_ht) for row in rows()] == [
        ("A", 1, Decimal(380000)),
        ("B", 2, None),
    ]
    assert report.total_accepte == Decimal(380000)


def test_a_contract_given_twice_in_a_file_is_refused_the_second_time(group, write):
    one = decp()["marches"][0]
    report = import_contracts(write({"marches": [one, one, one | {"montant": 1}]}, "decp.json"))
    assert [line.motif for line in report.refuses] == [
        "doublon du contrat 2018AB (rang 1)",
        "numéro 2018AB, lot 1 déjà donné (rang 1) avec un autre contenu",
    ]


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        ("", None, "est vide"),
        ('{"marches": [', None, "n'est pas du JSON complet (ligne 1)"),
        ('{"autre": []}', None, "ne contient aucun marché"),
        ("Objet;Titulaire\nx;y\n", None, "n'a pas de colonne : numero"),
        (CSV, "xlsx", "est au format csv, pas xlsx"),
        (CSV, "pdf", "--format « pdf » inconnu"),
    ],
)
def test_unreadable_files_are_refused(group, write, content, kind, said):
    with pytest.raises(BadInput) as refusal:
        import_contracts(write(content), kind)
    assert said in str(refusal.value)
    assert rows() == []


def test_the_300_real_contracts(shared, group):
    path = shared / "decp" / "marches_hospitaliers_2018_2019.json"
    report = import_contracts(path)
    raw = json.loads(path.read_text(encoding="utf-8"))["marches"]
    assert (report.lus, report.acceptes, len(report.refuses)) == (300, 299, 1)
    assert report.refuses[0].motif.startswith("doublon du contrat 2018zqedEA-k8_00")
    lost_accents = {rank for rank, one in enumerate(raw, 1) if "\ufffd" in one["objet"]} - {214}
    assert lost_accents <= {one.ligne for one in report.corriges}
    assert all("\ufffd" not in row.objet + row.holder for row in rows())
    dated = [one for rank, one in enumerate(raw, 1) if one.get("dateNotification") and rank != 214]
    assert report.sans_fin == 299 - len(dated)
    assert report.total_lu == sum(Decimal(str(one["montant"])) for one in raw)
    assert report.total_lu == report.total_accepte + report.total_refuse + report.total_ecarte
    again = import_contracts(path)
    assert (again.ajoutes, again.modifies, again.inchanges) == (0, 0, 299)
    assert again.corriges == report.corriges


@pytest.mark.parametrize("name", ["marches_avec_modifications", "marches_concessions", "concessions"])
def test_official_examples_are_taken_with_their_faults_said(shared, group, name):
    report = import_contracts(shared / "decp" / f"{name}.json")
    assert report.lus == report.acceptes > 0
    assert report.refuses == []
