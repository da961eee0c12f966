"""Gates that are past their date: reminded, unless a lock forbids to answer."""

from datetime import datetime

from sqlmodel import Session, col, select

from models.process import Gate, stage_of
from models.procurement import Lock, Procurement, StageVisit
from models.risks import Level
from models.watch import Finding
from tasks import clock, reminders
from tasks.store import reading


def check(at: datetime) -> list[Finding]:
    """Remind every gate past its date whose own reminder did not come; return those reminded now."""
    with reading() as session:
        stays = session.exec(
            select(StageVisit, Procurement)
            .join(Procurement, col(Procurement.ref) == col(StageVisit.ref))
            .where(StageVisit.stage == Procurement.stage, StageVisit.visit == Procurement.visit)
            .where(col(StageVisit.due_at) <= at)
        ).all()
        locked = _locked(session)
    found = []
    for stay, procurement in stays:
        gate = stage_of(stay.stage)
        if not isinstance(gate, Gate) or (gate.locked and stay.ref in locked):
            continue
        if number := reminders.remind.fn(stay.ref, stay.stage, stay.visit):
            found.append(
                Finding(
                    cle=f"{stay.ref}:{stay.stage}:{stay.visit}",
                    niveau=Level.AMBER,
                    objet=f"{procurement.title} — {gate.label}",
                    echeance=stay.due_at.astimezone(clock.PARIS).date() if stay.due_at else None,
                    action=f"relance {number}",
                )
            )
    return found


def _locked(session: Session) -> set[str]:
    return set(session.exec(select(Lock.ref).where(col(Lock.lifted_at).is_(None))))
