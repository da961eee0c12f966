"""What was ordered under contracts, lot by lot: the sum, the share of the maximum, what is left."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import NamedTuple

import sqlalchemy
from pydantic import BaseModel
from sqlmodel import Session, col, func

from models.contracts.register import Contract
from models.execution.facts import PurchaseOrder
from models.law.dated import NoValue
from models.law.framework import Level, consumption

FULL = 100
MONEY = PurchaseOrder.__table__.c.amount_ht.type  # type: ignore[attr-defined]
LOT = (col(PurchaseOrder.contract_number), col(PurchaseOrder.buyer_siret), col(PurchaseOrder.lot))
Lot = tuple[str | None, str, int]


class Ordered(NamedTuple):
    """What was ordered under a lot (EUR HT), and the day of the last order."""

    amount_ht: Decimal
    last_on: date | None


class Use(BaseModel):
    """What was ordered under a lot, EUR HT; `share` in percent of the maximum (else of the amount).

    The share is cut, not rounded: 100 % is said only of a maximum that is reached.
    """

    ordered_ht: Decimal
    share: Decimal | None = None
    bar: int = 0  # the share as a drawing takes it, 0 to 100
    of: str = ""  # what the share is a share of
    left_ht: Decimal | None = None
    level: Level | None = None
    missing_ht: Decimal | None = None  # still to order to reach the minimum owed to the holder


def ordered_by_lot(session: Session, on: date, numbers: Collection[str] | None = None) -> dict[Lot, Ordered]:
    """Return what was ordered up to a day under each lot, of the contracts of those numbers or of all, in one query."""
    number = col(PurchaseOrder.contract_number)
    which = number.is_not(None) if numbers is None else number.in_(numbers)
    total, last = func.sum(PurchaseOrder.amount_ht, type_=MONEY), func.max(PurchaseOrder.ordered_on)
    query = (
        sqlalchemy.select(*LOT, total, last).where(which, col(PurchaseOrder.ordered_on) <= on).group_by(*LOT)
    )
    return {
        (contract, buyer, lot): Ordered(amount or Decimal(0), day)
        for contract, buyer, lot, amount, day in session.execute(query)
    }


def uses(session: Session, rows: Sequence[Contract], on: date) -> dict[int, Use]:
    """Return what was ordered up to a day under rows of the register, by their id, in one query."""
    sums = ordered_by_lot(session, on, {row.number for row in rows})
    nothing = Ordered(Decimal(0), None)
    return {
        row.id: use_of(row, sums.get((row.number, row.buyer_siret, row.lot), nothing).amount_ht, on)
        for row in rows
        if row.id is not None and row.holder_rank == 1
    }


def use_of(row: Contract, ordered: Decimal, on: date) -> Use:
    """Return what a sum of orders means for a lot: against its maximum, else against its amount."""
    missing = row.minimum_ht - ordered if row.minimum_ht and ordered < row.minimum_ht else None
    whole = row.maximum_ht or row.amount_ht
    if not whole:
        return Use(ordered_ht=ordered, missing_ht=missing)
    share = ordered * FULL / whole
    return Use(
        ordered_ht=ordered,
        share=share.quantize(Decimal("0.1"), ROUND_DOWN),
        bar=min(FULL, int(share)),
        of="du maximum" if row.maximum_ht else "du montant",
        left_ht=max(Decimal(0), whole - ordered),
        level=_level(row, ordered, on),
        missing_ht=missing,
    )


def _level(row: Contract, ordered: Decimal, on: date) -> Level | None:
    """Return how far the maximum is consumed, None without maximum or before the shares are known."""
    if not row.maximum_ht:
        return None
    try:
        return consumption(row.maximum_ht, ordered, on).level
    except NoValue:
        return None
