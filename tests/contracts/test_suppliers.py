"""One key per real supplier; a doubt keeps two names apart."""

import pytest

from models.contracts.suppliers import core_name
from tasks.contracts.suppliers import Named, SupplierRegister


def keys(*names):
    found = SupplierRegister().keys([Named(name) for name in names])
    return [found[Named(name)] for name in names]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("BAXTER SAS", "Baxter S.A.S."),
        ("KINGS COLLEGE LONDON:03529700", "Kings College London"),
        ("HA70362 NHS LITIGATION AUTHORITY", "NHS Litigation Authority"),
        ("Blanchisserie Interhospitaliere du Val", "BLANCHISERIE INTERHOSPITALIERE DU VAL"),
        ("Société Exemple (ex-Modèle)", "EXEMPLE"),
        ("CHU Exempleville", "Centre Hospitalier Universitaire d'Exempleville"),
        ("NHS SUPPLY CHAIN", "NHS SUPPLY CHAIN MAIDSTONE"),
    ],
)
def test_spellings_of_one_supplier_have_one_key(one, other):
    first, second = keys(one, other)
    assert first == second


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("University of Bristol", "University Hospital Bristol"),
        ("EAST MIDLANDS AMBULANCE SERVICE", "WEST MIDLANDS AMBULANCE SERVICE"),
        ("Archwood Medical Practice", "Birchwood Medical Practice"),
        ("Centre hospitalier de Riom", "Centre hospitalier de Royan"),
        ("Exemple 1", "Exemple 2"),
    ],
)
def test_different_suppliers_stay_apart(one, other):
    first, second = keys(one, other)
    assert first != second


def test_two_siren_are_two_suppliers_even_with_one_name():
    names = [Named("Exemple", "269900015"), Named("Exemple", "269900023")]
    assert len(set(SupplierRegister().keys(names).values())) == 2


def test_keys_do_not_depend_on_the_order_of_lines():
    names = [
        Named(name) for name in ("NHS SUPPLY CHAIN MAIDSTONE", "NHS SUPPLY CHAIN", "NHS SUPPLY CHAIN LEEDS")
    ]
    assert SupplierRegister().keys(names) == SupplierRegister().keys(reversed(names))


def test_name_made_of_noise_is_kept():
    assert core_name("The Limited Company") == "the limited company"
    assert core_name("12345678") == "12345678"
