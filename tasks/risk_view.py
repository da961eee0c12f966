"""The risks that the pages show: the register of risks, and the signatures that are suspended."""

from datetime import date

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.access import Viewer, sees_risk
from models.procurement import Lock, Procurement
from models.risks import Level, Risk
from tasks import risks
from tasks.store import reading

MOST = 300


class Shown(BaseModel):
    """One risk, and where to act on it."""

    level: Level
    kind: str
    objet: str
    due: date | None
    action: str
    owner: str
    path: str


def shown(viewer: Viewer) -> list[Shown]:
    """Return the open risks that the person may read, the worst and the nearest first."""
    with reading() as session:
        found = [_of(one) for one in risks.open_risks(session) if sees_risk(viewer, one.establishment_siret)]
        found += _locks(session)
    return sorted(found, key=lambda one: (-one.level.rank, one.due or date.max))[:MOST]


def _of(risk: Risk) -> Shown:
    path = f"/achats/{risk.ref}" if risk.ref else "/contrats"
    if risk.contract and not risk.ref:
        path = "/contrats?etat=à renouveler"
    return Shown(
        level=risk.level,
        kind=risk.kind.label,
        objet=risk.title,
        due=risk.due_on,
        action=risk.action,
        owner=risk.owner_email or "",
        path=path,
    )


def _locks(session: Session) -> list[Shown]:
    rows = session.exec(
        select(Lock, Procurement)
        .join(Procurement, col(Procurement.ref) == col(Lock.ref))
        .where(col(Lock.lifted_at).is_(None))
    )
    return [
        Shown(
            level=Level.RED,
            kind="Signature suspendue",
            objet=f"{one.title} — {lock.reason}",
            due=None,
            action="attendre la décision du juge (CJA art. L. 551-4)",
            owner="",
            path=f"/achats/{one.ref}",
        )
        for lock, one in rows
    ]
