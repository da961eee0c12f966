"""What the database keeps of one purchase, each part read once, when first asked: for its page and its status."""

from functools import cached_property

from sqlmodel import Session, col, func, select

from models.access.proofs import Proof
from models.organisation.group import Family, Person
from models.process.procurement import Document, Procurement, Seat, StageVisit, Tender
from models.signing.signatures import Signature
from tasks.access import proofs
from tasks.process import transitions
from tasks.signing.purchase_powers import Powers


class Rows:
    """The rows of one purchase, in the session that gave it."""

    def __init__(self, session: Session, procurement: Procurement, family: Family) -> None:
        self.session, self.procurement, self.family = session, procurement, family
        self.buyer: Person | None = None
        self.tenders = 0  # received, late ones included
        self.powers = Powers(session, procurement)

    @cached_property
    def stays(self) -> list[StageVisit]:
        """Return every stay at a stage, in order."""
        query = select(StageVisit).where(StageVisit.ref == self.procurement.ref).order_by(col(StageVisit.id))
        return list(self.session.exec(query))

    @property
    def stay(self) -> StageVisit:
        """Return the present stay."""
        here = (self.procurement.stage, self.procurement.visit)
        return next(one for one in self.stays if (one.stage, one.visit) == here)

    @cached_property
    def seats(self) -> list[Seat]:
        """Return the seats of the present gate, in the order in which they are answered."""
        return transitions.seats(self.session, self.procurement)

    @cached_property
    def documents(self) -> list[Document]:
        """Return every document, in the order in which they were made."""
        query = select(Document).where(Document.ref == self.procurement.ref).order_by(col(Document.id))
        return list(self.session.exec(query))

    @cached_property
    def signatures(self) -> list[tuple[Signature, Person]]:
        """Return every signature with who gave it, in order."""
        query = (
            select(Signature, Person)
            .join(Person, col(Person.email) == col(Signature.person_email))
            .where(Signature.ref == self.procurement.ref)
            .order_by(col(Signature.id))
        )
        return list(self.session.exec(query))

    @cached_property
    def proof(self) -> Proof:
        """Return what the group asks of those who sign."""
        return proofs.policy(self.session)


def of(session: Session, ref: str) -> Rows | None:
    """Return the rows of a purchase, None when there is none of that reference."""
    counted = select(func.count()).select_from(Tender).where(Tender.ref == ref).scalar_subquery()
    query = (
        select(Procurement, Family, Person, counted)
        .join(Family, col(Family.code) == col(Procurement.family_code))
        .join(Person, col(Person.email) == col(Procurement.buyer_email), isouter=True)
        .where(Procurement.ref == ref)
    )
    found = session.exec(query).first()
    if found is None:
        return None
    rows = Rows(session, found[0], found[1])
    rows.buyer, rows.tenders = found[2], found[3]
    return rows
