"""A group that has bought for years: 2,000 purchases with their history, 20,000 contracts, a million journal lines."""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from itertools import islice

from sqlmodel import SQLModel, select

from models.contracts.register import Contract
from models.journal import Fact, JournalLine
from models.organisation.group import Establishment, Family
from models.process.procurement import Decision, Document, Item, Need, Procurement, Seat, StageVisit
from models.process.table import PROCESS_VERSION, STAGES, Gate
from models.searching import searched_text
from tasks import clock, storage
from tasks.loading.file import load_organisation
from tasks.process import transitions
from tasks.settings import ROOT
from tasks.store import engine, reading, transaction
from tests.portal_scene import BUYER, DIRECTOR, LEGAL, OTHER_BUYER


def ref(rank: int) -> str:
    """Return the reference of a purchase."""
    return f"2026-{rank:04d}"


PURCHASES, CONTRACTS, LINES, BATCH = 2_000, 20_000, 1_000_000, 50_000
HOUSES = 5  # of the example; the first by its SIRET is the support establishment
STAND_AT = (
    "strategy",
    "needs",
    "review",
    "dce_approval",
    "tendering",
    "opening",
    "analysis",
    "award_decision",
    "notified",
)
WAY = [stage for stage in STAGES if stage.key != "quotes"]
PLACE = {stage.key: rank for rank, stage in enumerate(WAY)}
ITEMS = 12
KEPT = {"drafting": 9, "publication": 3, "opening": 1, "analysis": 2, "information": 4, "notification": 3}
PAPER = (ROOT / "templates" / "dce" / "ccap.docx").read_bytes()  # what one document holds, to preview it
PAPER_PATH = f"documents/{ref(STAND_AT.index('dce_approval'))}/dce-1/drafting-0.docx"
PREVIEW = f"/achats/{ref(STAND_AT.index('dce_approval'))}/apercu/{sha256(PAPER).hexdigest()}"
AFTER = 10_000_000  # rows written here are numbered from there on, after those that the application wrote
Row = dict[str, object]


def fill() -> None:
    """Write everything in the home directory of the environment."""
    load_organisation(ROOT / "examples" / "ght-demo.toml")
    with reading() as session:
        houses = list(session.exec(select(Establishment.siret).order_by(Establishment.siret)))
        families = list(session.exec(select(Family.code).order_by(Family.code)))
    for first in range(0, PURCHASES, 200):
        with transaction() as session:
            for rank in range(first, first + 200):
                one = _purchase(rank, families)
                session.add(one)
                session.flush()
                transitions.enter(session, one, in_segment=True)
    _insert(StageVisit, _stays())
    _insert(Seat, (seat for seat, _ in _answers()))
    _insert(Decision, (decision for _, decision in _answers()))
    _insert(Document, _documents())
    storage.write(PAPER_PATH, PAPER)
    _insert(Item, _items())
    _insert(Need, _needs(houses))
    _insert(Contract, _contracts(houses, families))
    _insert(JournalLine, _journal())


def _insert(table: type[SQLModel], rows: Iterator[Row]) -> None:
    with engine().begin() as connection:
        while batch := list(islice(rows, BATCH)):
            connection.execute(table.__table__.insert(), batch)


def one_of_each(rank: int) -> dict[str, str]:
    """Return a purchase that stands anywhere, one that stands at each stage, and a contract, for addresses."""
    turn = rank % (PURCHASES // len(STAND_AT)) * len(STAND_AT)
    standing = {stage: ref(turn + place) for place, stage in enumerate(STAND_AT)}
    return {
        **standing,
        "ref": ref(rank % PURCHASES),
        "contract": f"M-{rank % (CONTRACTS // HOUSES) * HOUSES}",
    }


def _stands_at(rank: int) -> str:
    return STAND_AT[rank % len(STAND_AT)]


def _past(rank: int) -> list[tuple[int, str]]:
    """Return the stages that a purchase has left, with their places on the way."""
    return [(place, stage.key) for place, stage in enumerate(WAY[: PLACE[_stands_at(rank)]])]


def _purchase(rank: int, families: list[str]) -> Procurement:
    now = clock.now()
    return Procurement(
        ref=ref(rank),
        objet=f"Dispositifs de perfusion {rank}",
        family_code=families[rank % len(families)],
        cpv="33194000",
        nature="fournitures",
        amount_ht=40_000 + rank * 100,
        duration_months=48,
        stage=_stands_at(rank),
        process_version=PROCESS_VERSION,
        buyer_email=(BUYER, OTHER_BUYER)[rank % 2],
        opened_at=now - timedelta(days=rank % 300),
        tenders_due_at=now + timedelta(days=20),
        strategy={"lots": [{"numero": 1, "libelle": "Lot", "estimation": "100000", "maximum": "120000"}]},
    )


def _stays() -> Iterator[Row]:
    now = clock.now()
    for rank in range(PURCHASES):
        for place, stage in _past(rank):
            entered = now - timedelta(days=200 - 10 * place)
            left = entered + timedelta(days=9)
            yield {
                "ref": ref(rank),
                "stage": stage,
                "visit": 1,
                "entered_at": entered,
                "settled_at": left,
                "left_at": left,
                "outcome": "approve",
                "reminders": 0,
            }


def _answers() -> Iterator[tuple[Row, Row]]:
    """Yield two seats taken at each gate gone through, and the decisions given there."""
    now, number = clock.now(), AFTER
    for rank in range(PURCHASES):
        for place, stage in _past(rank):
            for person in (LEGAL, DIRECTOR) if isinstance(WAY[place], Gate) else ():
                number += 1
                shared = {"ref": ref(rank), "stage": stage, "visit": 1}
                yield (
                    {**shared, "id": number, "roles": "juriste", "rank": 1, "opened_at": now}
                    | {"taken_by": person, "taken_at": now},
                    {**shared, "seat_id": number, "person_email": person, "answer": "approve"}
                    | {"form": {"observation": "Vu."}, "decided_at": now},
                )


def _documents() -> Iterator[Row]:
    now = clock.now()
    for rank in range(PURCHASES):
        for _, stage in _past(rank):
            for copy in range(KEPT.get(stage, 0)):
                path = f"documents/{ref(rank)}/dce-1/{stage}-{copy}.docx"
                yield {
                    "ref": ref(rank),
                    "kind": f"{stage}_{copy}",
                    "version": 1,
                    "recipient": "",
                    "title": f"Document {copy + 1} ({stage})",
                    "path": path,
                    "sha256": sha256(PAPER if path == PAPER_PATH else path.encode()).hexdigest(),
                    "bytes": 48_000,
                    "created_at": now,
                }


def _items() -> Iterator[Row]:
    for rank in range(PURCHASES):
        for item in range(ITEMS):
            yield {
                "ref": ref(rank),
                "code": f"A{item:02d}",
                "lot": 1,
                "lot_label": "Lot",
                "label": f"Article {item}",
                "unit": "unité",
                "rank": item,
            }


def _needs(houses: list[str]) -> Iterator[Row]:
    for rank in range(PURCHASES):
        for item in range(ITEMS if PLACE[_stands_at(rank)] > PLACE["needs"] else 0):
            for house in houses:
                yield {
                    "ref": ref(rank),
                    "item_code": f"A{item:02d}",
                    "establishment_siret": house,
                    "yearly_quantity": str(1_000 + rank + item),
                }


def _contracts(houses: list[str], families: list[str]) -> Iterator[Row]:
    now, today = clock.now(), clock.today()
    for rank in range(CONTRACTS):
        ends_on = today + timedelta(days=rank % 1400 - 200)
        yield {
            "number": f"M-{rank}",
            "lot": 1,
            "objet": f"Marché {rank}",
            "family_code": families[rank % len(families)],
            "cpv": "33194000",
            "nature": "fournitures",
            "procedure": "",
            "buyer_siret": houses[rank % len(houses)],
            "holder": f"Titulaire {rank % 900}",
            "holder_key": str(rank % 900),
            "holder_rank": 1,
            "amount_ht": 50_000,
            "starts_on": today - timedelta(days=400),
            "ends_on": ends_on,
            "alert_on": ends_on - timedelta(days=300),
            "source": "bench",
            "remarks": "",
            "registered_at": now,
            "searched": searched_text(f"Marché {rank}", f"Titulaire {rank % 900}", f"M-{rank}"),
        }


def _journal() -> Iterator[Row]:
    now = clock.now()
    for rank in range(LINES):
        yield {
            "seq": AFTER + rank,
            "at": now,
            "fact": Fact.DECISION,
            "ref": ref(rank % PURCHASES),
            "actor": DIRECTOR,
            "subject": "bench",
            "reason": "",
            "previous_hash": "0" * 64,
            "hash": f"{rank:064d}",
        }
