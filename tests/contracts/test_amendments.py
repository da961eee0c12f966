"""Amendments: kept once, applied to the register, judged by the law with their cumulated share; by hand."""

import json
from decimal import Decimal

import pytest
from sqlmodel import select

from models.contracts.register import Contract
from models.errors import NotAllowed
from models.process.procurement import Procurement
from models.risks.register import Level, Risk
from tasks.contracts.importing import import_contracts
from tasks.execution import consumption
from tasks.execution.amendment_file import import_amendments
from tasks.runs import watch
from tasks.store import reading
from tasks.views.contract import sheet
from tests.watching import contracts_file, day

PERF = "P1;1;Perfuseurs;perfusion;Exemple SAS;180000;;2022-05-15;2026-05-14;48"
FRAMEWORK = "P2;1;Cathéters;perfusion;Exemple SAS;;200000;2022-05-15;2026-05-14;48"
HEADINGS = "Marché;Avenant;Date;Fondement;Montant HT;Nouvelle fin;Objet"


@pytest.fixture
def register(group, tmp_path):
    contracts = contracts_file(tmp_path, PERF, FRAMEWORK)
    import_contracts(contracts)

    def amended(*lines):
        path = tmp_path / "avenants.csv"
        path.write_text("\n".join([HEADINGS, *lines]) + "\n", encoding="utf-8")
        return import_amendments(path)

    amended.again = lambda: import_contracts(contracts)
    return amended


def contract(number):
    with reading() as session:
        return session.exec(select(Contract).where(Contract.number == number)).one()


def judged(number, on="2026-05-01"):
    return [(one.numero, one.part_cumulee, one.permis) for one in sheet(number, day(on)).amendments]


def risk(prefix):
    with reading() as session:
        rows = session.exec(select(Risk).where(Risk.closed_at.is_(None)).order_by(Risk.key)).all()
    return [one for one in rows if one.key.startswith(prefix)]


def test_an_amendment_changes_the_amount_the_end_and_the_alert_and_twice_changes_nothing(register):
    before = contract("P1")
    line = "P1;1;2023-01-10;R. 2194-8;10000;2026-11-14;Six mois de plus"
    assert register(line).ajoutes == 1
    after = contract("P1")
    assert (after.amount_ht, after.ends_on) == (Decimal(190000), day("2026-11-14"))
    assert (after.initial_ht, after.initial_ends_on) == (Decimal(180000), day("2026-05-14"))
    assert after.alert_on > before.alert_on
    again = register(line)
    assert (again.ajoutes, again.modifies, again.inchanges) == (0, 0, 1)
    assert contract("P1") == after
    assert register.again().inchanges == 2  # the file of contracts says what it said: the amendment stays
    assert contract("P1") == after


def test_small_amendments_add_up_and_stay_under_ten_per_cent(register):
    register(
        "P1;1;2023-01-10;R. 2194-8;10000;;",  # 10 000 ÷ 180 000
        "P1;2;2024-01-10;faible montant;7999,99;;",  # 17 999.99: just under 18 000
        "P1;3;2024-06-10;R. 2194-8;0,01;;",  # 18 000: the share is reached, it had to stay under
    )
    assert judged("P1") == [
        (1, Decimal("5.56"), True),
        (2, Decimal("10.00"), True),
        (3, Decimal("10.00"), False),
    ]
    assert judged("P1", "2024-01-09") == [(1, Decimal("5.56"), True)]  # what had not come is not counted


def test_each_ground_has_its_own_limit(register):
    register(
        "P1;1;2023-01-10;R. 2194-8;17000;;",
        "P1;2;2023-02-10;R. 2194-2;90000;;",  # half of 180 000: allowed, and apart from the small ones
        "P1;3;2023-03-10;R. 2194-5;90000,01;;",
        "P1;4;2023-04-10;R. 2194-1;500000;;",  # a review clause has no ceiling
        "P1;5;2023-05-10;;1000;;",  # the ground is not said
    )
    assert [permis for _, _, permis in judged("P1")] == [True, True, False, True, None]


def test_a_lower_price_counts_as_lower(register):
    register("P1;1;2023-01-10;R. 2194-8;-20000;;")
    assert contract("P1").amount_ht == Decimal(160000)
    assert judged("P1") == [(1, Decimal("-11.11"), False)]  # a drop beyond ten per cent is one too


def test_a_contract_that_has_ended_is_not_modified_any_more(register):
    register("P1;1;2026-05-14;R. 2194-1;;2026-08-14;")
    assert [permis for _, _, permis in judged("P1", "2026-06-01")] == [None]
    register("P1;2;2026-08-15;R. 2194-1;;2026-12-14;")
    assert [permis for _, _, permis in judged("P1", "2026-09-01")] == [None, False]


def test_orders_are_counted_against_the_maximum_after_amendment(register):
    with pytest.raises(NotAllowed):
        consumption.check_order("P2", 1, Decimal(215000), day("2026-01-05"))
    register("P2;1;2023-01-10;R. 2194-8;19000;;")
    assert contract("P2").maximum_ht == Decimal(219000)
    consumption.check_order("P2", 1, Decimal(215000), day("2026-01-05"))


def test_the_watch_says_an_amendment_beyond_the_law_once(register):
    register("P1;1;2023-01-10;R. 2194-8;18000;;")
    assert watch.whole(day("2023-01-09")).consommations == []
    (found,) = watch.whole(day("2023-01-10")).consommations
    assert (found.cle, found.niveau) == ("avenant:P1/1", Level.RED)
    assert "10" in found.objet
    assert watch.whole(day("2023-01-11")).consommations == []
    register("P1;1;2023-01-10;R. 2194-1;18000;;")  # the ground was wrong: a review clause provided for it
    watch.whole(day("2023-01-12"))
    assert risk("avenant:") == []


def test_an_end_put_off_after_the_alert_moves_the_alert_and_keeps_the_renewal(register):
    watch.whole(day("2026-03-01"))
    assert [one.key for one in risk("carence:P1")] == ["carence:P1:2026-05-14"]
    register("P1;1;2026-04-10;R. 2194-1;;2027-02-14;Clause de prolongation")
    sweep = watch.whole(day("2026-04-11"))
    (moved,) = risk("carence:P1")
    assert (moved.key, moved.due_on) == ("carence:P1:2027-02-14", day("2027-02-14"))
    assert "carence:P1:2026-05-14" in [one.cle for one in sweep.relances]
    with reading() as session:
        (renewal,) = session.exec(select(Procurement).where(Procurement.objet == "Perfuseurs")).all()
    assert (renewal.ref, renewal.starts_on) == (moved.ref, day("2027-02-15"))
    for on in ("2026-04-12", "2026-05-20", "2027-02-20"):
        watch.whole(day(on))
    assert [one.level for one in risk("carence:P1")] == [Level.BLACK]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Z9;1;2023-01-10;;;;", "absent du registre"),
        ("P1;un;2023-01-10;;;;", "n'est pas un nombre entier"),
        ("P1;1;2031-01-10;;;;", "dans l'avenir"),
        ("P1;1;2023-01-10;R. 2194-44;;;", "Fondement"),
        ("P1;1;;;;;", "Date"),
    ],
)
def test_a_line_that_cannot_be_told_is_refused_with_its_reason(register, line, reason):
    report = register(line, "P1;2;2023-01-10;;1000;;")
    assert (report.acceptes, report.ajoutes) == (1, 1)
    assert reason in report.refuses[0].motif
    assert report.refuses[0].ligne == 2


def test_the_modifications_of_essential_data_are_amendments(group, tmp_path):
    change = {"id": 1, "dureeMois": 60, "montant": 400000, "dateNotificationModification": "2020-01-01"}
    later = {"id": 2, "montant": 390000, "dateNotificationModification": "2021-01-01"}
    record = {
        "id": "2018AB", "acheteur": {"id": "26990001500018"}, "objet": "Perfuseurs", "codeCPV": "33194000",
        "dureeMois": 48, "montant": 380000, "dateNotification": "2018-05-15",
        "titulaires": [{"titulaire": {"id": "26990002300012", "typeIdentifiant": "SIRET"}}],
        "modifications": [{"modification": later}, {"modification": change}],
    }  # fmt: skip
    path = tmp_path / "decp.json"
    path.write_text(json.dumps({"marches": {"marche": [record]}}), encoding="utf-8")
    assert import_contracts(path).avenants == 2
    found = sheet("2018AB", day("2022-01-01"))
    (lot,) = found.lots
    assert (lot.signed_ht, lot.amount_ht) == (Decimal(380000), Decimal(390000))
    assert (lot.signed_end, lot.ends_on) == (day("2022-05-14"), day("2023-05-14"))
    assert [(one.montant_ht, one.part_cumulee) for one in found.amendments] == [
        (Decimal(20000), Decimal("5.26")),
        (Decimal(-10000), Decimal("2.63")),
    ]
    again = import_contracts(path)
    assert (again.inchanges, again.modifies, again.avenants) == (1, 0, 0)
    record["modifications"].append({"modification": later | {"id": 3, "montant": 395000,
                                    "dateNotificationModification": "2021-06-01"}})  # fmt: skip
    path.write_text(json.dumps({"marches": {"marche": [record]}}), encoding="utf-8")
    more = import_contracts(path)
    assert (more.inchanges, more.modifies, more.avenants) == (0, 1, 1)
    assert contract("2018AB").amount_ht == Decimal(395000)
