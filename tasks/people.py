"""Who holds a role, where; and who may take a seat at a gate."""

from collections.abc import Iterable
from datetime import date

from sqlmodel import Session, col, or_, select

from models.errors import BadInput, NotAllowed
from models.organisation import Establishment, EstablishmentKind, Person, Role, RoleGrant
from models.procurement import Procurement, Seat
from tasks import delegations
from tasks.amounts import amount_to_sign


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


def seat_roles(seat: Seat) -> list[Role]:
    """Return the roles that may take the seat (none for a signature)."""
    return [Role(code) for code in seat.roles.split(",") if code]


def seat_holders(session: Session, seat: Seat, procurement: Procurement, on: date) -> list[Person]:
    """Return who could take the seat that day."""
    if seat.act:
        return delegations.signatories(
            session,
            seat.act,
            amount_to_sign(session, procurement, seat.act),
            procurement.family_code,
            support(session).siret,
            on,
            procurement.ref,
        )
    return holders(session, seat_roles(seat), on, seat.establishment_siret)


def check_seat(
    session: Session, seat: Seat, someone: Person, procurement: Procurement, on: date
) -> str | None:
    """Return the delegation used (signatures only), or refuse with the reason."""
    if seat.act:
        verdict = delegations.verdict(
            session,
            someone.email,
            seat.act,
            amount_to_sign(session, procurement, seat.act),
            procurement.family_code,
            support(session).siret,
            on,
            procurement.ref,
        )
        if not verdict.allowed:
            raise NotAllowed(f"{someone.name} ne peut pas signer : {verdict.reason}")
        return verdict.delegation
    if someone not in holders(session, seat_roles(seat), on, seat.establishment_siret):
        raise NotAllowed(f"{someone.name} ne peut pas répondre ici : {seat_name(session, seat)} attendu.")
    return None


def seat_name(session: Session, seat: Seat) -> str:
    """Return in French who is awaited at the seat."""
    if seat.act:
        return "Signataire habilité"
    names = " ou ".join(role.label for role in seat_roles(seat))
    if seat.establishment_siret:
        house = session.get(Establishment, seat.establishment_siret)
        return f"{names} ({house.name if house else seat.establishment_siret})"
    return names
