"""The risks that the pages show: contracts that end without a renewal, decisions that are late, locks.

Other sources of risk add their own function to `SOURCES`.
"""

from collections.abc import Callable
from datetime import date, timedelta
from enum import StrEnum

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.access import Viewer, sees_contract
from models.contracts import Contract
from models.process import STAGES, Gate, stage_of
from models.procurement import Lock, Procurement, StageVisit
from tasks import clock
from tasks.store import reading

MOST = 200
GATES = tuple(stage.key for stage in STAGES if isinstance(stage, Gate))


class Level(StrEnum):
    """How serious a risk is; the values sort from the worst."""

    BLACK = "noir"
    RED = "rouge"
    ORANGE = "orange"


ORDER = list(Level)


class Risk(BaseModel):
    """One risk, and where to act on it."""

    level: Level
    kind: str
    objet: str
    due: date | None
    action: str
    path: str


def risks(viewer: Viewer, on: date) -> list[Risk]:
    """Return the risks that the person may read, the worst and the nearest first."""
    with reading() as session:
        found = [one for source in SOURCES for one in source(session, viewer, on)]
    return sorted(found, key=lambda one: (ORDER.index(one.level), one.due or date.max))[:MOST]


def _contracts(session: Session, viewer: Viewer, on: date) -> list[Risk]:
    rows = session.exec(
        select(Contract)
        .where(col(Contract.alert_on) <= on, col(Contract.renewal_ref).is_(None), Contract.holder_rank == 1)
        .where(col(Contract.ends_on) >= on - timedelta(days=365))
        .order_by(col(Contract.ends_on))
        .limit(MOST)
    )
    made: dict[tuple[str, str], Risk] = {}
    for one in rows:
        if sees_contract(viewer, one.buyer_siret):
            made.setdefault((one.buyer_siret, one.number), _of_contract(one, on))
    return list(made.values())


def _of_contract(one: Contract, on: date) -> Risk:
    days = (one.ends_on - on).days if one.ends_on else 0
    level = Level.BLACK if days < 0 else Level.RED if days < 90 else Level.ORANGE
    return Risk(
        level=level,
        kind="Marché qui se termine",
        objet=f"{one.number} · {one.objet} ({one.holder})",
        due=one.ends_on,
        action="ouvrir le renouvellement",
        path=f"/contrats?q={one.number}",
    )


def _late_gates(session: Session, viewer: Viewer, on: date) -> list[Risk]:
    rows = session.exec(
        select(StageVisit, Procurement)
        .join(Procurement, col(Procurement.ref) == col(StageVisit.ref))
        .where(StageVisit.stage == Procurement.stage, StageVisit.visit == Procurement.visit)
        .where(col(Procurement.stage).in_(GATES), col(StageVisit.due_at) <= clock.now())
        .order_by(col(StageVisit.due_at))
        .limit(MOST)
    )
    return [
        Risk(
            level=Level.ORANGE,
            kind="Décision en retard",
            objet=f"{one.title} — {stage_of(one.stage).label}",
            due=stay.due_at.astimezone(clock.PARIS).date() if stay.due_at else None,
            action=f"relances envoyées : {stay.reminders}",
            path=f"/achats/{one.ref}",
        )
        for stay, one in rows
    ]


def _locks(session: Session, viewer: Viewer, on: date) -> list[Risk]:
    rows = session.exec(
        select(Lock, Procurement)
        .join(Procurement, col(Procurement.ref) == col(Lock.ref))
        .where(col(Lock.lifted_at).is_(None))
    )
    return [
        Risk(
            level=Level.RED,
            kind="Signature suspendue",
            objet=f"{one.title} — {lock.reason}",
            due=None,
            action="attendre la décision du juge (CJA art. L. 551-4)",
            path=f"/achats/{one.ref}",
        )
        for lock, one in rows
    ]


SOURCES: list[Callable[[Session, Viewer, date], list[Risk]]] = [_contracts, _late_gates, _locks]
