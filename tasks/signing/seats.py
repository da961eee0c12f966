"""The seats of a gate: those that its row of the process and the group's circuits open, and which are asked now."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from models.process.procurement import Procurement, Seat
from models.process.table import EachEstablishment, Gate, Roles, Signatory, Visas, visas_at
from models.signing.acts import Act, Visa
from models.signing.circuits import Purchase, circuit_for
from tasks import clock
from tasks.organisation import people
from tasks.signing import amounts


def open_seats(session: Session, procurement: Procurement, gate: Gate) -> None:
    """Add the seats of the gate just reached."""
    session.add_all(wanted_at(session, procurement, gate))
    session.flush()


def wanted_at(session: Session, procurement: Procurement, gate: Gate) -> list[Seat]:
    """Return the seats that a gate would open today for a procurement; nothing is written."""
    wanted = _circuit(session, procurement, gate)
    last = max((seat.rank for seat in wanted), default=0) + 1
    match gate.asks:
        case Roles(roles=roles, seats=number):
            wanted += [_seat(procurement, roles=",".join(roles)) for _ in range(number)]
        case Visas(groups=groups) if not wanted:
            wanted += [_seat(procurement, roles=",".join(group)) for group in groups]
        case EachEstablishment(role=role):
            houses = people.establishments(session, clock.today())
            wanted += [_seat(procurement, roles=role.value, siret=house.siret) for house in houses]
        case Signatory(act=act):
            wanted.append(_seat(procurement, act=act, rank=last))
        case _:
            pass
    return wanted


def _seat(
    procurement: Procurement, roles: str = "", siret: str | None = None, act: Act | None = None, rank: int = 1
) -> Seat:
    return Seat(
        ref=procurement.ref,
        stage=procurement.stage,
        visit=procurement.visit,
        roles=roles,
        establishment_siret=siret,
        act=act.value if act else None,
        rank=rank,
        opened_at=clock.now(),
    )


def _circuit(session: Session, procurement: Procurement, gate: Gate) -> list[Seat]:
    """Return the visas of the group's circuit for the act of the gate, today and for the amount engaged."""
    act = visas_at(gate)
    if act is None:
        return []
    purchase = Purchase(
        act=act,
        amount=amounts.to_sign(session, procurement, act),
        family=procurement.family_code,
        day=clock.today(),
    )
    rows = session.exec(select(Visa).order_by(col(Visa.id))).all()
    found = []
    for visa in circuit_for(purchase, rows):
        seat = _seat(procurement, roles=visa.role.value, rank=visa.rank)
        seat.person_email, seat.replacement_email = visa.person_email, visa.replacement_email
        found.append(seat)
    return found


def of_gate(session: Session, procurement: Procurement) -> list[Seat]:
    """Return the seats of the present gate, in the order in which they are answered."""
    query = select(Seat).where(
        Seat.ref == procurement.ref, Seat.stage == procurement.stage, Seat.visit == procurement.visit
    )
    return list(session.exec(query.order_by(col(Seat.rank), col(Seat.id))))


def asked_now(seats: Sequence[Seat]) -> list[Seat]:
    """Return the free seats whose turn has come, of one procurement or several: a rank waits for the one before."""
    free = [seat for seat in seats if seat.taken_by is None]
    lowest: dict[str, int] = {}
    for seat in free:
        lowest[seat.ref] = min(seat.rank, lowest.get(seat.ref, seat.rank))
    return [seat for seat in free if seat.rank == lowest[seat.ref]]
