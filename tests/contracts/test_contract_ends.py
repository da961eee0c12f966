"""The end of a contract is counted once: the register, the files read, the renewal and the alert say the same day."""

from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import select

from models.contracts.register import Contract, ContractOption
from models.law.planning import alert_date
from models.law.timetable import PlannedProcedure
from models.process.procurement import Procurement
from tasks.award import registering
from tasks.award.results import LotResult, TenderResult
from tasks.contracts import renewal
from tasks.contracts.importing import import_contracts
from tasks.execution import facts
from tasks.preparation import launch
from tasks.runs import watch
from tasks.store import reading, transaction
from tests.purchase_play import load, open_purchase
from tests.watching import contracts_file, day

LOT = {"numero": 1, "libelle": "Perfuseurs", "estimation": "300000", "maximum": "300000"}
ENDS = [
    ("2028-02-29", 12, "2029-02-28"),  # February 2029 has no 29th: its last day
    ("2026-08-31", 18, "2028-02-29"),  # February 2028 has no 31st: its last day, a 29th
    ("2027-01-31", 1, "2027-02-28"),  # February 2027 has no 31st: its last day
    ("2027-01-01", 48, "2030-12-31"),  # the eve of 1 January 2031
]


def won() -> TenderResult:
    money = {"amount_ht": Decimal(1000), "score": Decimal(100)}
    who = {"tender": 1, "supplier": "Exemple SAS", "siret": "26990002300012"}
    return TenderResult(**who, **money, rank=1, marks={}, points={}, irregular="", is_winner=True)


def entered(starts_on: str, months: int, monkeypatch: pytest.MonkeyPatch) -> Contract:
    """Notify a purchase before its wished start and return its line of the register."""
    ref = open_purchase("300000", duration_months=months, starts_on=day(starts_on))
    lots = [LotResult(number=1, title="Perfuseurs", results=[won()])]
    monkeypatch.setattr(registering.results, "results", lambda *_: lots)
    with transaction() as session:
        procurement = session.get_one(Procurement, ref)
        launch.estimate_regime(session, procurement)
        procurement.strategy, procurement.notified_on = {"lots": [LOT]}, date(2026, 6, 1)
        (contract,) = registering.enter(session, procurement)
        session.flush()
        session.refresh(contract)
        session.expunge(contract)
    return contract


@pytest.mark.parametrize(("starts_on", "months", "ends_on"), ENDS)
def test_the_register_and_its_alert_end_on_the_day_of_the_law(group, monkeypatch, starts_on, months, ends_on):
    contract = entered(starts_on, months, monkeypatch)
    assert (contract.starts_on, contract.ends_on) == (day(starts_on), day(ends_on))
    assert contract.alert_on == alert_date(day(ends_on), PlannedProcedure.AO_OUVERT)


def test_the_purchase_that_follows_starts_the_day_after_the_last_one(group, monkeypatch):
    contract = entered("2028-02-29", 12, monkeypatch)
    assert load(renewal.open_for(contract.number).ref).starts_on == date(2029, 3, 1)


@pytest.mark.parametrize(("starts_on", "months", "ends_on"), ENDS)
def test_a_file_read_ends_on_the_same_day_as_the_register(group, tmp_path, starts_on, months, ends_on):
    import_contracts(
        contracts_file(tmp_path, f"M1;1;Perfuseurs;perfusion;Exemple SAS;1000;;{starts_on};;{months}")
    )
    with reading() as session:
        assert session.exec(select(Contract.ends_on)).one() == day(ends_on)


def renewals(folder, *lines: str) -> facts.FactReport:
    path = folder / "r.csv"
    path.write_text(
        "\n".join(["Marché;Date de début;Date limite;Durée (mois);Tacite", *lines]), encoding="utf-8"
    )
    return facts.import_options(path)


def test_a_renewal_by_silence_says_until_when(group, tmp_path):
    import_contracts(
        contracts_file(tmp_path, "M1;1;Perfuseurs;perfusion;Exemple SAS;1000;;2026-02-28;2029-02-27;36")
    )
    renewals(tmp_path, "M1;2028-02-29;2027-11-30;12;oui")
    found = watch.whole(day("2027-12-01"))
    (said,) = [one.action for one in found.expirations if "silence" in one.action]
    assert said == "délai passé : marché reconduit par le silence jusqu'au 28/02/2029"


@pytest.mark.parametrize("months", ["0", "601", "un an"])
def test_a_renewal_without_possible_length_is_refused_and_the_others_kept(group, tmp_path, months):
    report = renewals(tmp_path, f"M1;2028-02-29;2027-11-30;{months};oui", "M2;2028-02-29;2027-11-30;12;oui")
    assert (report.acceptes, len(report.refuses)) == (1, 1)
    assert "Durée" in report.refuses[0].motif
    with reading() as session:
        assert session.exec(select(ContractOption.contract_number)).all() == ["M2"]
