"""The shared diagnostic of a family: who spends what, with whom, and what escapes the contracts. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from pydantic import BaseModel

from models.columns import Euros
from models.law.dated import NoValueYet, days

TOP = 15
ZERO = Decimal("0.00")


class Coverage(StrEnum):
    """How a spend line stands to the contracts; the value is what people read."""

    COVERED = "sous marché"
    AFTER_END = "après la fin du marché"
    NONE = "sans marché"


class Line(NamedTuple):
    """One spend line of the family."""

    establishment_siret: str
    supplier_key: str
    paid_on: date
    amount: Decimal
    contract_number: str | None


class Cover(NamedTuple):
    """What a contract covers: the supplier, the days, and the establishment, or all of them when None."""

    number: str
    lot: int
    holder_key: str
    establishment_siret: str | None
    starts_on: date | None
    ends_on: date | None


class Breakdown(BaseModel):
    """A part of the spend: its amount in EUR, its lines, its share of the whole in percent (one decimal)."""

    key: str
    label: str
    amount: Euros
    lines: int
    share: Decimal


class YearlyBreakdown(Breakdown):
    """The spend of one establishment, with its amount for each year of the diagnostic."""

    by_year: dict[int, Euros]


class OutsideSupplier(Breakdown):
    """Spend with one supplier outside contract, and why it is outside."""

    reason: Coverage


class ContractLine(BaseModel):
    """A contract of the family and how far it is from its end."""

    number: str
    lot: int
    objet: str
    holder: str
    buyer: str
    amount_ht: Euros | None
    maximum_ht: Euros | None
    notified_on: date | None
    ends_on: date | None
    days_left: int | None
    spent: Euros

    @property
    def state(self) -> str:
        """Return where the contract stands, in French."""
        if self.days_left is None:
            return "fin inconnue"
        return "échu" if self.days_left < 0 else "en cours"


class Diagnostic(BaseModel):
    """The diagnostic of a family on a day; amounts as the files gave them, EUR."""

    family: str
    label: str
    on: date
    first_paid_on: date | None
    last_paid_on: date | None
    total: Euros
    lines: int
    supplier_count: int
    establishments: list[YearlyBreakdown]
    suppliers: list[Breakdown]
    years: list[Breakdown]
    outside: Breakdown
    outside_suppliers: list[OutsideSupplier]
    contracts: list[ContractLine]
    unclassified_lines: int


class Names(NamedTuple):
    """The names of establishments by SIRET and of suppliers by key."""

    establishments: dict[str, str]
    suppliers: dict[str, str]


def share_of(part: Decimal, whole: Decimal) -> Decimal:
    """Return a share in percent, one decimal, rounded half-up; zero when there is no whole.

    >>> share_of(Decimal(1), Decimal(3)), share_of(Decimal(1), Decimal(0))
    (Decimal('33.3'), Decimal('0.0'))
    """
    if whole <= 0:
        return Decimal("0.0")
    return (100 * part / whole).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def total_of(lines: Iterable[Line]) -> Decimal:
    """Return the sum of spend lines, EUR."""
    return sum((line.amount for line in lines), ZERO)


def breakdown(
    lines: Sequence[Line], key: Callable[[Line], str], names: dict[str, str], whole: Decimal | None = None
) -> list[Breakdown]:
    """Return the spend by a key, the largest first; shares are of the whole given, else of these lines."""
    groups: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        groups[key(line)].append(line)
    whole = total_of(lines) if whole is None else whole
    parts = [part(group, found, names.get(group, group), whole) for group, found in groups.items()]
    return sorted(parts, key=lambda one: (-one.amount, one.key))


def part(key: str, lines: Sequence[Line], label: str, whole: Decimal) -> Breakdown:
    """Return one part of the spend."""
    amount = total_of(lines)
    return Breakdown(key=key, label=label, amount=amount, lines=len(lines), share=share_of(amount, whole))


def by_establishment(lines: Sequence[Line], names: dict[str, str]) -> list[YearlyBreakdown]:
    """Return the spend by establishment, and in each by year."""
    amounts: dict[tuple[str, int], Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        amounts[line.establishment_siret, line.paid_on.year] += line.amount
    years = sorted({line.paid_on.year for line in lines})
    return [
        YearlyBreakdown(**one.model_dump(), by_year={year: amounts[one.key, year] for year in years})
        for one in breakdown(lines, lambda line: line.establishment_siret, names)
    ]


def by_year(lines: Sequence[Line]) -> list[Breakdown]:
    """Return the spend by calendar year, in order."""
    return sorted(breakdown(lines, lambda line: str(line.paid_on.year), {}), key=lambda one: one.key)


def coverage(line: Line, covers: Sequence[Cover]) -> tuple[Coverage, Cover | None]:
    """Return whether a line is under one of the contracts that it may be under, and which.

    A payment may come after the end of a contract by the payment period of public hospitals (CCP art. R. 2192-11).
    """
    found = Coverage.NONE
    for cover in covers:
        if cover.establishment_siret not in (None, line.establishment_siret):
            continue
        if cover.starts_on and line.paid_on < cover.starts_on:
            continue
        if cover.ends_on is None or line.paid_on <= last_payment(cover.ends_on):
            return Coverage.COVERED, cover
        found = Coverage.AFTER_END
    return found, None


@lru_cache(maxsize=10_000)
def last_payment(ends_on: date) -> date:
    """Return the last day on which an order of a contract's last day is paid in time."""
    try:
        return ends_on + timedelta(days=days("delai_paiement", on=ends_on))
    except NoValueYet:
        return ends_on
