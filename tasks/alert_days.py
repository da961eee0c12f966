"""The day on which the renewal of a contract must be put before people, told from the register alone."""

from datetime import date
from decimal import Decimal

from models.law.dated import Law, NoValueYet
from models.law.need import Nature, thresholds_for
from models.law.planning import PlannedProcedure, alert_date


def alert_day(ends_on: date | None, nature: str, amount_ht: Decimal) -> date | None:
    """Return the day on which the renewal of a contract must be put before people, if it can be told.

    The procedure of the renewal is guessed from the amount of the contract; without amount, the longest one.
    """
    if ends_on is None:
        return None
    try:
        return alert_date(ends_on, _procedure(ends_on, nature, amount_ht))
    except NoValueYet:
        return None


def _procedure(on: date, nature: str, amount_ht: Decimal) -> PlannedProcedure:
    limits = thresholds_for(Nature(nature) if nature in list(Nature) else Nature.SUPPLIES, Law(on))
    if amount_ht <= 0 or amount_ht >= limits.european:
        return PlannedProcedure.AO_OUVERT
    return PlannedProcedure.WITHOUT_PUBLICITY if amount_ht < limits.dispense else PlannedProcedure.MAPA
