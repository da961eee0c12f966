"""What keeps supplies coming when a renewal is late: the options of the law, with their grounds and limits."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from models.contracts.terms import Term
from models.law.dated import Law, NoValue
from models.law.exemptions import BridgingOption
from models.law.need import Nature, thresholds_for
from models.law.wording import euros, percent
from models.reading.values import to_cents


def _nature(term: Term) -> Nature:
    return Nature(term.first.nature) if term.first.nature in list(Nature) else Nature.SUPPLIES


def _amendment(term: Term, law: Law) -> str:
    kind = "travaux" if _nature(term) is Nature.WORKS else "fournitures_services"
    share = law.value(f"modification_faible_{kind}")
    amount = term.amount_ht
    if amount <= 0:
        return f"de faible montant : {percent(share)} du montant initial au plus"
    ceiling = to_cents(amount * share / Decimal(100))
    return f"de faible montant : {euros(ceiling)} HT au plus ({percent(share)})"


def _small_purchase(term: Term, law: Law) -> str:
    return f"moins de {euros(Decimal(thresholds_for(_nature(term), law).dispense))} HT en tout"


LIMITS: dict[BridgingOption, Callable[[Term, Law], str]] = {
    BridgingOption.AMENDMENT: _amendment,
    BridgingOption.SMALL_PURCHASE: _small_purchase,
}


def options(term: Term, on: date) -> list[str]:
    """Return the options open that day, each with its article and, where the law sets one, its limit."""
    law, found = Law(on), []
    for option in BridgingOption:
        if option in (BridgingOption.AMENDMENT, BridgingOption.RENEWAL_CLAUSE) and _ended(term, on):
            continue  # a contract that has ended can be neither modified nor renewed
        try:
            limit = LIMITS[option](term, law) if option in LIMITS else ""
        except NoValue:
            limit = "limite à vérifier à cette date"
        found.append(f"{option} : {limit}" if limit else str(option))
    return found


def _ended(term: Term, on: date) -> bool:
    return term.ends_on is not None and on > term.ends_on


def wording(term: Term, on: date) -> str:
    """Return the options as one sentence."""
    return " ; ".join(options(term, on))
