"""The record of the opening of tenders (procès-verbal d'ouverture des plis)."""

from sqlmodel import Session, col, select

from models.documents.passing import Opener, OpeningRecord
from models.organisation.group import Person
from models.process.procurement import Decision
from models.signing.acts import Act
from tasks import clock
from tasks.award import papers
from tasks.steps import step
from tasks.store import reading


def openers(session: Session, ref: str) -> list[tuple[Decision, Person]]:
    """Return who opened the tenders, in the order of their answers."""
    rows = session.exec(
        select(Decision, Person)
        .join(Person, col(Person.email) == col(Decision.person_email))
        .where(Decision.ref == ref, Decision.stage == "opening", col(Decision.voided_at).is_(None))
        .order_by(col(Decision.id))
    )
    return list(rows)


@step("Dresser le procès-verbal d'ouverture")
def write_record(ref: str) -> None:
    """Write the record of the last opening, once: an analysis done again opens nothing again."""
    with reading() as session:
        shared = papers.bundle(session, ref)
        opened = openers(session, ref)
        remarks = " ".join(str(d.form["observation"]) for d, _ in opened if d.form.get("observation"))
        context = OpeningRecord(
            head=shared.head,
            signatory=papers.decided_by(session, shared.procurement, "opening", Act.LAUNCH),
            opened_at=max(d.decided_at for d, _ in opened).astimezone(clock.PARIS),
            openers=[Opener(name=one.name, function=one.function or "Acheteur") for _, one in opened],
            deposits=papers.deposits(shared.tenders),
            remarks=remarks or None,
        )
        visit = max(decision.visit for decision, _ in opened)
    papers.keep("pv_ouverture", ref, visit, context)
