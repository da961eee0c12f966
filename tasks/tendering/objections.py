"""Setting aside a deposit that replaces another: two people who open tenders decide it, before the opening.

The tender replaced is then the one opened: whoever deposits under the number of a competitor takes nothing from it.
"""

from pydantic import BaseModel
from sqlmodel import Session, select

from models.errors import AlreadyDone, BadInput, NotAllowed
from models.journal import Fact
from models.organisation.group import Person
from models.process.procurement import Procurement, Tender
from models.tendering.objections import TenderObjection
from models.tendering.seals import TenderSeal
from tasks import clock, journal
from tasks.organisation import people
from tasks.process import transitions
from tasks.store import transaction
from tasks.tendering import replaced, successive

ONE_WHO_OPENS = "Un dépôt est écarté par deux personnes qui ouvrent les plis."


class SetAside(BaseModel):
    """What became of the objection: the tenders that come back in force once a second person has confirmed."""

    ref: str
    offre: int
    ecartee: bool
    reprennent: list[int] = []


def set_aside(ref: str, number: int, person: str, reason: str) -> SetAside:
    """Contest a deposit, or confirm what another opener contests; it is then never opened."""
    if not 5 <= len(reason.strip()) <= 500:
        raise BadInput("Motif : dites en une phrase pourquoi ce dépôt n'est pas du candidat.")
    with transaction() as session:
        procurement = transitions.load(session, ref)
        someone = people.person(session, person)
        tender, former = _checked(session, procurement, someone, number)
        row = session.get(TenderObjection, (ref, number), with_for_update=True)
        if row is None:
            session.add(
                TenderObjection(
                    ref=ref,
                    number=number,
                    reason=reason.strip(),
                    asked_by=someone.email,
                    asked_at=clock.now(),
                )
            )
            _note(session, tender, someone.email, f"contestée : {reason.strip()}")
            replaced.tell_contested(session, procurement, tender, someone)
            return SetAside(ref=ref, offre=number, ecartee=False)
        if row.asked_by == someone.email:
            raise NotAllowed("Une seconde personne confirme : vous avez déjà contesté ce dépôt.")
        row.confirmed_by, row.confirmed_at, tender.is_set_aside = someone.email, clock.now(), True
        _note(session, tender, someone.email, f"écartée à deux, demandé par {row.asked_by} : {row.reason}")
        return SetAside(ref=ref, offre=number, ecartee=True, reprennent=former)


def _checked(
    session: Session, procurement: Procurement, someone: Person, number: int
) -> tuple[Tender, list[int]]:
    """Return the deposit and the tenders that it replaces; refuse who may not, what replaces nothing, and too late."""
    if someone.email not in {one.email for one in replaced.openers(session)}:
        raise NotAllowed(ONE_WHO_OPENS)
    seal = session.get(TenderSeal, procurement.ref)
    if seal is not None and seal.opened_at is not None:
        raise AlreadyDone(f"{procurement.ref} : les plis sont ouverts, plus aucun dépôt ne s'écarte.")
    query = select(Tender).where(Tender.ref == procurement.ref, Tender.number == number)
    tender = session.exec(query).first()
    if tender is None or tender.is_set_aside:
        raise BadInput(f"Offre n° {number} inconnue, ou déjà écartée.")
    later = successive.of(session, procurement.ref)
    former = sorted(one for one, by_lot in later.items() if number in by_lot.values())
    if not former:
        raise BadInput(f"L'offre n° {number} n'en remplace aucune : elle ne s'écarte pas ainsi.")
    return tender, former


def _note(session: Session, tender: Tender, actor: str, after: str) -> None:
    entry = journal.Entry(
        fact=Fact.TENDER, ref=tender.ref, actor=actor, subject=f"offre {tender.number}", reason=after
    )
    journal.write(session, entry)
