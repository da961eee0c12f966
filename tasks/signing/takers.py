"""Who may take a seat at a gate: a role, a named person, whoever may sign."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

from sqlmodel import Session, col, select

from models.errors import NotAllowed
from models.organisation.group import Establishment, Person, Role
from models.process.procurement import Procurement, Seat
from models.signing.acts import Absence, Act
from models.signing.questions import Code
from tasks.organisation.people import holders, support
from tasks.signing import power
from tasks.signing.amounts import amount_to_sign


def seat_roles(seat: Seat) -> list[Role]:
    """Return the roles that may take the seat (none for a signature)."""
    return [Role(code) for code in seat.roles.split(",") if code]


def named_holder(session: Session, seat: Seat, on: date) -> Person | None:
    """Return the person whom the seat names, her replacement while she is away or barred; None when nobody is left."""
    out = power.conflicted(session, seat.ref) | away(session, on)
    email = first_present(seat.person_email, seat.replacement_email, out)
    return session.get(Person, email) if email else None


def first_present(person: str | None, replacement: str | None, out: Collection[str]) -> str | None:
    """Return who takes a seat that names a person: herself, or her replacement when she is out; None without either."""
    return next((email for email in (person, replacement) if email and email not in out), None)


def away(session: Session, on: date) -> frozenset[str]:
    """Return the addresses of those who have left or are away that day."""
    covering = select(Absence.person_email).where(col(Absence.from_on) <= on, col(Absence.until_on) >= on)
    left = select(Person.email).where(col(Person.active_until) < on)
    return frozenset(session.exec(covering)) | frozenset(session.exec(left))


def seat_holders(session: Session, seat: Seat, procurement: Procurement, on: date) -> list[Person]:
    """Return who could take the seat that day."""
    if seat.act:
        return power.signatories(session, *_signing(session, procurement, Act(seat.act), on))
    if seat.person_email:
        named = named_holder(session, seat, on)
        return [named] if named else []
    barred = power.conflicted(session, procurement.ref)
    able = holders(session, seat_roles(seat), on, seat.establishment_siret)
    return [someone for someone in able if someone.email not in barred]


def check_seat(
    session: Session, seat: Seat, someone: Person, procurement: Procurement, on: date
) -> str | None:
    """Return the delegation used (signatures only), or refuse with the reason."""
    if seat.act:
        return check_power(session, someone, procurement, Act(seat.act), on)
    if someone.email in power.conflicted(session, procurement.ref):
        raise NotAllowed(
            f"{someone.name} a déclaré un conflit d'intérêts sur cet achat et n'y répond plus "
            f"({Code.CONFLICT_OF_INTEREST} ; CCP art. L. 2141-10)."
        )
    if someone not in seat_holders(session, seat, procurement, on):
        raise NotAllowed(f"{someone.name} ne peut pas répondre ici : {seat_name(session, seat)} attendu.")
    return None


def check_power(
    session: Session, someone: Person, procurement: Procurement, act: Act, on: date
) -> str | None:
    """Return the delegation by which a person may sign an act (None: by own power), or refuse with the reason."""
    verdict = power.verdict(session, someone.email, *_signing(session, procurement, act, on))
    if verdict.allowed:
        return verdict.delegation
    able = [one.name for one in power.signatories(session, *_signing(session, procurement, act, on))]
    who = f"Peuvent signer : {', '.join(able)}" if able else "Personne ne le peut aujourd'hui"
    raise NotAllowed(f"{someone.name} ne peut pas signer : {verdict.reason.rstrip('.')}. {who}.")


def _signing(
    session: Session, procurement: Procurement, act: Act, on: date
) -> tuple[Act, Decimal, str, str, date, str]:
    """Return the question of signature that an act of a procurement asks, as `tasks.signing.power` takes it."""
    amount = amount_to_sign(session, procurement, act)
    return act, amount, procurement.family_code, support(session).siret, on, procurement.ref


def seat_name(session: Session, seat: Seat) -> str:
    """Return in French who is awaited at the seat."""
    return seat_names(session, [seat])[0]


def seat_names(session: Session, seats: Sequence[Seat]) -> list[str]:
    """Return in French who is awaited at each of the seats, in one reading of the names."""
    named = {seat.person_email for seat in seats if seat.person_email and not seat.act}
    housed = {seat.establishment_siret for seat in seats if seat.establishment_siret and not seat.act}
    someone = select(Person.email, Person.name).where(col(Person.email).in_(named))
    house = select(Establishment.siret, Establishment.name).where(col(Establishment.siret).in_(housed))
    names = dict(session.exec(someone).all()) if named else {}
    houses = dict(session.exec(house).all()) if housed else {}
    return [_seat_name(seat, names, houses) for seat in seats]


def _seat_name(seat: Seat, names: dict[str, str], houses: dict[str, str]) -> str:
    if seat.act:
        return "Signataire habilité"
    if seat.person_email:
        return f"{seat_roles(seat)[0].label} ({names[seat.person_email]})"
    roles = " ou ".join(role.label for role in seat_roles(seat))
    siret = seat.establishment_siret
    return f"{roles} ({houses.get(siret, siret)})" if siret else roles
