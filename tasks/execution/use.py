"""What was ordered under contracts, lot by lot: the sum, the share of the maximum, what is left."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_DOWN, Decimal

from pydantic import BaseModel
from sqlmodel import Session, col, func, select

from models.contracts.register import Contract
from models.execution.facts import PurchaseOrder
from models.law.dated import NoValue
from models.law.framework import Level, consumption
from tasks.execution.consumption import LOT, MONEY, Lot

FULL = 100


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


def uses(session: Session, rows: Sequence[Contract], on: date) -> dict[int, Use]:
    """Return what was ordered up to a day under rows of the register, by their id, in one query."""
    total = func.sum(PurchaseOrder.amount_ht, type_=MONEY)
    query = (
        select(*LOT, total)
        .where(col(PurchaseOrder.contract_number).in_({row.number for row in rows}))
        .where(PurchaseOrder.ordered_on <= on)
        .group_by(*LOT)
    )
    sums: dict[Lot, Decimal] = {
        (number, buyer, lot): amount or Decimal(0) for number, buyer, lot, amount in session.exec(query)
    }
    return {
        row.id: use_of(row, sums.get((row.number, row.buyer_siret, row.lot), Decimal(0)), on)
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
