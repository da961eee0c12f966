"""Who holds a role, where; and who may take a seat at a gate."""

from collections.abc import Iterable
from datetime import date

from sqlmodel import Session, col, or_, select

from models.errors import BadInput
from models.organisation.group import Establishment, EstablishmentKind, Person, Role, RoleGrant


def person(session: Session, email: str) -> Person:
    """Return the person of that address, or refuse."""
    found = session.get(Person, email.strip().lower())
    if found is None:
        raise BadInput(f"Personne inconnue : {email} (voir l'organisation importée).")
    return found


def support(session: Session) -> Establishment:
    """Return the support establishment (établissement support)."""
    found = session.exec(select(Establishment).where(Establishment.kind == EstablishmentKind.SUPPORT)).first()
    if found is None:
        raise BadInput(
            "Aucune organisation n'est chargée : commencez par « achats importer organisation FICHIER.toml »."
        )
    return found


def establishments(session: Session, on: date) -> list[Establishment]:
    """Return the establishments of the group in activity that day, the support establishment first."""
    query = select(Establishment).where(
        or_(col(Establishment.active_until).is_(None), col(Establishment.active_until) >= on)
    )
    return sorted(session.exec(query), key=lambda house: (not house.is_support, house.name))


def holders(session: Session, roles: Iterable[Role], on: date, siret: str | None = None) -> list[Person]:
    """Return the people in activity who hold one of the roles (in one establishment when given), by name."""
    query = (
        select(Person)
        .join(RoleGrant, col(RoleGrant.person_email) == col(Person.email))
        .where(col(RoleGrant.role).in_(list(roles)))
        .where(or_(col(Person.active_until).is_(None), col(Person.active_until) >= on))
        .distinct()
    )
    if siret:
        query = query.where(RoleGrant.establishment_siret == siret)
    return sorted(session.exec(query), key=lambda someone: someone.name)
