"""The term of a contract: every lot of one buyer's contract that ends on the same day. Pure."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from models.contracts.register import Contract
from models.errors import BadInput
from models.reading.values import parse_date


class TermKey(NamedTuple):
    """What names a term in files and events: "2022-PERF:2026-05-14", with "@SIRET" for another buyer."""

    number: str
    buyer_siret: str | None
    ends_on: date | None

    @classmethod
    def parse(cls, text: str) -> "TermKey":
        """Return the key that a text writes: the number alone, or with its buyer and its end.

        >>> TermKey.parse("M:12@26990001500018:2026-05-14").number
        'M:12'
        """
        rest, _, last = text.strip().rpartition(":")
        ends_on = None
        if rest and len(last) == len("2026-05-14") and last[:4].isascii() and last[:4].isdigit():
            ends_on = parse_date(last, "fin du marché")
        else:
            rest = text.strip()
        number, _, siret = rest.rpartition("@")
        if not number or not (len(siret) == 14 and siret.isascii() and siret.isdigit()):
            number, siret = rest, ""
        if not number:
            raise BadInput(f"Marché « {text} » : un numéro est attendu.")
        return cls(number, siret or None, ends_on)


class Term(NamedTuple):
    """The lots of a contract that end together; the amounts are those of the register."""

    key: str
    lots: tuple[Contract, ...]

    @property
    def first(self) -> Contract:
        """The row that speaks for the others."""
        return self.lots[0]

    @property
    def ends_on(self) -> date | None:
        """The last day of the contract."""
        return self.first.ends_on

    @property
    def amount_ht(self) -> Decimal:
        """The amount of all lots, EUR HT: the maximum of a framework agreement, else the amount."""
        return sum((row.maximum_ht or row.amount_ht or Decimal(0) for row in self.lots), Decimal(0))

    @property
    def title(self) -> str:
        """The object and the holders, as people read them."""
        holders = list(dict.fromkeys(row.holder for row in self.lots))
        others = len(holders) - 1
        more = f" et {others} autre{'s' if others > 1 else ''}" if others else ""
        return f"{self.first.number} : {self.first.objet} ({holders[0]}{more})"


def contract_key(contract: Contract, support: str) -> str:
    """Return the key of a contract: its number, with its buyer when it is not the support establishment."""
    return contract.number if contract.buyer_siret == support else f"{contract.number}@{contract.buyer_siret}"


def terms_of(rows: Sequence[Contract], support: str) -> list[Term]:
    """Return the terms of contract rows, the nearest end first."""

    def place(row: Contract) -> tuple[str, str, str]:
        return (str(row.ends_on), row.number, row.buyer_siret)

    ordered = sorted(rows, key=lambda row: (*place(row), row.lot, row.holder_rank))
    return [
        Term(f"{contract_key(lots[0], support)}:{lots[0].ends_on}", tuple(lots))
        for lots in (list(group) for _, group in groupby(ordered, key=place))
    ]
