"""Contracts near their end: alerted once at the right day, renewed once, followed until their successor."""

import subprocess
import sys
from datetime import date

import pytest
from sqlmodel import col, select

from models.contracts.register import Contract
from models.process.procurement import Procurement
from models.risks.register import Level, Risk
from tasks.contracts import expiry, renewal
from tasks.contracts.importing import import_contracts
from tasks.process import procurements
from tasks.runs import watch
from tasks.settings import ROOT
from tasks.store import reading, transaction
from tests.watching import contracts_file, day, sweep_days

PERF = "P1;1;Perfuseurs;perfusion;Exemple SAS;180000;;2022-05-15;2026-05-14;48"
PERF_LOT_2 = "P1;2;Cathéters;perfusion;Autre SAS;90000;;2022-05-15;2026-05-14;48"
NEAR = "P2;1;Prolongateurs;perfusion;Exemple SAS;50000;;2022-06-15;2026-06-14;48"
WITHOUT_AMOUNT = "N1;1;Divers;;Exemple SAS;;;2022-05-15;2026-05-14;48"


@pytest.fixture
def register(group, tmp_path):
    def filled(*lines):
        return import_contracts(contracts_file(tmp_path, *lines))

    return filled


def alert_of(number):
    with reading() as session:
        return session.exec(select(Contract.alert_on).where(Contract.number == number)).first()


def procurements_opened():
    with reading() as session:
        return session.exec(select(Procurement).order_by(col(Procurement.ref))).all()


def test_nothing_the_day_before_then_one_alert_and_one_renewal(register):
    register(PERF, PERF_LOT_2)
    alert = alert_of("P1")
    assert watch.whole(date.fromordinal(alert.toordinal() - 1)).expirations == []
    (found,) = watch.whole(alert).expirations
    assert found.cle == "carence:P1:2026-05-14"
    assert (found.niveau, found.echeance) == (Level.AMBER, day("2026-05-14"))
    (opened,) = procurements_opened()
    assert opened.ref in found.action
    assert (opened.renews, opened.amount_ht, opened.starts_on) == ("P1:2026-05-14", 270000, day("2026-05-15"))
    again = watch.whole(alert)
    assert (again.expirations, again.relances) == ([], [])
    assert len(procurements_opened()) == 1


def test_the_renewal_opens_with_the_history_of_the_contract(register):
    register(PERF, PERF_LOT_2)
    ref = renewal.open_for("P1").ref
    past = renewal.history_of(ref).history
    assert [(lot.lot, lot.titulaires) for lot in past.lots] == [(1, ["Exemple SAS"]), (2, ["Autre SAS"])]
    assert past.fin == day("2026-05-14")


def test_two_contracts_of_a_family_that_end_together_are_proposed_as_one(register):
    register(PERF, NEAR)
    found = watch.whole(day("2026-03-01")).expirations
    assert len(found) == len(procurements_opened()) == 2
    proposal = next(one for one in found if "P2" in one.cle)
    assert "achat groupé proposé avec P1" in proposal.action


def test_a_contract_without_family_nor_amount_is_renewed_and_says_what_lacks(register):
    register(WITHOUT_AMOUNT)
    (found,) = watch.whole(day("2026-01-01")).expirations
    assert "famille à préciser" in found.action
    assert "montant inconnu" in found.action
    (opened,) = procurements_opened()
    assert opened.family_code == "a-classer"


def test_too_late_is_red_with_the_options_of_the_law_then_black_after_the_end(register):
    register(PERF)
    watch.whole(alert_of("P1"))
    with reading() as session:
        red_on = session.get_one(Risk, "carence:P1:2026-05-14").next_on
    assert watch.whole(date.fromordinal(red_on.toordinal() - 1)).relances == []
    (red,) = watch.whole(red_on).relances
    assert red.niveau is Level.RED
    assert "R. 2194-1" in red.action  # an amendment of ten per cent at most: 18 000 EUR
    assert "18\u202f000\u00a0€" in red.action
    (black,) = watch.whole(day("2026-05-15")).relances
    assert black.niveau is Level.BLACK
    assert "R. 2194-1" not in black.action  # a contract that has ended is not modified any more


def test_the_alert_is_closed_when_the_successor_is_notified(register):
    register(PERF)
    watch.whole(alert_of("P1"))
    with transaction() as session:
        session.exec(select(Procurement)).one().stage = "notified"
    watch.whole(day("2026-05-20"))
    with reading() as session:
        risk = session.get_one(Risk, "carence:P1:2026-05-14")
    assert risk.closed_at is not None
    assert risk.level is Level.GREEN


def test_two_buyers_with_the_same_number_are_two_contracts(register, tmp_path):
    path = tmp_path / "m.csv"
    path.write_text(
        "Numéro;Objet;Acheteur;Titulaire;Montant HT;Date de fin\n"
        "X1;Gants;990000010;A SAS;10000;2026-05-14\nX1;Draps;990000028;B SAS;20000;2026-05-14\n",
        encoding="utf-8",
    )
    import_contracts(path)
    found = watch.whole(day("2026-05-01")).expirations
    assert sorted(one.cle for one in found) == [
        "carence:X1:2026-05-14",
        "carence:X1@26990002300012:2026-05-14",
    ]
    assert {one.objet for one in procurements_opened()} == {"Gants", "Draps"}


def test_killed_between_the_opening_and_the_note_the_next_sweep_ends_the_work(register, monkeypatch):
    register(PERF)
    with monkeypatch.context() as killed:
        killed.setattr(renewal, "_attach", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            watch.whole(day("2026-01-01"))
    (found,) = watch.whole(day("2026-01-01")).expirations
    (opened,) = procurements_opened()
    assert opened.ref in found.action


def test_rung_for_once_then_opened_by_the_next_sweep_when_the_bell_was_lost(register, monkeypatch):
    rung = []
    monkeypatch.setattr("tasks.outgoing.events.contract_expiring", lambda key, _: rung.append(key))
    register(PERF)
    expiry.check(day("2026-01-01"), expiry.Opening(by_event=True))
    assert (rung, procurements_opened()) == (["P1:2026-05-14"], [])
    expiry.check(day("2026-01-02"), expiry.Opening(by_event=True))
    assert len(rung) == len(procurements_opened()) == 1


def test_a_renewal_that_cannot_open_is_said_and_does_not_stop_the_others(register, monkeypatch):
    register(PERF, WITHOUT_AMOUNT)
    real = procurements.open_procurement

    def refusing(request):
        if request.objet == "Divers":
            procurements._check(None, request.model_copy(update={"objet": ""}))
        return real(request)

    monkeypatch.setattr(procurements, "open_procurement", refusing)
    sweep = watch.whole(day("2026-01-01"))
    assert len(sweep.expirations) == 2
    assert [one.objet for one in procurements_opened()] == ["Perfuseurs"]
    assert any("N1" in remark for remark in sweep.remarques)


@pytest.mark.slow
def test_six_years_of_real_contracts_day_by_day_each_day_twice(group, shared):
    report = import_contracts(shared / "decp" / "marches_hospitaliers_2018_2019.json")
    told, days = sweep_days(day("2018-01-01"), day("2023-12-31"), times=2)
    with reading() as session:
        rows = session.exec(select(Contract).where(Contract.holder_rank == 1)).all()
    usable = [row for row in rows if row.alert_on]
    due = [row for row in usable if row.alert_on <= day("2023-12-31")]
    assert report.acceptes == len(rows)
    assert report.acceptes - report.sans_fin == len(usable)
    assert len(told) == len(due) == 191
    assert set(told.values()) == {1}
    for row in due:
        key = next(key for key in told if row.number in key and row.buyer_siret in key)
        assert days[key] == max(row.alert_on, day("2018-01-01"))
    assert {row.renewal_ref for row in due} == {one.ref for one in procurements_opened()}
    assert len({row.renewal_ref for row in due}) == 191


@pytest.mark.slow
def test_a_watch_killed_in_the_middle_leaves_no_double_and_loses_nothing(group, shared):
    import_contracts(shared / "decp" / "marches_hospitaliers_2018_2019.json")
    sweep = "watch.whole(date(2021, 6, 1))"
    code = f"from datetime import date; from tasks import watch; print('prêt', flush=True); {sweep}"
    for seconds in (0.2, 0.5, 0.9):
        child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT)
        child.stdout.readline()
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
        child.communicate()
    told = watch.whole(day("2021-06-01")).expirations
    with reading() as session:
        rows = session.exec(
            select(Contract).where(col(Contract.alert_on) <= day("2021-06-01"), Contract.holder_rank == 1)
        ).all()
        alerts = session.exec(select(Risk)).all()
    assert len(alerts) == len(rows) == len(procurements_opened())
    assert all(row.renewal_ref for row in rows)
    assert len({one.cle for one in told}) == len(told)
    assert all(risk.times_listed == 1 for risk in alerts)
