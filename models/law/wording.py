"""Amounts and days as French sentences write them."""

from datetime import date
from decimal import Decimal

NARROW_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"


def euros(amount: Decimal) -> str:
    r"""Return an amount in EUR, cents left out when there are none.

    >>> euros(Decimal("1234567.5")), euros(Decimal(90000))
    ('1\u202f234\u202f567,50\xa0€', '90\u202f000\xa0€')
    """
    return grouped(f"{amount:,.{_decimals(amount)}f}") + f"{NO_BREAK_SPACE}€"


def percent(share: Decimal) -> str:
    r"""Return a percentage with at most two decimals.

    >>> percent(Decimal("12.50")), percent(Decimal(10))
    ('12,5\xa0%', '10\xa0%')
    """
    return f"{number(share)}{NO_BREAK_SPACE}%"


def number(value: Decimal) -> str:
    r"""Return a number with at most two decimals, no useless zero.

    >>> number(Decimal("60000.00")), number(Decimal("1.50"))
    ('60\u202f000', '1,5')
    """
    return grouped(f"{value:,.2f}".rstrip("0").rstrip("."))


def french_day(day: date) -> str:
    """Return a day as jj/mm/aaaa."""
    return f"{day:%d/%m/%Y}"


def _decimals(amount: Decimal) -> int:
    return 0 if amount == amount.to_integral_value() else 2


def grouped(text: str) -> str:
    """Return a number written `1,234.50` with French signs: narrow spaces between thousands, a comma."""
    return text.replace(",", NARROW_SPACE).replace(".", ",")
