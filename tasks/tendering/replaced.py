"""A tender that replaces another is told to people who did not hand it over: none slips in under another's name."""

from sqlmodel import Session

from models.organisation.group import Person, Role
from models.process.procurement import Procurement, Tender
from models.process.table import Gate, Roles, stage_of
from tasks import clock, journal
from tasks.organisation import people
from tasks.outgoing import outbox


def tell(session: Session, procurement: Procurement, kept: Tender, number: int, actor: str) -> None:
    """Write to each of those who open the tenders, but whoever handed this one over, that it replaces another."""
    by = "la ligne de commande" if actor == journal.APPLICATION else actor
    for someone in openers(session):
        if someone.email == actor:
            continue
        letter = outbox.Letter(
            key=f"{kept.ref}:offre:{number}:remplacee:{kept.number}:{someone.email}",
            to=someone.email,
            template="offre_remplacee",
            at_once=True,
            values={
                "nom": someone.name,
                "reference": kept.ref,
                "candidat": kept.supplier,
                "siret": kept.siret,
                "ancienne": number,
                "nouvelle": kept.number,
                "depose_par": by,
                "depose_le": clock.local(kept.received_at).strftime("%d/%m/%Y à %H:%M"),
            },
        )
        outbox.write_message(session, letter, procurement)


def openers(session: Session) -> list[Person]:
    """Return those who open tenders today, at the support establishment."""
    gate = stage_of("opening")
    roles: tuple[Role, ...] = ()
    if isinstance(gate, Gate) and isinstance(gate.asks, Roles):
        roles = tuple(gate.asks.roles)
    return people.holders(session, roles, clock.today(), people.support(session).siret)


def tell_contested(session: Session, procurement: Procurement, tender: Tender, by: Person) -> None:
    """Write to the others who open that one of them contests a deposit, so that a second confirms or not."""
    for someone in openers(session):
        if someone.email == by.email:
            continue
        letter = outbox.Letter(
            key=f"{tender.ref}:offre:{tender.number}:contestee:{someone.email}",
            to=someone.email,
            template="offre_contestee",
            at_once=True,
            values={
                "nom": someone.name,
                "reference": tender.ref,
                "candidat": tender.supplier,
                "siret": tender.siret,
                "nouvelle": tender.number,
                "demande_par": by.name,
            },
        )
        outbox.write_message(session, letter, procurement)
