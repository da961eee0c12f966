"""Small lots, and the lots that may leave the procedure of the whole."""

from decimal import Decimal

from models.law.dated import Frozen, Law
from models.law.exemptions import ExemptionGround
from models.law.need import FAMILY, Need, Procedure, Thresholds


class LotRegime(Frozen):
    """The lightest procedure open to a lot."""

    amount_ht: Decimal
    procedure: Procedure


def lot_regimes(need: Need, whole: Procedure, limits: Thresholds, law: Law) -> tuple[LotRegime, ...]:
    """Return the lightest procedure open to each lot (CCP art. R. 2123-1 2°, R. 2122-8, R. 2122-9-1).

    A small lot leaves the procedure of the whole while the lots that leave it weigh together no more than a share
    of the total (R. 2123-1 2° b). The smallest leave first, so that as many as the share allows may; the buyer may
    choose others within the same share.
    """
    if not need.lots:
        return ()
    floor = _without_publicity_below(need, limits, law)
    ceiling = law.value(f"petit_lot_{FAMILY[need.nature]}") if whole is Procedure.FORMALISED else floor
    leaving = _leaving(need, max(floor, ceiling), law.value("petits_lots_part_maximale"))
    return tuple(
        LotRegime(amount_ht=lot, procedure=_lightest(lot, floor) if rank in leaving else whole)
        for rank, lot in enumerate(need.lots)
    )


def _without_publicity_below(need: Need, limits: Thresholds, law: Law) -> Decimal:
    """Return the amount under which a lot may be bought without publicity; nothing before the code opened it."""
    floor = limits.dispense if law.flag("dispense_petits_lots") else Decimal()
    if need.exemption and need.exemption.ground is ExemptionGround.INNOVATION:
        floor = max(floor, law.value(f"lot_innovant_{FAMILY[need.nature]}"))
    return floor


def _leaving(need: Need, limit: Decimal, share: Decimal) -> frozenset[int]:
    """Return the ranks of the lots under a limit that leave, their total within the share of the need, in percent."""
    left, taken = share * need.amount_ht / 100, []
    for rank, lot in sorted(enumerate(need.lots), key=lambda one: one[1]):
        if lot < limit and lot <= left:
            left -= lot
            taken.append(rank)
    return frozenset(taken)


def _lightest(lot: Decimal, floor: Decimal) -> Procedure:
    return Procedure.WITHOUT_PUBLICITY if lot < floor else Procedure.MAPA
