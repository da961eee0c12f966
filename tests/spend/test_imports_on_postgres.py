"""The same imports on a real PostgreSQL: same totals, same idempotence."""

from decimal import Decimal

import pytest

from tasks.clock import today
from tasks.contracts.importing import import_contracts
from tasks.loading.file import load_organisation
from tasks.rehearsal.data import write_rehearsal_files
from tasks.settings import ROOT
from tasks.spend.diagnosis import diagnose
from tasks.spend.importing import import_spend


@pytest.mark.postgres
def test_organisation_spend_contracts_and_diagnostic(postgres_home, tmp_path):
    for _ in range(2):
        report = load_organisation(ROOT / "examples" / "ght-demo.toml")
    assert all(count.modifies == count.ajoutes == 0 for count in report.tables.values())
    files = write_rehearsal_files(tmp_path, today())
    assert import_contracts(files.contracts).ajoutes == 10
    assert import_contracts(files.contracts).inchanges == 10
    spend = import_spend(files.spend, "colonne", "auto", {})
    assert import_spend(files.spend, "colonne", "auto", {}).deja_importe
    assert spend.total_lu == spend.total_accepte + spend.total_refuse
    found = diagnose("perfusion", today())
    assert found.supplier_count == 5
    assert found.total > Decimal(500_000)
