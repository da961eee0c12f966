"""What would be lost with the opening key of a person: her shares of tenders that are still sealed."""

from pydantic import BaseModel
from sqlmodel import Session, col, or_, select

from models.tendering.seals import NEEDED, OpeningKey, TenderSeal, TenderShare


class Loss(BaseModel):
    """The share of one purchase: how many would be left, of the two that an opening takes."""

    ref: str
    left: int

    @property
    def said(self) -> str:
        """Return in French what would be lost."""
        if self.left >= NEEDED:
            return f"{self.ref} : sa part de la clé des plis ; il en resterait {self.left}, deux suffisent"
        return f"{self.ref} : sa part de la clé des plis ; il n'en resterait que {self.left} : PLIS PERDUS"


def of(session: Session, email: str) -> list[Loss]:
    """Return the sealed purchases of which a person holds a share that her key opens."""
    if session.get(OpeningKey, email) is None:
        return []
    held = (
        select(TenderShare.ref)
        .join(TenderSeal, col(TenderSeal.ref) == col(TenderShare.ref))
        .where(TenderShare.person_email == email, col(TenderSeal.opened_at).is_(None))
    )
    return [
        Loss(ref=ref, left=_left(session, ref, email)) for ref in session.exec(held.order_by(TenderShare.ref))
    ]


def _left(session: Session, ref: str, email: str) -> int:
    """Return how many shares could still be given: those of people who have a key, and that of the escrow."""
    others = session.exec(
        select(TenderShare).where(
            TenderShare.ref == ref,
            or_(col(TenderShare.person_email).is_(None), TenderShare.person_email != email),
        )
    ).all()
    return sum(
        1
        for one in others
        if one.person_email is None or session.get(OpeningKey, one.person_email) is not None
    )
