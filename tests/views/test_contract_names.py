"""A contract is one model for its page and for `achats marche voir --json`, whose French names other tools read."""

from decimal import Decimal

import pytest

from tasks import clock
from tasks.contracts.importing import import_contracts
from tasks.views.contract import sheet
from tests.signing_scene import load

CONTRACTS = """Numéro;Lot;Objet;Famille;Titulaire;Montant HT;Maximum HT;Date de notification;Durée (mois)
2025-GANTS;1;Gants;perfusion;Gantex SAS;60 000,00;80 000,00;02/06/2025;36
"""


@pytest.fixture
def contract(home, tmp_path):
    load()
    file = tmp_path / "marches.csv"
    file.write_text(CONTRACTS, encoding="utf-8")
    import_contracts(file)
    return sheet("2025-GANTS", clock.today()).model_dump(mode="json", by_alias=True)


def test_a_contract_is_read_by_its_french_names(contract):
    assert list(contract) == [
        "cle", "numero", "acheteur", "objet", "notifie_le", "fin", "alerte_le", "renouvellement", "classe_le",
        "lots", "avenants",
    ]  # fmt: skip
    assert (contract["numero"], contract["fin"], contract["avenants"]) == ("2025-GANTS", "2028-06-01", [])


def test_a_lot_keeps_its_french_names_and_its_amounts_are_text(contract):
    (lot,) = contract["lots"]
    assert list(lot) == [
        "lot", "objet", "titulaires", "montant_initial_ht", "montant_ht", "maximum_initial_ht", "maximum_ht",
        "fin_initiale", "fin", "commande_ht",
    ]  # fmt: skip
    assert lot["titulaires"] == ["Gantex SAS"]
    assert isinstance(lot["montant_ht"], str)
    assert (Decimal(lot["montant_ht"]), Decimal(lot["maximum_ht"])) == (60000, 80000)
    assert lot["commande_ht"] == "0.00"
