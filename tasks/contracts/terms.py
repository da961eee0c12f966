"""Terms of contracts in the register: which are due, and the rows behind a key."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlmodel import Session, col, or_, select, text

from models.contracts.register import DUE, Contract
from models.contracts.terms import Term, TermKey, terms_of
from models.errors import BadInput
from models.law.dated import Law, NoValueYet
from models.law.need import Nature, thresholds_for
from models.law.planning import PlannedProcedure, alert_date
from models.organisation.group import Establishment, EstablishmentKind
from models.process.procurement import Procurement

BEFORE_NEEDS = ("identified", "diagnostic", "strategy")
MOST_NEIGHBOURS = 10


def support_siret(session: Session) -> str:
    """Return the SIRET of the support establishment, empty before the organisation is loaded."""
    query = select(Establishment.siret).where(Establishment.kind == EstablishmentKind.SUPPORT)
    return session.exec(query).first() or ""


def due_rows(session: Session, on: date) -> Sequence[Contract]:
    """Return the contract rows whose alert day has come and that nothing renews: one read of a partial index."""
    return session.exec(select(Contract).where(text(DUE), col(Contract.alert_on) <= on)).all()


def due_terms(session: Session, on: date) -> list[Term]:
    """Return the terms to renew, the nearest end first."""
    rows = due_rows(session, on)
    return terms_of(rows, support_siret(session)) if rows else []


def neighbours(session: Session, term: Term, within_days: int) -> list[str]:
    """Return the numbers of the contracts of the same family that end close to a term and may be renewed with it.

    Those whose renewal has passed its strategy are left out: it is too late to buy together.
    """
    family, end = term.first.family_code, term.ends_on
    if not family or not end:
        return []
    span = timedelta(days=within_days)
    query = (
        select(Contract.number)
        .outerjoin(Procurement, col(Procurement.ref) == col(Contract.renewal_ref))
        .where(Contract.family_code == family, col(Contract.ends_on).between(end - span, end + span))
        .where(Contract.holder_rank == 1, Contract.number != term.first.number)
        .where(or_(col(Procurement.ref).is_(None), col(Procurement.stage).in_(BEFORE_NEEDS)))
        .distinct()
        .order_by(col(Contract.number))
        .limit(MOST_NEIGHBOURS)
    )
    return list(session.exec(query))


def first_row(session: Session, number: str, buyer_siret: str) -> Contract | None:
    """Return the first row of a contract, None when the register does not have it."""
    query = select(Contract).where(Contract.number == number, Contract.buyer_siret == buyer_siret)
    return session.exec(query.order_by(col(Contract.lot), col(Contract.holder_rank))).first()


def has_lot(session: Session, number: str, buyer_siret: str, lot: int) -> bool:
    """Return whether the register has a lot of that contract."""
    query = select(Contract.id).where(Contract.number == number, Contract.buyer_siret == buyer_siret)
    return session.exec(query.where(Contract.lot == lot)).first() is not None


def find_term(session: Session, text_key: str) -> Term:
    """Return the term of a key with every row of it; a number alone names its nearest term not renewed yet."""
    key = TermKey.parse(text_key)
    support = support_siret(session)
    query = select(Contract).where(Contract.number == key.number)
    if key.ends_on:
        query = query.where(Contract.ends_on == key.ends_on)
    rows = session.exec(query.order_by(col(Contract.id))).all()
    wanted = key.buyer_siret or support
    mine = [row for row in rows if row.buyer_siret == wanted] or ([] if key.buyer_siret else list(rows))
    if not mine:
        raise BadInput(f"Marché inconnu au registre : {text_key}.")
    terms = terms_of(mine, support)
    return next((term for term in terms if term.first.renewal_ref is None), terms[-1])


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
