"""A purchase of the demo group played without a worker: people answer, time passes, segments run in the process."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from sqlmodel import col, select

from models.journal import Fact, JournalLine
from models.outbox import Message
from models.process.procurement import Decision, Document, Notice, Procurement, StageVisit
from models.process.table import Final, Gate, Timer, stage_of
from tasks import journal, storage
from tasks.gates.decisions import Outcome, Reply, decide
from tasks.process.procurements import Request, open_procurement
from tasks.rehearsal import playing
from tasks.runs import segments
from tasks.settings import settings
from tasks.store import reading
from tasks.tendering import tenders
from tasks.views import status

BUYER = "julie.perrin@ch-rocheval.invalid"
OTHER_BUYER = "thomas.girard@ch-rocheval.invalid"
LEGAL = "sophie.lambert@ch-rocheval.invalid"
PURCHASING = "karim.benali@ch-rocheval.invalid"
DIRECTOR = "helene.marchand@ch-rocheval.invalid"
PRESCRIBER = "nadia.cherif@ch-rocheval.invalid"
CORRESPONDENT = "claire.fontaine@ch-saint-aubin.invalid"


class Time:
    """The clock of a test: it stands still until it is set, and every part of the application reads it."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        """Return the instant that was set."""
        return self.instant

    def wait(self, seconds: float) -> None:
        """Let seconds pass."""
        self.instant += timedelta(seconds=seconds)

    def pass_days(self, days: int) -> None:
        """Move the clock forward."""
        self.instant += timedelta(days=days)


def open_purchase(amount: str, **changes: object) -> str:
    """Open a purchase of infusion devices and return its reference."""
    asked = {
        "objet": "Dispositifs de perfusion",
        "family": "perfusion",
        "cpv": "33194000",
        "amount_ht": Decimal(amount),
        "duration_months": 48,
        "nature": "fournitures",
        "buyer": BUYER,
    }
    return open_procurement(Request.model_validate({**asked, **changes}))


def run_segment(ref: str) -> str:
    """Run the segment that a worker would run; return the name of its last state."""
    from flows.lifecycle import lifecycle

    state = lifecycle(ref, return_state=True)
    assert state.is_completed(), state.message
    return state.name


def where(ref: str) -> str:
    """Return the stage at which a purchase stands."""
    return segments.place(ref).stage


def answer(ref: str, person: str, reply: str, **fields: object) -> Outcome:
    """Give one answer, as the command line does."""
    return decide(ref, Reply(person=person, answer=reply, fields=fields))


def answer_all(ref: str) -> None:
    """Give the favourable answer of everyone awaited at the open gate."""
    for rank, task in enumerate(one for one in status.to_do() if one.ref == ref):
        reply = playing.reply_to(task, rank if task.stage == "opening" else 0)
        decide(ref, Reply(person=reply.person, answer=reply.answer, fields=reply.fields))


def reach_due_date(ref: str, time: Time) -> None:
    """Set the clock one second after the date that the purchase waits for."""
    due_at = segments.place(ref).due_at
    assert due_at is not None
    time.instant = max(time.instant, due_at + timedelta(seconds=1))


def deposit_tenders(ref: str, time: Time) -> None:
    """Receive three tenders in time and one late."""
    files = playing.write_tenders(ref)
    for file in files[:-1]:
        tenders.receive(ref, file)
    reach_due_date(ref, time)
    tenders.receive(ref, files[-1])


def play(
    ref: str, time: Time, until: str = "notified", tendered: Callable[[str, Time], None] | None = None
) -> None:
    """Carry a purchase to a stage, its segment done; everyone answers favourably on the way."""
    for _ in range(30):
        run_segment(ref)
        stage = stage_of(where(ref))
        if stage.key == until or isinstance(stage, Final):
            break
        if isinstance(stage, Gate):
            answer_all(ref)
        elif stage.key == "tendering":
            (tendered or deposit_tenders)(ref, time)
        elif isinstance(stage, Timer):
            reach_due_date(ref, time)
    assert where(ref) == until


def load(ref: str) -> Procurement:
    """Return the row of a purchase."""
    with reading() as session:
        return session.get_one(Procurement, ref)


def documents(ref: str) -> list[Document]:
    """Return the documents of a purchase, in order."""
    with reading() as session:
        return list(session.exec(select(Document).where(Document.ref == ref).order_by(col(Document.id))))


def kinds(ref: str) -> set[str]:
    """Return the kinds of documents that a purchase has."""
    return {document.kind for document in documents(ref)}


def notices(ref: str) -> list[Notice]:
    """Return what was published, in order."""
    with reading() as session:
        return list(session.exec(select(Notice).where(Notice.ref == ref).order_by(col(Notice.id))))


def messages() -> list[Message]:
    """Return every message of the outbox."""
    with reading() as session:
        return list(session.exec(select(Message)))


def decisions(ref: str) -> list[Decision]:
    """Return every decision of a purchase, in order."""
    with reading() as session:
        return list(session.exec(select(Decision).where(Decision.ref == ref).order_by(col(Decision.id))))


def stays(ref: str) -> list[tuple[str, int]]:
    """Return the stages passed with their visit numbers, in order."""
    with reading() as session:
        rows = session.exec(select(StageVisit).where(StageVisit.ref == ref).order_by(col(StageVisit.id)))
        return [(row.stage, row.visit) for row in rows]


def lines(ref: str, fact: Fact | None = None) -> list[JournalLine]:
    """Return the journal of a purchase, or its lines of one kind."""
    with reading() as session:
        return [line for line in journal.read(session, ref) if fact is None or line.fact == fact]


def assert_whole(ref: str) -> None:
    """Check what must hold for every purchase, wherever it stands: nothing twice, nothing lost, all letters gone."""
    assert_journal_whole()
    assert_kept_once(ref)
    sent = [message for message in messages() if message.ref == ref]
    assert all(message.sent_at for message in sent)
    assert len(lines(ref, Fact.MESSAGE)) == len(sent)
    assert len(list((settings().home / "messages").rglob("*.eml"))) == len(messages())


def assert_journal_whole() -> None:
    """Check that no line of the journal is missing or altered."""
    with reading() as session:
        assert journal.verify(session).valide


def assert_kept_once(ref: str) -> None:
    """Check what is kept of a purchase: its documents, notices and moves; nothing twice, lost or altered."""
    papers = documents(ref)
    assert len({(p.kind, p.version, p.recipient) for p in papers}) == len(papers)
    assert len({p.path for p in papers}) == len(papers)
    for paper in papers:
        assert storage.sha256(storage.read(paper.path)) == paper.sha256
    assert [line.after for line in lines(ref, Fact.DOCUMENT)] == [paper.path for paper in papers]
    published = [(notice.kind, notice.version) for notice in notices(ref)]
    assert len(set(published)) == len(published)
    assert [line.subject for line in lines(ref, Fact.NOTICE)] == [kind for kind, _ in published]
    moves = [(line.before, line.after) for line in lines(ref, Fact.TRANSITION)]
    assert len(set(moves)) == len(moves)
    assert [end for _, end in moves][:-1] == [start for start, _ in moves][1:]
    assert_never_early(ref)


def assert_never_early(ref: str) -> None:
    """Check that every date that the purchase waited for had come when it was left, by that date and nothing else."""
    with reading() as session:
        rows = session.exec(select(StageVisit).where(StageVisit.ref == ref)).all()
    for stay in rows:
        if isinstance(stage_of(stay.stage), Timer) and stay.left_at:
            assert stay.due_at is not None, stay.stage
            assert (stay.outcome, stay.left_at >= stay.due_at) == ("due", True), (
                stay.stage,
                stay.due_at,
                stay.left_at,
            )
