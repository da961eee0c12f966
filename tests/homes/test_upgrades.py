"""A home made by an earlier version: opened, migrated, and each of its purchases carried to its end.

Each archive beside this file was made by the code of the version that it is named after (`tests/homes/making.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from pydantic import SecretStr
from sqlmodel import select

from models.disputes.ruling import DisputeOutcome
from models.process.procurement import Decision, StageVisit, Tender
from models.process.table import PROCESS, STAGES, Final, Gate
from tasks import clock
from tasks.access import accounts, proofs, tokens
from tasks.disputes import register
from tasks.disputes import ruling as dispute_ruling
from tasks.store import engine, reading
from tests.conftest import DATABASE, forget_settings
from tests.homes.kept import Kept, unpack
from tests.homes.making import deposited
from tests.homes.people import BUYER, LEGAL, PASSWORD, PURCHASING
from tests.homes.playing import carry, without_prefect
from tests.purchase_play import Time, assert_journal_whole, assert_kept_once, reach_due_date, where

pytestmark = [pytest.mark.database, pytest.mark.documents, pytest.mark.slow]

FOLDER = Path(__file__).parent
ARCHIVES = sorted(FOLDER.glob("*.tar.xz"))
LARGEST = 1_000_000
BEFORE_TENDERS = (
    "identified",
    "strategy",
    "needs",
    "drafting",
    "review",
    "dce_approval",
    "publication",
    "tendering",
)
OVER = {"joined", "abandoned", "without_follow_up", "unsuccessful", "notified"}


class Opened:
    """A kept home under the present code, its clock where it was left."""

    def __init__(self, home: Path, kept: Kept) -> None:
        self.home, self.kept, self.time = home, kept, Time(kept.instant)

    def ref(self, label: str) -> str:
        return self.kept.purchases[label]


@pytest.fixture(scope="module", params=ARCHIVES, ids=[path.name.removesuffix(".tar.xz") for path in ARCHIVES])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """The home of an earlier version, in a folder of its own; the first use migrates it."""
    found = Opened(*unpack(request.param, tmp_path_factory.mktemp("upgrade")))
    with pytest.MonkeyPatch.context() as patch, without_prefect():
        patch.setenv("ACHATS_HOME", str(found.home))
        patch.setenv("ACHATS_ATTACHMENT_LIMIT", "0")
        patch.delenv("ACHATS_DATABASE_URL", raising=False)
        patch.setattr(clock, "now", found.time.now)
        forget_settings()
        yield found
        forget_settings()


@pytest.fixture(autouse=True)
def here(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test the environment of the home."""
    monkeypatch.setenv("ACHATS_HOME", str(opened.home))
    monkeypatch.setenv("ACHATS_ATTACHMENT_LIMIT", "0")


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda path: path.name)
def test_a_kept_home_stays_small(archive):
    assert archive.stat().st_size < LARGEST


def revision(home: Path) -> str:
    found = sqlalchemy.create_engine(f"sqlite:///{home / DATABASE}")
    with found.connect() as connection:
        return connection.execute(sqlalchemy.text("select version_num from alembic_version")).scalar_one()


def test_the_first_use_brings_it_to_the_present_tables_and_loses_nothing(opened):
    before = revision(opened.home)
    engine()
    assert revision(opened.home) >= before
    assert_journal_whole()
    for ref in opened.kept.purchases.values():
        assert_kept_once(ref)


def test_every_purchase_still_stands_where_it_was_left(opened):
    for label, ref in opened.kept.purchases.items():
        if label != "renewal":
            assert where(ref) == label.partition(",")[0]


def test_every_stage_and_answer_that_it_knows_is_still_in_the_table(opened):
    """A stage is left out by its condition, never taken out of the table: purchases stand there or passed there."""
    engine()
    with reading() as session:
        stages = set(session.exec(select(StageVisit.stage)))
        given = set(session.exec(select(Decision.stage, Decision.answer)))
    assert stages - set(PROCESS) == set()
    known = {(stage.key, one.key) for stage in STAGES if isinstance(stage, Gate) for one in stage.answers}
    assert {(stage, answer) for stage, answer in given} - known == set()


def test_who_had_access_still_has_it(opened):
    accounts.check_own_password(BUYER, SecretStr(PASSWORD), "essai")
    assert tokens.check(opened.kept.token, "lire").email == BUYER
    with reading() as session:
        proofs.check_key(session, PURCHASING, SecretStr(opened.kept.key))


def test_tenders_sealed_before_stay_sealed(opened):
    with reading() as session:
        for label in ("tendering", "opening", "opening, parts personnelles"):
            for tender in session.exec(select(Tender).where(Tender.ref == opened.ref(label))):
                assert "scelle" in tender.content


def test_each_purchase_is_carried_to_its_end(opened):
    for label, ref in opened.kept.purchases.items():
        if label.partition(",")[0] in BEFORE_TENDERS or label == "renewal":
            carry(ref, opened.time, until="tendering")
            with reading() as session:
                if session.exec(select(Tender).where(Tender.ref == ref)).first() is None:
                    deposited(ref)
    unlock(opened)
    for label, ref in opened.kept.purchases.items():
        if not isinstance(PROCESS[where(ref)], Final):
            carry(ref, opened.time, tendered=reach_due_date)
        assert where(ref) == (label if label in OVER else "notified")
        assert_kept_once(ref)
    assert_journal_whole()


def unlock(opened: Opened) -> None:
    """Have the dispute that forbids a signature rejected."""
    (line,) = register.listed()
    ruling = dispute_ruling.Ruling(outcome=DisputeOutcome.REJECTED, decided_on=clock.today(), person=LEGAL)
    dispute_ruling.decide(line.cle, ruling)
    carry(opened.ref("contract_signature, verrou"), opened.time)
