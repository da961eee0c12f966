"""Which version of a dossier is in force, and where its pieces are kept."""

from sqlmodel import Session, select

from models.consultation.rectification import Rectification
from models.process.procurement import StageVisit


def folder(version: int) -> str:
    """Return the folder of one version of the dossier."""
    return f"dce-v{version}"


def drafted(session: Session, ref: str) -> int:
    """Return the version of the dossier that is in force: the last one drafted, or rectified once published."""
    visits = session.exec(
        select(StageVisit.visit).where(StageVisit.ref == ref, StageVisit.stage == "drafting")
    ).all()
    rectified = session.exec(select(Rectification.version).where(Rectification.ref == ref)).all()
    return max([*visits, *rectified])
