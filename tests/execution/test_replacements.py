"""Which tender of a candidate is opened when it sent several (CCP art. R. 2151-6)."""

import pytest

from models.tendering.tenders import Deposited, replacements

A, B = "73282932000074", "40483304800022"


def sent(number, siret=A, lots=(1,), late=False):
    return Deposited(number=number, siret=siret, lots=list(lots), is_late=late)


@pytest.mark.parametrize(
    ("deposits", "expected"),
    [
        ([sent(1)], {}),
        ([sent(1), sent(2, B)], {}),
        ([sent(1), sent(2)], {1: {1: 2}}),
        ([sent(2), sent(1)], {1: {1: 2}}),
        ([sent(1), sent(2), sent(3)], {1: {1: 3}, 2: {1: 3}}),
        ([sent(1), sent(2, late=True)], {}),
        ([sent(1, lots=(1, 2)), sent(2, lots=(1,))], {1: {1: 2}}),
        ([sent(1, lots=(1, 2)), sent(2, lots=(1,)), sent(3, lots=(2,))], {1: {1: 2, 2: 3}}),
        ([sent(1, lots=(1,)), sent(2, lots=(2,))], {}),
    ],
)
def test_the_last_one_in_time_replaces_those_before_it_lot_by_lot(deposits, expected):
    assert replacements(deposits) == expected
