"""The watch of signature delegations: warn before one ends, and when a gate loses its last signatory."""

from datetime import date

from sqlmodel import Session

from models.organisation.group import Role
from tasks.delegations import vacancies
from tasks.organisation import people
from tasks.outgoing import outbox
from tasks.signing import power
from tasks.store import reading, transaction

WARNED_DAYS = 60  # ahead of the last day; an organisation's own habit


def check(on: date) -> list[str]:
    """Write once about each delegation that ends soon, to its holder and to those who can replace it."""
    with reading() as session:
        near = power.expiring(session, on, WARNED_DAYS)
    if near:
        with transaction() as session:
            for ending in near:
                _warn(session, ending, on)
    vacancies.follow_register()
    return []


def _warn(session: Session, ending: power.Ending, on: date) -> None:
    readers = people.holders(
        session, [Role.PURCHASING_DIRECTOR, Role.DIRECTOR], on, people.support(session).siret
    )
    holder = people.person(session, ending.delegate_email)
    for someone in {one.email: one for one in [holder, *readers]}.values():
        letter = outbox.Letter(
            key=f"delegation:{ending.reference}:{ending.ends_on}:{someone.email}",
            to=someone.email,
            template="delegation_finit",
            values={
                "nom": someone.name,
                "reference": ending.reference,
                "delegataire": holder.name,
                "dernier_jour": ending.ends_on.strftime("%d/%m/%Y"),
                "motif": ending.reason,
            },
        )
        outbox.write_message(session, letter)
