"""Who may take a seat at a gate: a role, a named person, whoever may sign."""

from collections.abc import Collection, Sequence

from sqlmodel import Session, col, select

from models.errors import NotAllowed
from models.organisation.group import Establishment, Person, Role
from models.process.procurement import Seat
from models.signing.acts import Act
from models.signing.questions import Code, Verdict
from tasks.signing.purchase_powers import Powers


def seat_roles(seat: Seat) -> list[Role]:
    """Return the roles that may take the seat (none for a signature)."""
    return [Role(code) for code in seat.roles.split(",") if code]


def named_holder(powers: Powers, seat: Seat) -> Person | None:
    """Return the person whom the seat names, her replacement while she is away or barred; None when nobody is left."""
    out = powers.barred | powers.away
    email = first_present(seat.person_email, seat.replacement_email, out)
    return powers.session.get(Person, email) if email else None


def first_present(person: str | None, replacement: str | None, out: Collection[str]) -> str | None:
    """Return who takes a seat that names a person: herself, or her replacement when she is out; None without either."""
    return next((email for email in (person, replacement) if email and email not in out), None)


def seat_holders(powers: Powers, seat: Seat) -> list[Person]:
    """Return who could take the seat on the day of the powers."""
    if seat.act:
        return powers.signatories(Act(seat.act))
    if seat.person_email:
        named = named_holder(powers, seat)
        return [named] if named else []
    able = powers.holding(seat_roles(seat), seat.establishment_siret)
    return [someone for someone in able if someone.email not in powers.barred]


def check_seat(powers: Powers, seat: Seat, someone: Person) -> Verdict | None:
    """Return on what power a person takes the seat (signatures only), or refuse with the reason."""
    if seat.act:
        return check_power(powers, someone, Act(seat.act))
    if someone.email in powers.barred:
        raise NotAllowed(
            f"{someone.name} a déclaré un conflit d'intérêts sur cet achat et n'y répond plus "
            f"({Code.CONFLICT_OF_INTEREST} ; CCP art. L. 2141-10)."
        )
    if someone.email not in {one.email for one in seat_holders(powers, seat)}:
        raise NotAllowed(
            f"{someone.name} ne peut pas répondre ici : {seat_name(powers.session, seat)} attendu."
        )
    return None


def check_power(powers: Powers, someone: Person, act: Act) -> Verdict:
    """Return on what power a person may sign an act, or refuse with the reason and who may."""
    verdict = powers.verdict(someone.email, act)
    if verdict.allowed:
        return verdict
    able = [one.name for one in powers.signatories(act)]
    who = f"Peuvent signer : {', '.join(able)}" if able else "Personne ne le peut aujourd'hui"
    raise NotAllowed(f"{someone.name} ne peut pas signer : {verdict.reason.rstrip('.')}. {who}.")


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
