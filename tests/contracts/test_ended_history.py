"""Importing an old register: what ended long ago is history; the age is judged against the day of the watch."""

from datetime import timedelta

import pytest
from sqlmodel import select

from models.contracts.register import Contract
from models.process.procurement import Procurement
from models.risks.register import Risk
from tasks.contracts import renewal
from tasks.contracts.importing import import_contracts
from tasks.runs import watch
from tasks.store import reading
from tests.conftest import forget_settings
from tests.watching import contracts_file, day, sweep_days

OLD = "V1;1;Perfuseurs;perfusion;Exemple SAS;180000;;2016-05-15;2020-05-14;48"
OLD_LOT = "V1;2;Cathéters;perfusion;Autre SAS;90000;;2016-05-15;2020-05-14;48"
RECENT = "R1;1;Draps;;Exemple SAS;180000;;2022-05-15;2026-05-14;48"


@pytest.fixture
def register(group, tmp_path, monkeypatch):
    monkeypatch.setenv("ACHATS_HISTORY_DAYS", "365")
    forget_settings()

    def filled(*lines):
        return import_contracts(contracts_file(tmp_path, *lines))

    return filled


def opened():
    with reading() as session:
        return [one.objet for one in session.exec(select(Procurement).order_by(Procurement.ref))]


def classed(sweep):
    return [remark for remark in sweep.remarques if "historique" in remark]


def test_a_contract_ended_long_ago_opens_nothing_and_is_said_once(register):
    register(OLD, OLD_LOT, RECENT)
    first = watch.whole(day("2026-05-01"))
    assert [one.cle for one in first.expirations] == ["carence:R1:2026-05-14"]
    (said,) = classed(first)
    assert said.startswith("1 marché au registre, fini depuis plus de 365 jours")
    assert classed(watch.whole(day("2026-05-01"))) == classed(watch.whole(day("2026-05-02"))) == []
    assert opened() == ["Draps"]
    with reading() as session:
        assert [risk.key for risk in session.exec(select(Risk))] == ["carence:R1:2026-05-14"]


@pytest.mark.parametrize(("on", "is_told"), [("2021-05-14", True), ("2021-05-15", False)])
def test_the_age_is_counted_from_the_end_to_the_day_of_the_watch(register, on, is_told):
    register(OLD)  # 365 days after its end is not more than 365
    assert [one.cle for one in watch.whole(day(on)).expirations] == ["carence:V1:2020-05-14"] * is_told


def test_day_after_day_in_the_past_the_same_contract_is_alerted_at_its_date(register):
    register(OLD)
    with reading() as session:
        alert = session.exec(select(Contract.alert_on)).one()
    told, days = sweep_days(alert - timedelta(days=2), alert + timedelta(days=2))
    assert list(days.values()) == [alert]
    assert dict(told) == {"carence:V1:2020-05-14": 1}
    assert classed(watch.whole(day("2026-05-01"))) == []  # alerted in its time: it is never classed
    assert opened() == ["Perfuseurs"]


def test_a_person_can_still_open_its_renewal_once(register):
    register(OLD)
    watch.whole(day("2026-05-01"))
    made = renewal.open_for("V1")
    assert (made.is_new, renewal.open_for("V1").is_new) == (True, False)
    assert opened() == ["Perfuseurs"]


def test_importing_again_changes_nothing_and_a_corrected_end_is_watched_again(register):
    register(OLD)
    watch.whole(day("2026-05-01"))
    assert register(OLD).inchanges == 1
    assert watch.whole(day("2026-05-02")).expirations == []
    register(OLD.replace("2020-05-14", "2026-08-14"))
    assert [one.cle for one in watch.whole(day("2026-05-03")).expirations] == ["carence:V1:2026-08-14"]


def test_the_age_is_a_setting(register, monkeypatch):
    register(OLD)
    monkeypatch.setenv("ACHATS_HISTORY_DAYS", "4000")
    forget_settings()
    assert [one.cle for one in watch.whole(day("2026-05-01")).expirations] == ["carence:V1:2020-05-14"]
