"""The open gate of a purchase as one person meets it: may she answer, with which form, what would she sign."""

from datetime import date

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session, col, false, or_, select

from models.access.proofs import CodeEnrolment, Proof
from models.access.sight import Viewer
from models.award.ranking import PRICE_KINDS
from models.errors import Refused
from models.organisation.group import Establishment
from models.process.forms import Analysis, Strategy
from models.process.procurement import Document, Item, Procurement, Seat
from models.process.table import Answer, EachEstablishment, Gate, Signatory, stage_of
from models.signing.acts import Act
from models.signing.questions import Verdict
from tasks import clock
from tasks.access import proofs
from tasks.award import results
from tasks.gates import decisions, examples, signatures
from tasks.organisation import people
from tasks.process import conflicts, transitions
from tasks.signing import takers
from tasks.signing.purchase_powers import Powers
from tasks.store import reading
from tasks.tendering import reads, seals, tenders
from tasks.views import files, work
from tasks.views.files import Shown


class Winner(BaseModel):
    """Who is chosen for a lot; the amount is in EUR HT over the whole duration."""

    lot: str
    supplier: str
    amount_ht: str


class Signing(BaseModel):
    """What the person would sign, and on what power."""

    act: str
    amount_ht: str
    amount_is: str  # what the amount is: an estimate, the total awarded, the maximum of the framework
    winners: list[Winner]
    verdict: Verdict
    documents: list[Shown]
    pieces: list[Shown]  # what the archive that is signed holds


class Wanted(BaseModel):
    """An item whose yearly quantity is asked."""

    code: str
    lot: int
    label: str
    unit: str


class Marked(BaseModel):
    """A tender on a lot, to be marked."""

    tender: str
    supplier: str
    lot: int
    amount_ht: str
    missing: list[str]


class Judged(BaseModel):
    """A criterion on which marks are given."""

    code: str
    label: str
    weight: int


class Possible(BaseModel):
    """An answer of the gate, and why the person may not give it (empty: she may)."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    answer: Answer
    refusal: str
    signs: bool  # the answer is a signature: one-time code where the group asks for it


class GateView(BaseModel):
    """The gate as the person meets it; `refusal` says why she may give no answer at all."""

    ref: str
    objet: str
    stage: str
    visit: int
    label: str
    ground: str
    due: date | None
    possible: list[Possible]
    asked_as: str
    example: dict[str, object]
    code_is_asked: bool = False
    has_codes: bool = False
    asks_share: bool = False  # opening sealed tenders takes the person's password
    must_declare: bool = False  # declares interests before any answer
    house: str = ""
    signing: Signing | None = None
    items: list[Wanted] = []
    marked: list[Marked] = []
    judged: list[Judged] = []

    @property
    def refusal(self) -> str:
        """Return why the person may give no answer, empty when she may give one."""
        if any(not one.refusal for one in self.possible):
            return ""
        return self.possible[0].refusal

    @property
    def place(self) -> str:
        """Return the stay that an answer given on this page is meant for."""
        return f"{self.stage}/{self.visit}"


def gate_view(viewer: Viewer, ref: str) -> GateView | None:
    """Return the open gate of a purchase, or None when the purchase is unknown or asks nobody."""
    with reading() as session:
        procurement = session.get(Procurement, ref)
        gate = stage_of(procurement.stage) if procurement else None
        if procurement is None or not isinstance(gate, Gate):
            return None
        powers = Powers(session, procurement)
        seat, refusal = _seat(powers, viewer)
        due_at = transitions.current_visit(session, procurement).due_at
        act = gate.asks.act if isinstance(gate.asks, Signatory) else None
        view = GateView(
            ref=ref,
            objet=procurement.objet,
            stage=gate.key,
            visit=procurement.visit,
            label=gate.label,
            ground=work.ground_of(gate, act, clock.today()),
            due=due_at.astimezone(clock.PARIS).date() if due_at else None,
            possible=_possible(powers, viewer, gate, refusal),
            asked_as=takers.seat_name(session, seat) if seat else "",
            example=examples.example(session, procurement) if seat else {},
            code_is_asked=proofs.policy(session) is Proof.CODE,
            has_codes=session.get(CodeEnrolment, viewer.email) is not None,
            asks_share=gate.opens and seals.asks_password(session, viewer.email, ref),
            must_declare=conflicts.must_declare(session, procurement, gate, viewer.email),
        )
        if isinstance(gate.asks, Signatory):
            view.signing = _signing(powers, viewer, gate.asks)
        if seat is not None:
            _complete(session, view, procurement, gate, seat)
        return view


def _seat(powers: Powers, viewer: Viewer) -> tuple[Seat | None, str]:
    """Return the seat that the person may take now, or why she may not."""
    try:
        places = transitions.seats(powers.session, powers.procurement)
        seat, _ = decisions.find_seat(powers, places, people.person(powers.session, viewer.email))
    except Refused as refusal:
        return None, str(refusal)
    return seat, ""


def _possible(powers: Powers, viewer: Viewer, gate: Gate, refusal: str) -> list[Possible]:
    someone = people.person(powers.session, viewer.email)
    found = []
    for answer in gate.answers:
        said = refusal
        if answer.act:
            try:
                takers.check_power(powers, someone, answer.act)
                said = ""
            except Refused as reason:
                said = str(reason)
        signs = answer.act is not None or isinstance(gate.asks, Signatory)
        found.append(Possible(answer=answer, refusal=said, signs=signs))
    return found


def _signing(powers: Powers, viewer: Viewer, asks: Signatory) -> Signing:
    session, procurement = powers.session, powers.procurement
    signed = {one.sha256: one.path for one in signatures.signed_documents(session, procurement.ref, asks.act)}
    shown = files.shown_documents(session, viewer, procurement)
    pieces = _beside(session, signed) if asks.act == Act.LAUNCH else set()
    return Signing(
        act=asks.act.label,
        amount_ht=str(powers.amount(asks.act)),
        amount_is=powers.meaning(asks.act),
        winners=_winners(session, procurement) if asks.act != Act.LAUNCH else [],
        verdict=powers.verdict(viewer.email, asks.act),
        documents=[one for one in shown if one.sha256 in signed],
        pieces=[one for one in shown if one.sha256 in pieces],
    )


def _beside(session: Session, signed: dict[str, str]) -> set[str]:
    """Return the hashes of the documents kept in the folder of an archive: the pieces that it holds."""
    folders = {path.rpartition("/")[0] for path in signed.values()}
    rows = session.exec(
        select(Document).where(or_(false(), *(col(Document.path).startswith(f"{one}/") for one in folders)))
    )
    return {row.sha256 for row in rows} - set(signed)


def _winners(session: Session, procurement: Procurement) -> list[Winner]:
    found = ((lot, lot.winner) for lot in results.results(session, procurement))
    return [
        Winner(lot=f"Lot {lot.number} : {lot.title}", supplier=best.supplier, amount_ht=str(best.amount_ht))
        for lot, best in found
        if best is not None
    ]


def _complete(session: Session, view: GateView, procurement: Procurement, gate: Gate, seat: Seat) -> None:
    if isinstance(gate.asks, EachEstablishment):
        house = session.get(Establishment, seat.establishment_siret or "")
        view.house = house.name if house else ""
        view.items = wanted_items(session, procurement.ref)
    if any(answer.form is Analysis for answer in gate.answers):
        criteria = Strategy.model_validate(procurement.strategy).criteria
        view.judged = [
            Judged(code=one.code, label=one.label, weight=one.weight)
            for one in criteria
            if one.kind not in PRICE_KINDS
        ]
        view.marked = [
            Marked(
                tender=str(one.number),
                supplier=one.supplier,
                lot=one.lot,
                amount_ht=str(one.amount_ht),
                missing=one.missing,
            )
            for one in tenders.priced(session, procurement)
        ]


def note_read(viewer: Viewer, view: GateView) -> None:
    """Write in the journal that the tenders to be marked are shown to a person, or refused to her."""
    if not any(one.answer.form is Analysis for one in view.possible):
        return
    if view.marked or view.refusal:
        reads.note(
            reads.Attempt(
                person=viewer.email,
                ref=view.ref,
                subject=reads.TENDERS,
                refusal="" if view.marked else view.refusal,
                detail=f"page de notation, {len(view.marked)} lignes",
            )
        )


def wanted_items(session: Session, ref: str) -> list[Wanted]:
    """Return the items of a purchase in their order."""
    rows = session.exec(select(Item).where(Item.ref == ref).order_by(Item.rank))  # type: ignore[arg-type]
    return [Wanted(code=one.code, lot=one.lot, label=one.label, unit=one.unit) for one in rows]
