"""A procurement of the demo group that waits for a signature."""

from sqlmodel import select

from models.process.procurement import Procurement
from models.process.table import PROCESS_VERSION
from models.reading.values import parse_amount
from models.signing.signatures import Signature
from tasks import clock, journal
from tasks.access.proofs import Credentials
from tasks.gates.decisions import Reply, decide
from tasks.loading.file import load_organisation
from tasks.process import transitions
from tasks.settings import ROOT
from tasks.store import reading, transaction

DEMO = ROOT / "examples" / "ght-demo.toml"
DIRECTOR = "helene.marchand@ch-rocheval.invalid"
PURCHASING = "karim.benali@ch-rocheval.invalid"
LEGAL = "sophie.lambert@ch-rocheval.invalid"


def load() -> None:
    """Load the demo group."""
    load_organisation(DEMO)


def waiting(ref: str = "2026-001", amount: str = "150000", stage: str = "award_decision") -> str:
    """Put a procurement at a signature gate, whose act engages the amount."""
    lot = {"numero": 1, "libelle": "Lot unique", "estimation": amount, "maximum": amount}
    with transaction() as session:
        procurement = Procurement(
            ref=ref,
            objet="Dispositifs de perfusion",
            family_code="perfusion",
            cpv="33194000",
            nature="fournitures",
            amount_ht=parse_amount(amount),
            duration_months=48,
            stage=stage,
            process_version=PROCESS_VERSION,
            opened_at=clock.now(),
            strategy={"lots": [lot]},
        )
        session.add(procurement)
        session.flush()
        transitions.enter(session, procurement, in_segment=False)
    return ref


def sign(ref: str, person: str, answer: str = "approve", credentials: Credentials | None = None):
    """Answer at the open gate as the command line does."""
    fields = {} if answer == "approve" else {"motif": "Besoin disparu"}
    reply = Reply(person=person, answer=answer, fields=fields, credentials=credentials or Credentials())
    return decide(ref, reply)


def signatures(ref: str | None = None) -> list[Signature]:
    """Return the signatures recorded."""
    query = select(Signature)
    with reading() as session:
        return list(session.exec(query.where(Signature.ref == ref) if ref else query))


def journal_lines(fact: str) -> list:
    """Return the journal lines of one kind."""
    with reading() as session:
        return [line for line in journal.read(session) if line.fact == fact]


def journal_is_valid() -> bool:
    """Return whether the journal is whole."""
    with reading() as session:
        return journal.verify(session).valide
