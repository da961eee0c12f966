"""Renewals provided by contracts, and several renewals decided as one."""

import pytest
from sqlmodel import select

from models.contracts.register import Contract
from models.errors import BadInput
from models.process.procurement import Procurement
from models.risks.register import Level
from tasks.contracts import grouping, renewal
from tasks.contracts.importing import import_contracts
from tasks.execution import facts
from tasks.runs import watch
from tasks.store import reading
from tests.signing_scene import PURCHASING
from tests.watching import contracts_file, day

PERF = "P1;1;Perfuseurs;perfusion;Exemple SAS;180000;;2022-05-15;2029-05-14;84"
NEAR = "P2;1;Prolongateurs;perfusion;Exemple SAS;50000;;2022-06-15;2029-06-14;84"
OTHER = "R1;1;Repas;alimentation;Cuisine SAS;50000;;2022-06-15;2029-06-14;84"


@pytest.fixture
def options(group, tmp_path):
    import_contracts(contracts_file(tmp_path, PERF, NEAR, OTHER))

    def imported(*lines):
        path = tmp_path / "r.csv"
        heading = "Marché;Date de début;Date limite;Tacite;Décision"
        path.write_text("\n".join([heading, *lines]) + "\n", encoding="utf-8")
        return facts.import_options(path)

    return imported


def told(on):
    return [(one.niveau, one.action) for one in watch.whole(day(on)).expirations]


def test_the_day_to_decide_is_told_sixty_days_before_with_what_silence_means(options):
    options("P1;2026-05-15;2026-03-15;oui;")
    assert told("2026-01-13") == []
    ((level, action),) = told("2026-01-14")
    assert level is Level.AMBER
    assert action == "décider et notifier au plus tard le 15/03/2026 : le silence reconduit"
    assert told("2026-01-15") == []


def test_where_silence_ends_the_contract_the_day_after_is_black(options):
    options("P1;2026-05-15;2026-03-15;non;")
    watch.whole(day("2026-03-01"))
    (black,) = watch.whole(day("2026-03-16")).relances
    assert black.niveau is Level.BLACK
    assert "prend fin le 14/05/2026" in black.action


def test_decided_nothing_is_said_and_impossible_dates_are_refused(options):
    report = options("P1;2026-05-15;2026-03-15;oui;Reconduit", "P2;2026-05-15;2026-06-15;oui;")
    assert (report.acceptes, len(report.refuses)) == (1, 1)
    assert told("2026-03-01") == []


def test_two_renewals_decided_as_one_leave_one_purchase_for_both_contracts(options):
    first, second = renewal.open_for("P1").ref, renewal.open_for("P2").ref
    assert grouping.group([first, second], PURCHASING) == first
    with reading() as session:
        kept, left = session.get_one(Procurement, first), session.get_one(Procurement, second)
        refs = {row.renewal_ref for row in session.exec(select(Contract).where(Contract.number != "R1"))}
    assert (kept.amount_ht, left.stage, refs) == (230000, "abandoned", {first})
    assert renewal.history_of(first).history.a_grouper_avec == ["P2:2029-06-14"]


def test_renewals_of_different_families_are_not_grouped(options):
    with pytest.raises(BadInput, match="une autre famille"):
        grouping.group([renewal.open_for("P1").ref, renewal.open_for("R1").ref], PURCHASING)
