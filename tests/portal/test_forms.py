"""The forms of the pages: figures written as people read them, and read back as they were."""

from decimal import Decimal

import pytest

from models.process.forms import Strategy
from models.reading.values import parse_amount
from portal.frame.forms import checked, fields_of, nested


@pytest.mark.parametrize(
    ("kept", "shown"),
    [("45000.00", "45 000,00"), ("999.5", "999,5"), (Decimal("1234567.80"), "1 234 567,80")],
)
def test_an_amount_is_shown_with_its_thousands_apart_and_is_read_back(kept, shown):
    lot = {"numero": 1, "libelle": "Lot unique", "estimation": kept}
    table = next(one for one in fields_of(Strategy, {"lots": [lot]}, {}) if one.name == "lots")
    cell = next(one for one in table.rows[0] if one.name == "lots.0.estimation")
    assert cell.value.replace("\u202f", " ") == shown
    assert " " not in cell.value
    assert parse_amount(cell.value) == Decimal(kept)
    sent = nested([(one.name, one.value) for one in table.rows[0]])
    form, faults = checked(Strategy, sent)
    assert faults == {}
    assert form.lots[0].estimate_ht == Decimal(kept)


def test_what_is_not_an_amount_is_shown_as_it_was_typed():
    table = next(
        one for one in fields_of(Strategy, {"lots": [{"estimation": "1,5,0x"}]}, {}) if one.name == "lots"
    )
    assert [one.value for one in table.rows[0] if one.name.endswith("estimation")] == ["1,5,0x"]
    whole = next(
        one for one in fields_of(Strategy, {"delai_offres": "1234"}, {}) if one.name == "delai_offres"
    )
    assert whole.value == "1234"  # a count, which is read without spaces
