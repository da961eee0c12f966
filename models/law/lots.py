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

    Small lots leave the procedure of the whole only if together they keep within a share of the total; the
    same condition opens the dispense to a lot under its floor.
    """
    if not need.lots:
        return ()
    cap = law.value(f"petit_lot_{FAMILY[need.nature]}")
    small = sum((lot for lot in need.lots if lot < cap), Decimal())
    within = small * 100 <= law.value("petits_lots_part_maximale") * need.amount_ht
    return tuple(
        LotRegime(amount_ht=lot, procedure=_lightest(lot, whole, cap, limits) if within else whole)
        for lot in need.lots
    )


def _lightest(lot: Decimal, whole: Procedure, cap: Decimal, limits: Thresholds) -> Procedure:
    if lot < limits.dispense:
        return Procedure.WITHOUT_PUBLICITY
    if lot < cap and whole is Procedure.FORMALISED:
        return Procedure.MAPA
    return whole
