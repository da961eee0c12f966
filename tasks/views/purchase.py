"""One purchase as a person may see it: where it stands, its documents, needs, decisions and journal."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from pydantic import BaseModel
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, or_, select

from models.access.sight import Viewer, sees_decision, sees_needs_of, sees_signatures
from models.journal import JournalLine
from models.organisation.group import Person
from models.process.procurement import Decision, Item, Need, Procurement, Seat
from models.process.table import Final, stage_of
from models.risks.register import Risk
from tasks import clock
from tasks.access import accounts
from tasks.organisation import people
from tasks.settings import running_server, settings
from tasks.store import reading
from tasks.views import files, rows, status
from tasks.views import risks as views_risks
from tasks.views.rows import Rows

LAST_LINES = 100
WORKING = "travail/"
AHEAD = timedelta(days=3653)  # reminders and legal dates are runs to come


class Given(BaseModel):
    """A decision; its content is left out for those who may not read it."""

    stage: str
    label: str
    answer: str
    person: str
    decided_at: datetime
    delegation: str | None
    is_voided: bool
    is_readable: bool
    comment: str


class NeedRow(BaseModel):
    """An item and the yearly quantities, one for each establishment that the person may read."""

    code: str
    lot: int
    label: str
    unit: str
    quantities: list[Decimal | None]
    total: Decimal | None


class Needs(BaseModel):
    """The needs as the person may read them."""

    houses: list[str]
    rows: list[NeedRow]
    has_total: bool


class Signed(BaseModel):
    """A signature given."""

    label: str
    person: str
    ground: str
    means: str
    signed_at: datetime
    document_sha256: str


class PurchaseView(BaseModel):
    """Everything that the page of a purchase shows."""

    status: status.Status
    buyer: str
    duration_months: int
    documents: list[files.Shown]
    decisions: list[Given]
    needs: Needs
    signatures: list[Signed]
    journal: list[JournalLine]
    tenders: int | None  # how many were received, for those who run the procedure
    due_at: datetime | None
    prefect_url: str | None
    is_settled: bool
    risks: list[views_risks.Threat]

    @property
    def is_awaited(self) -> bool:
        """Return whether something may still happen."""
        return not isinstance(stage_of(self.status.stage), Final)

    @property
    def place(self) -> str:
        """Return what a page that waits compares: where the purchase stands, and whether documents are being made."""
        stay = f"{self.status.stage}/{self.status.visit}/{len(self.status.awaiting)}"
        return stay if self.is_settled else f"{WORKING}{stay}"


def view(viewer: Viewer, ref: str) -> PurchaseView | None:
    """Return the purchase as the person may see it, or None when there is none of that reference."""
    with reading() as session:
        kept = rows.of(session, ref)
        if kept is None:
            return None
        procurement, team = kept.procurement, viewer.runs_purchases
        shown = status.of(kept, viewer)
        return PurchaseView(
            status=shown,
            buyer=kept.buyer.name if kept.buyer else "",
            duration_months=procurement.duration_months,
            documents=files.shown(viewer, procurement, kept.documents),
            decisions=_decisions(session, viewer, ref),
            needs=_needs(session, viewer, ref),
            signatures=_signatures(kept) if sees_signatures(viewer) else [],
            journal=_journal(session, ref) if viewer.reads_journal else [],
            tenders=kept.tenders if team else None,
            due_at=shown.due_at,
            prefect_url=_runs_address(procurement) if team or viewer.is_administrator else None,
            is_settled=kept.stay.settled_at is not None,
            risks=views_risks.threats(session, viewer, _stands_on(procurement)),
        )


def _stands_on(procurement: Procurement) -> ColumnElement[bool]:
    """Return the condition: a risk stands on the purchase, or on the contract that it renews."""
    here = col(Risk.ref) == procurement.ref
    return or_(here, col(Risk.contract) == procurement.renews) if procurement.renews else here


def _runs_address(procurement: Procurement) -> str | None:
    """Return the page of Prefect with the runs of a purchase, past and to come; none that people cannot reach."""
    here, server = settings(), running_server()
    base = here.prefect_public_url or (server.ui_url if server and not here.public_url else None)
    if base is None:
        return None
    first = min(procurement.opened_at, accounts.real_now()) - timedelta(days=1)
    between = {"startDate": first, "endDate": accounts.real_now() + AHEAD}
    dates = {name: moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for name, moment in between.items()}
    return f"{base.rstrip('/')}/runs?" + urlencode({"tag": procurement.ref, "type": "range", **dates})


def _decisions(session: Session, viewer: Viewer, ref: str) -> list[Given]:
    rows = session.exec(
        select(Decision, Seat, Person)
        .join(Seat, col(Seat.id) == col(Decision.seat_id))
        .join(Person, col(Person.email) == col(Decision.person_email))
        .where(Decision.ref == ref)
        .order_by(col(Decision.id))
    )
    return [
        _given(decision, someone, sees_decision(viewer, someone.email, seat.stage, seat.establishment_siret))
        for decision, seat, someone in rows
    ]


def _given(decision: Decision, someone: Person, is_readable: bool) -> Given:
    stage = stage_of(decision.stage)
    answers = {answer.key: answer.label for answer in getattr(stage, "answers", ())}
    said = str(decision.form.get("motif") or decision.form.get("observation") or "")
    return Given(
        stage=decision.stage,
        label=stage.label,
        answer=answers.get(decision.answer, decision.answer),
        person=someone.name,
        decided_at=decision.decided_at,
        delegation=decision.delegation,
        is_voided=decision.voided_at is not None,
        is_readable=is_readable,
        comment=said if is_readable else "",
    )


def _needs(session: Session, viewer: Viewer, ref: str) -> Needs:
    houses = people.establishments(session, clock.today())
    seen = [house for house in houses if sees_needs_of(viewer, house.siret)]
    asked = (
        select(Item, Need)
        .join(Need, (col(Need.ref) == col(Item.ref)) & (col(Need.item_code) == col(Item.code)), isouter=True)
        .where(Item.ref == ref)
        .order_by(col(Item.rank))
    )
    items: dict[str, Item] = {}
    known: dict[tuple[str, str], Decimal] = {}
    for found in session.exec(asked):
        item = found[0]
        need: Need | None = found[1]
        items[item.code] = item
        if need:
            known[item.code, need.establishment_siret] = need.quantity
    everything = len(seen) == len(houses)
    lines = []
    for item in items.values():
        quantities = [known.get((item.code, house.siret)) for house in seen]
        total = sum((one for one in quantities if one is not None), Decimal(0))
        lines.append(
            NeedRow(
                code=item.code,
                lot=item.lot,
                label=item.label,
                unit=item.unit,
                quantities=quantities,
                total=total if everything else None,
            )
        )
    return Needs(houses=[house.name for house in seen if lines], rows=lines, has_total=everything)


def _signatures(kept: Rows) -> list[Signed]:
    return [
        Signed(
            label=row.act.label,
            person=someone.name,
            ground=row.ground,
            means=row.means,
            signed_at=row.signed_at,
            document_sha256=row.document_sha256,
        )
        for row, someone in kept.signatures
    ]


def _journal(session: Session, ref: str) -> list[JournalLine]:
    query = select(JournalLine).where(JournalLine.ref == ref).order_by(col(JournalLine.seq).desc())
    return list(session.exec(query.limit(LAST_LINES)))
