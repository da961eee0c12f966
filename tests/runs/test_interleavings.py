"""A purchase under any interleaving of runs, answers and time: no date left early, no stage entered twice."""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tasks import store
from tasks.process import transitions
from tests.conftest import DATABASE, JOURNAL_KEY, forget_settings
from tests.purchase_play import Time, answer, where
from tests.runs.interleaving import DIRECTOR, LEGAL, PRESCRIBER, START, World, reach_review, without_prefect

pytestmark = [pytest.mark.database, pytest.mark.slow]
NUMBERS = count()
LONG = settings(
    max_examples=25,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # the smallest case is the test above
    suppress_health_check=list(HealthCheck),
)


def lay(file: Path, home: Path) -> None:
    """Put a database in a home, with the key of its journal."""
    for name in (DATABASE, JOURNAL_KEY):
        shutil.copy(file.parent / name, home / name)


@pytest.fixture(scope="module")
def at_review(loaded_group: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A database file in which a purchase waits for the visas of its dossier, and its reference."""
    home = tmp_path_factory.mktemp("review") / "home"
    home.mkdir()
    lay(loaded_group, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ACHATS_HOME", str(home))
        patch.delenv("ACHATS_DATABASE_URL", raising=False)
        forget_settings()
        without_prefect(patch, Time(START))
        ref = reach_review(transitions.finish)
        forget_settings()
    yield home / DATABASE, ref
    forget_settings()


@pytest.fixture
def scene(at_review, home, monkeypatch) -> Iterator[World]:
    """A purchase at the visas, its clock, and no Prefect."""
    file, ref = at_review
    lay(file, home)
    time = Time(START)
    without_prefect(monkeypatch, time)
    made = World(ref, time)
    yield made
    made.close()


def test_the_late_run_of_a_stay_leaves_no_other(scene):
    """Visas and approval are given while nothing runs; then both runs that they asked for start together."""
    answer(scene.ref, PRESCRIBER, "approve")
    answer(scene.ref, LEGAL, "approve")
    answer(scene.ref, DIRECTOR, "approve")
    for key in scene.asked():
        scene.start(key)
    late, quick = scene.runs
    scene.step(late)
    scene.step(late)  # it knows what to do, and has not begun
    while quick in scene.runs:
        scene.step(quick)
    while late in scene.runs:
        scene.step(late)
        scene.assert_never_early()
    assert where(scene.ref) == "tendering"


class Purchase(RuleBasedStateMachine):
    """Segments old and new, doubled, killed half-way; people who answer; a clock that jumps."""

    file: ClassVar[Path]
    ref: ClassVar[str]
    folder: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        home = self.folder / str(next(NUMBERS))
        home.mkdir()
        lay(self.file, home)
        self.patch.setenv("ACHATS_HOME", str(home))
        forget_settings()
        time = Time(START)
        without_prefect(self.patch, time)
        self.patch.setattr(store, "migrate", bool)  # the tables are made
        self.world = World(self.ref, time)

    @initialize(given=st.integers(0, 3))
    def answer_before_any_run(self, given: int) -> None:
        """Give the visas, and the approval, while nothing runs."""
        for who in (PRESCRIBER, LEGAL, DIRECTOR)[:given]:
            answer(self.ref, who, "approve")

    @precondition(lambda self: self.world.asked() and len(self.world.runs) < 4)
    @rule(number=st.integers(0, 3))
    def start(self, number: int) -> None:
        keys = self.world.asked()
        self.world.start(keys[number % len(keys)])

    @precondition(lambda self: self.world.runs)
    @rule(number=st.integers(0, 3), steps=st.integers(1, 6))
    def step(self, number: int, steps: int) -> None:
        run = self.world.runs[number % len(self.world.runs)]
        for _ in range(steps):
            self.world.step(run)

    @precondition(lambda self: 0 < len(self.world.runs) < 4)
    @rule(number=st.integers(0, 3))
    def double(self, number: int) -> None:
        self.world.double(self.world.runs[number % len(self.world.runs)])

    @precondition(lambda self: self.world.runs)
    @rule(number=st.integers(0, 3))
    def kill(self, number: int) -> None:
        self.world.kill(self.world.runs[number % len(self.world.runs)])

    @rule(number=st.integers(0, 5))
    def reply(self, number: int) -> None:
        if self.world.changes < 2:
            self.world.reply(number)

    @rule(seconds=st.sampled_from([-1, 0, 1]))
    def reach(self, seconds: int) -> None:
        self.world.reach(seconds)

    @rule()
    def look(self) -> None:
        self.world.look()

    @invariant()
    def never_early(self) -> None:
        self.world.assert_never_early()

    def teardown(self) -> None:
        try:
            self.world.end()
        finally:
            self.world.close()
            forget_settings()
            self.patch.undo()


def test_no_interleaving_of_runs_answers_and_time_leaves_a_date_early(at_review, tmp_path_factory):
    Purchase.file, Purchase.ref = at_review
    Purchase.folder = tmp_path_factory.mktemp("interleavings")
    run_state_machine_as_test(Purchase, settings=LONG)
