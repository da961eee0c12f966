"""The steps of the watch: contracts that reach their alert date, gates past their date, work that stopped."""

from datetime import date

from pydantic import BaseModel
from sqlmodel import col, select

from models.contracts import Contract
from models.process import Gate, stage_of
from models.procurement import Procurement, StageVisit
from models.reading import parse_date
from tasks import clock, events, reminders, resumption
from tasks.steps import step
from tasks.store import reading


class Finding(BaseModel):
    """Something found: its key, level, object, due date and the action taken or proposed."""

    cle: str
    niveau: str
    objet: str
    echeance: date | None
    action: str


class Sweep(BaseModel):
    """What the watch found on one day."""

    jour: date
    expirations: list[Finding] = []
    relances: list[Finding] = []
    reprises: list[Finding] = []


def day_of(text: str | None) -> date:
    """Return the day of the watch: the one given, else today."""
    return parse_date(text) if text else clock.today()


@step("Marchés arrivant à leur terme")
def expiring_contracts(on: date) -> list[Finding]:
    """Ring for every contract whose alert date has come and whose renewal is not open, each day until it is."""
    with reading() as session:
        due = session.exec(
            select(Contract)
            .where(col(Contract.alert_on) <= on, col(Contract.renewal_ref).is_(None))
            .where(Contract.holder_rank == 1)
            .order_by(col(Contract.ends_on), col(Contract.number), col(Contract.lot))
        ).all()
    found: dict[str, Finding] = {}
    for contract in due:
        if contract.number in found:
            continue
        late = contract.ends_on is not None and contract.ends_on < on
        found[contract.number] = Finding(
            cle=contract.number,
            niveau="noir" if late else "orange",
            objet=f"{contract.objet} ({contract.holder})",
            echeance=contract.ends_on,
            action="renouvellement demandé",
        )
        events.contract_expiring(contract.number, contract.objet)
    return list(found.values())


@step("Étapes en retard")
def overdue_gates() -> list[Finding]:
    """Remind every gate that is past its date and whose own reminder did not come."""
    with reading() as session:
        stays = session.exec(
            select(StageVisit, Procurement)
            .join(Procurement, col(Procurement.ref) == col(StageVisit.ref))
            .where(StageVisit.stage == Procurement.stage, StageVisit.visit == Procurement.visit)
            .where(col(StageVisit.due_at) <= clock.now())
        ).all()
    found = []
    for stay, procurement in stays:
        if not isinstance(stage_of(stay.stage), Gate):
            continue
        number = reminders.remind.fn(stay.ref, stay.stage, stay.visit)
        found.append(
            Finding(
                cle=f"{stay.ref}:{stay.stage}:{stay.visit}",
                niveau="orange",
                objet=f"{procurement.title} — {stage_of(stay.stage).label}",
                echeance=stay.due_at.astimezone(clock.PARIS).date() if stay.due_at else None,
                action=f"relance {number}" if number else "déjà relancé",
            )
        )
    return found


@step("Reprises")
def resume_stopped() -> list[Finding]:
    """Start again what should be moving, and deliver what waits in the outbox."""
    done = resumption.resume("veille")
    return [
        Finding(cle=ref, niveau="orange", objet=ref, echeance=None, action="segment relancé")
        for ref in done.reprises
    ]
