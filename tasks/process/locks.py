"""Locks on a procurement: what a judge holds up is signed by nobody until the decision is recorded."""

from sqlmodel import Session, col, select

from models.errors import NotAllowed
from models.process.procurement import Lock, Procurement
from models.process.table import WITHOUT_FOLLOW_UP, Answer, Gate
from tasks.clock import PARIS


def check(session: Session, procurement: Procurement, gate: Gate, chosen: Answer) -> None:
    """Refuse to sign while a lock stands; giving up the purchase stays possible."""
    if not gate.locked or chosen.leads_to == WITHOUT_FOLLOW_UP.leads_to:
        return
    lock = session.exec(
        select(Lock).where(Lock.ref == procurement.ref, col(Lock.lifted_at).is_(None))
    ).first()
    if lock:
        since = lock.placed_at.astimezone(PARIS).strftime("%d/%m/%Y")
        raise NotAllowed(f"Signature interdite depuis le {since} : {lock.reason} (CJA art. L. 551-4).")
