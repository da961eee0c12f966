"""The whole watch on PostgreSQL: the same facts, the same levels, once."""

import pytest

from tasks.clock import at
from tasks.contracts.importing import import_contracts
from tasks.contracts.terms import due_terms
from tasks.execution import facts, shortages
from tasks.loading.file import load_organisation
from tasks.risks import board, escalation
from tasks.runs import watch
from tasks.settings import ROOT
from tasks.store import reading
from tests.watching import contracts_file, day

pytestmark = pytest.mark.postgres
PERF = "P1;1;Perfuseurs;perfusion;Exemple SAS;180000;200000;2022-05-15;2026-05-14;48"


def test_every_check_of_the_watch_runs_and_tells_once(postgres_home, tmp_path):
    load_organisation(ROOT / "examples" / "ght-demo.toml")
    import_contracts(contracts_file(tmp_path, PERF))
    orders, invoices, folder = tmp_path / "c.csv", tmp_path / "f.csv", tmp_path / "bdpm"
    orders.write_text(
        "Numéro;Marché;Famille;Date;Montant HT\nC1;P1;;2026-01-02;199999\nC2;;perfusion;2026-01-02;50000\n",
        encoding="utf-8",
    )
    invoices.write_text(
        "Numéro;Fournisseur;Date de réception;Montant TTC\nF1;E;05/01/2026;10\n", encoding="utf-8"
    )
    assert facts.import_orders(orders).acceptes == 2
    assert facts.import_invoices(invoices).acceptes == 1
    folder.mkdir()
    (folder / "CIS_CIP_Dispo_Spec.txt").write_text("61436304\t\t1\tRupture de stock\t\t\t\t\n", "cp1252")
    stocks = tmp_path / "s.csv"
    stocks.write_text("Article;Stock;Consommation\n61436304;30;10\n", encoding="utf-8")
    assert len(shortages.report(folder, stocks, day("2026-03-26")).ruptures) == 1
    with reading() as session:
        assert [term.key for term in due_terms(session, day("2026-03-26"))] == ["P1:2026-05-14"]
    sweep = watch.whole(day("2026-03-26"))
    found = [len(getattr(sweep, name)) for name in ("expirations", "ruptures", "paiements", "consommations")]
    assert found == [1, 1, 1, 2]
    again = watch.whole(day("2026-03-26"))
    assert not any((again.expirations, again.ruptures, again.paiements, again.consommations))
    assert board.board().total == 5
    assert escalation.climb(at(day("2026-03-26"))).messages == 0
