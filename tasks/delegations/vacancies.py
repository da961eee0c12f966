"""Nobody able to sign: seen at the strategy already and at each signature, said at once to those who can delegate.

The gate waits: it opens by itself to whoever receives a delegation that covers the act.
"""

from collections.abc import Sequence

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.journal import Fact, JournalLine
from models.organisation.group import Role
from models.process.procurement import Procurement, Seat
from models.process.table import STAGES, Gate, Signatory, is_on_the_way, stage_of
from models.signing.acts import Act
from models.signing.authority import nobody_reason
from tasks import clock, journal
from tasks.organisation import people
from tasks.outgoing import outbox
from tasks.signing import power, seats
from tasks.signing.purchase_powers import Powers
from tasks.store import reading, transaction

GATES = [stage for stage in STAGES if isinstance(stage, Gate)]
SIGNED = {stage.asks.act: stage for stage in GATES if isinstance(stage.asks, Signatory)}
WATCHED = [stage.key for stage in GATES if isinstance(stage.asks, Signatory) or stage.foresees]


class Vacancy(BaseModel):
    """An act of a procurement that nobody may sign today, and the reason that comes closest to a yes."""

    ref: str
    etape: str
    acte: Act
    motif: str

    @property
    def sentence(self) -> str:
        """Return the fact as people read it."""
        return f"personne ne peut signer : {self.acte.label} ({self.etape}) — {self.motif}"


def of(powers: Powers, places: Sequence[Seat] | None = None) -> list[Vacancy]:
    """Return the acts that nobody may sign: that of the open gate, or every one to come at the strategy.

    `places` are the seats of the gate, for whoever has read them already.
    """
    gate = stage_of(powers.procurement.stage)
    if not isinstance(gate, Gate):
        return []
    if gate.foresees:
        regime = powers.procurement.legal_regime
        asked = [act for act, stage in SIGNED.items() if is_on_the_way(stage, regime)]
    elif isinstance(gate.asks, Signatory) and _is_free(powers, places):
        asked = [gate.asks.act]
    else:
        return []
    return [found for act in asked if (found := _vacancy(powers, act, foreseen=gate.foresees))]


def _is_free(powers: Powers, places: Sequence[Seat] | None) -> bool:
    known = seats.of_gate(powers.session, powers.procurement) if places is None else places
    return any(seat.act and seat.taken_by is None for seat in known)


def _vacancy(powers: Powers, act: Act, *, foreseen: bool) -> Vacancy | None:
    asked, procurement = powers.question(act), powers.procurement
    if foreseen:  # nothing is awarded yet: the estimate stands for every act
        asked = asked.model_copy(update={"amount": max(asked.amount, procurement.amount_ht)})
    reason = nobody_reason(asked, powers.register)
    if reason is None:
        return None
    return Vacancy(ref=procurement.ref, etape=SIGNED[act].label, acte=act, motif=reason)


def announce(session: Session, procurement: Procurement) -> list[Vacancy]:
    """Write, once a visit, to the director and the purchasing director that nobody may sign; leave a journal line."""
    found = of(Powers(session, procurement))
    if not found or _was_announced(session, procurement):
        return found
    said = [one.sentence for one in found]
    entry = journal.Entry(
        fact=Fact.VACANCY, ref=procurement.ref, subject=_place(procurement), reason=" ; ".join(said)
    )
    journal.write(session, entry)
    on = clock.today()
    above = people.holders(session, [Role.DIRECTOR, Role.PURCHASING_DIRECTOR], on)
    for someone in above or people.holders(session, [Role.ADMINISTRATOR], on):
        letter = outbox.Letter(
            key=f"{procurement.ref}:{procurement.stage}:{procurement.visit}:sans_signataire:{someone.email}",
            to=someone.email,
            template="sans_signataire",
            values={"nom": someone.name, "etape": stage_of(procurement.stage).label, "actes": said},
        )
        outbox.write_message(session, letter, procurement)
    return found


def _place(procurement: Procurement) -> str:
    return f"{procurement.stage}/{procurement.visit}"


def _was_announced(session: Session, procurement: Procurement) -> bool:
    query = select(JournalLine.seq).where(
        JournalLine.ref == procurement.ref,
        JournalLine.fact == Fact.VACANCY,
        JournalLine.subject == _place(procurement),
    )
    return session.exec(query).first() is not None


def _open(session: Session) -> list[Procurement]:
    query = select(Procurement).where(col(Procurement.stage).in_(WATCHED))
    return list(session.exec(query.order_by(col(Procurement.ref))))


def _changed() -> list[str]:
    """Return the procurements to speak of: those left without a signatory and not said so, those that find one."""
    with reading() as session:
        standing = _open(session)
        if not standing:
            return []
        known = power.register(session)
        return [
            one.ref
            for one in standing
            if bool(of(Powers(session, one, known=known))) != _was_announced(session, one)
        ]


def _wake(session: Session, procurement: Procurement) -> None:
    """Ask for the run that writes to the new signatories of a gate that had none."""
    outbox.ask_run(session, outbox.segment(procurement, ":signataire"))


def follow_register() -> None:
    """Say what a change of the register does to open gates: those left without a signatory, those that find one.

    The register is read once for all the gates; each one that changes is judged again in its own transaction.
    """
    from tasks.outgoing import dispatch, mail

    for ref in _changed():
        with transaction() as session:
            procurement = session.get_one(Procurement, ref)
            lost = announce(session, procurement)
            if not lost and _was_announced(session, procurement):
                _wake(session, procurement)
        if lost:
            mail.send_pending()
        dispatch.deliver(ref)
