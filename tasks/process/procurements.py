"""Opening a procurement, at someone's request or because a contract ends."""

from datetime import date
from decimal import Decimal

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.access.sight import Viewer
from models.errors import AlreadyDone, BadInput, NotAllowed
from models.journal import Fact, JournalHead
from models.law.regime import Nature
from models.organisation.group import Family
from models.process.forms import LONGEST_MONTHS
from models.process.procurement import Procurement
from models.process.table import FIRST, PROCESS_VERSION
from models.reading.identifiers import checked_cpv
from models.reading.values import one_line
from tasks import clock, journal
from tasks.organisation import people
from tasks.outgoing import restored
from tasks.process import transitions
from tasks.store import transaction


class Request(BaseModel):
    """What is asked when a procurement is opened; amounts in EUR HT over the whole duration."""

    objet: str
    family: str
    cpv: str
    amount_ht: Decimal
    duration_months: int
    nature: str
    starts_on: date | None = None
    buyer: str | None = None
    renews: str | None = None  # contract and term: opens at most one procurement


def open_procurement(request: Request) -> str:
    """Open a procurement and return its reference; a renewal that is open already gives its own."""
    with transaction() as session:
        people.support(session)
        if request.renews:
            same = session.exec(select(Procurement).where(Procurement.renews == request.renews)).first()
            if same:
                return same.ref
        _check(session, request)
        procurement = Procurement(
            ref=_next_ref(session, clock.today().year),
            objet=one_line(request.objet),
            family_code=request.family,
            cpv=checked_cpv(request.cpv),
            nature=request.nature,
            amount_ht=request.amount_ht,
            duration_months=request.duration_months,
            starts_on=request.starts_on,
            stage=FIRST,
            process_version=PROCESS_VERSION,
            buyer_email=people.person(session, request.buyer).email if request.buyer else None,
            renews=request.renews,
            opened_at=clock.now(),
        )
        session.add(procurement)
        session.flush()
        journal.write(
            session,
            journal.Entry(
                fact=Fact.OPENED,
                ref=procurement.ref,
                actor=procurement.buyer_email or journal.APPLICATION,
                subject=procurement.objet,
                after=f"{FIRST}/1",
                reason=f"renouvellement du marché {request.renews}" if request.renews else "",
            ),
        )
        transitions.enter(session, procurement, in_segment=False)
        return procurement.ref


def take_charge(viewer: Viewer, ref: str) -> None:
    """Make a person the buyer of a purchase that has none, as one opened by the watch; refuse one that has a buyer."""
    if not viewer.opens_purchases:
        raise NotAllowed("Un achat est pris en charge par un acheteur ou par la direction des achats.")
    with transaction() as session:
        procurement = transitions.load(session, ref)
        if procurement.buyer_email is not None:
            buyer = people.person(session, procurement.buyer_email)
            raise AlreadyDone(f"L'achat {ref} est déjà suivi par {buyer.name}.")
        procurement.buyer_email = viewer.email
        entry = journal.Entry(fact=Fact.TAKEN, ref=ref, actor=viewer.email, subject=procurement.objet)
        journal.write(session, entry)


def _check(session: Session, request: Request) -> None:
    if not one_line(request.objet):
        raise BadInput("--objet : l'objet de l'achat est vide.")
    if session.get(Family, request.family) is None:
        known = session.exec(select(Family.code).order_by(col(Family.code))).all()
        raise BadInput(
            f"Famille inconnue : {request.family}. Familles de l'organisation : {', '.join(known) or 'aucune'}."
        )
    if request.nature not in list(Nature):
        raise BadInput(f"Nature inconnue : {request.nature}. Attendu : {', '.join(Nature)}.")
    if not 1 <= request.duration_months <= LONGEST_MONTHS:
        raise BadInput(
            f"--duree-mois : {request.duration_months} n'est pas une durée possible (1 à {LONGEST_MONTHS})."
        )


def _next_ref(session: Session, year: int) -> str:
    """Return the next reference of the year, 2026-001 onwards; the journal's lock keeps two openings apart."""
    session.get(JournalHead, 1, with_for_update=True)
    last = session.exec(
        select(Procurement.ref)
        .where(col(Procurement.ref).startswith(f"{year}-"))
        .order_by(col(Procurement.opened_at).desc(), col(Procurement.ref).desc())
    ).first()
    number = int(last.split("-")[1]) + 1 if last else 1
    return f"{year}-{max(number, restored.first_number(session, year)):03d}"
