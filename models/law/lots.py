"""Small lots, and the duty to divide into lots."""

from decimal import Decimal

from models.law.dated import Frozen, Law
from models.law.need import FAMILY, Need, Procedure, Thresholds


class LotRegime(Frozen):
    """The lightest procedure open to a lot."""

    amount_ht: Decimal
    procedure: Procedure


def lot_regimes(need: Need, whole: Procedure, limits: Thresholds, law: Law) -> tuple[LotRegime, ...]:
    """Return the lightest procedure open to each lot (CCP art. R. 2123-1 2° and R. 2122-8).

    Lots under the floor of the dispense, or under the ceiling of small lots, leave the procedure of the whole
    only if all the lots under it keep together within a share of the total.
    """
    if not need.lots:
        return ()
    cap = law.value(f"petit_lot_{FAMILY[need.nature]}")
    share = law.value("petits_lots_part_maximale")
    floor = limits.dispense if _within(limits.dispense, share, need) else Decimal()
    ceiling = cap if whole is Procedure.FORMALISED and _within(cap, share, need) else Decimal()
    return tuple(
        LotRegime(amount_ht=lot, procedure=_lightest(lot, whole, floor, ceiling)) for lot in need.lots
    )


def _within(limit: Decimal, share: Decimal, need: Need) -> bool:
    """Return whether the lots under a limit weigh together no more than the share of the total, in percent."""
    under = sum((lot for lot in need.lots if lot < limit), Decimal())
    return under * 100 <= share * need.amount_ht


def _lightest(lot: Decimal, whole: Procedure, floor: Decimal, ceiling: Decimal) -> Procedure:
    if lot < floor:
        return Procedure.WITHOUT_PUBLICITY
    return Procedure.MAPA if lot < ceiling else whole
