"""The diagnostic: shares by hand, and which lines escape the contracts."""

from datetime import date
from decimal import Decimal

import pytest

from models.spend.diagnosis import Cover, Coverage, Line, breakdown, by_establishment, by_year, coverage

END = date(2025, 12, 31)
COVER = Cover("M-1", 1, "labo", None, date(2022, 1, 1), END)


def line(paid_on, amount="100", house="A", supplier="labo"):
    return Line(house, supplier, paid_on, Decimal(amount), None)


@pytest.mark.parametrize(
    ("paid_on", "expected"),
    [
        (date(2021, 12, 31), Coverage.NONE),  # before the contract
        (date(2022, 1, 1), Coverage.COVERED),
        (END, Coverage.COVERED),
        (date(2026, 2, 19), Coverage.COVERED),  # 50 days after the end: last day of a payment in time
        (date(2026, 2, 20), Coverage.AFTER_END),
    ],
)
def test_a_line_is_covered_from_the_start_to_the_last_payment_in_time(paid_on, expected):
    assert coverage(line(paid_on), [COVER])[0] is expected


def test_a_contract_of_one_member_does_not_cover_another():
    own = COVER._replace(establishment_siret="B")
    assert coverage(line(date(2024, 1, 1), house="A"), [own]) == (Coverage.NONE, None)
    assert coverage(line(date(2024, 1, 1), house="B"), [own]) == (Coverage.COVERED, own)


def test_a_contract_whose_end_is_unknown_covers():
    assert coverage(line(date(2030, 1, 1)), [COVER._replace(ends_on=None)])[0] is Coverage.COVERED


def test_parts_add_up_and_the_largest_comes_first():
    lines = [line(END, "30", supplier="a"), line(END, "60", supplier="b"), line(END, "10", supplier="a")]
    found = breakdown(lines, lambda one: one.supplier_key, {"a": "Alpha"})
    assert [(one.label, one.amount, one.lines, one.share) for one in found] == [
        ("b", Decimal(60), 1, Decimal("60.0")),
        ("Alpha", Decimal(40), 2, Decimal("40.0")),
    ]


def test_years_and_establishments():
    lines = [
        line(date(2024, 5, 1), "10"),
        line(date(2025, 5, 1), "30"),
        line(date(2025, 6, 1), "-10", house="B"),
    ]
    assert [(one.key, one.amount) for one in by_year(lines)] == [("2024", Decimal(10)), ("2025", Decimal(20))]
    first, second = by_establishment(lines, {"A": "Hôpital A"})
    assert (first.label, first.by_year) == ("Hôpital A", {2024: Decimal(10), 2025: Decimal(30)})
    assert second.by_year == {2024: Decimal(0), 2025: Decimal(-10)}
