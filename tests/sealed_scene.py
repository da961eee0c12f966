"""A purchase of the demo group with three sealed tenders, and what opens them."""

from datetime import timedelta

from tasks import clock
from tasks.gates.decisions import Reply, decide
from tasks.rehearsal import playing
from tasks.store import transaction
from tasks.tendering import tenders
from tests import rehearsing
from tests.signing_scene import waiting

REF = "2026-001"


def to_tendering() -> None:
    """Put a purchase with items in tendering, and deposit three tenders."""
    from models.process.procurement import Item, Procurement

    waiting(REF, "150000", "opening")
    with transaction() as session:
        purchase = session.get_one(Procurement, REF)
        purchase.tenders_due_at = clock.now() + timedelta(days=1)
        session.add(Item(ref=REF, code="PERF-1", label="Perfuseur", unit="unité"))
    files = playing.write_tenders(REF)
    for file in files[:3]:
        tenders.receive(REF, file)
    for file in files:
        file.unlink()  # what the candidates sent is theirs: the application keeps no copy


def after_the_deadline() -> None:
    rehearsing.forward(days=2)


def open_as(email: str) -> None:
    decide(REF, Reply(person=email, answer="approve"))
