"""Tenders that the same candidate sent one after the other: only the last in time is opened (CCP art. R. 2151-6).

Nothing is stored: which tender replaces which follows from the register of deposits alone, whenever it is asked.
"""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from models.process.procurement import Tender
from models.tendering.tenders import Deposited, Envelope, replacements

Replaced = dict[int, dict[int, int]]
"""By number of tender and lot, the number of the tender that replaces it."""


def lots_of(tender: Tender) -> list[int]:
    """Return the lots for which a tender was deposited."""
    return [part.lot for part in Envelope.model_validate(tender.content).lots]


def among(tenders: Iterable[Tender]) -> Replaced:
    """Return what is replaced among the tenders of one purchase."""
    return replacements(
        [
            Deposited(number=one.number, siret=one.siret, lots=lots_of(one), is_late=one.is_late)
            for one in tenders
            if not one.is_set_aside
        ]
    )


def of(session: Session, ref: str) -> Replaced:
    """Return what is replaced among the tenders of a purchase."""
    return among(session.exec(select(Tender).where(Tender.ref == ref).order_by(col(Tender.number))))


def in_force(tenders: Iterable[Tender]) -> list[Tender]:
    """Return the tenders received in time of which at least one lot is not replaced."""
    every = list(tenders)
    replaced = among(every)
    kept = [one for one in every if not one.is_late and not one.is_set_aside]
    return [one for one in kept if set(lots_of(one)) - set(replaced.get(one.number, {}))]


def remark(tender: Tender, replaced: Replaced) -> str:
    """Return what the register of deposits says of a tender that another replaces; empty for one that is whole.

    The other tenders of the purchase are not shown: only their numbers.
    """
    if tender.is_set_aside:
        return "Écarté avant l'ouverture : ce dépôt n'est pas du candidat"
    by_lot = replaced.get(tender.number, {})
    if not by_lot:
        return ""
    numbers = ", ".join(map(str, sorted(set(by_lot.values()))))
    said = f"remplacé par l'offre n°\u00a0{numbers}, non ouvert"
    if set(by_lot) == set(lots_of(tender)):
        return f"R{said[1:]}"
    lots = ", ".join(map(str, sorted(by_lot)))
    return f"Lot{'s' if len(by_lot) > 1 else ''}\u00a0{lots}\u00a0: {said}"
