"""Runs of one purchase stepped by hand: each in its thread, held before every step, resumed, doubled or killed at will.

The flows are the real ones; Prefect is left out, and the papers are not written.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from prefect.flows import Flow
from prefect.tasks import Task
from sqlmodel import col, select, update

from models.outbox import Dispatch
from models.process.procurement import StageVisit
from models.process.table import Final, Gate, Timer, stage_of
from tasks import clock, leases, store
from tasks.outgoing import mail
from tasks.runs import carrying, resumption, segments
from tasks.settings import running_server
from tasks.store import reading, transaction
from tests.purchase_play import (
    BUYER,
    DIRECTOR,
    LEGAL,
    OTHER_BUYER,
    PRESCRIBER,
    Time,
    answer,
    answer_all,
    open_purchase,
    where,
)

START = datetime(2026, 11, 23, 9, 0, tzinfo=clock.PARIS)  # a Monday
LIFECYCLE = "lifecycle/ght"
PAPERS = {
    "write_plan", "write_diagnostic", "write_pieces", "pack_dossier", "deliver_dossier", "freeze_dossier",
    "publish_notice", "write_decision", "write_letters", "show_procurement", "announce",
}  # fmt: skip
REPLIES = {
    "review": [(PRESCRIBER, "approve"), (LEGAL, "approve"), (LEGAL, "change")],
    "dce_approval": [(DIRECTOR, "approve"), (DIRECTOR, "change")],
    "opening": [(BUYER, "unsuccessful"), (OTHER_BUYER, "unsuccessful")],
}


class Killed(BaseException):
    """A run that will never go on."""


class Run:
    """One run of the lifecycle: a thread that moves only when it is told, from one step to the next."""

    def __init__(self, parameters: dict[str, object]) -> None:
        self.parameters = parameters
        self.go, self.held = threading.Semaphore(0), threading.Semaphore(0)
        self.is_over, self.is_killed = False, False
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._live, daemon=True)
        self.thread.start()
        self.held.acquire()

    def _live(self) -> None:
        from flows.lifecycle import lifecycle

        HERE.run = self
        try:
            self.hold()
            lifecycle.fn(**self.parameters)
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001 (told by `step`)
            self.error = error
        self.is_over = True
        self.held.release()

    def hold(self) -> None:
        """Wait to be told to take the next step."""
        self.held.release()
        self.go.acquire()
        if self.is_killed:
            raise Killed

    def step(self) -> None:
        """Take one step; a fault of the run is a fault of the test."""
        self.go.release()
        self.held.acquire()
        if self.error:
            raise self.error

    def bury(self) -> None:
        """End the thread of a run that was killed, once nobody looks any more."""
        self.is_killed = True
        self.go.release()
        self.thread.join(5)


HERE = threading.local()


def call_task(task: Task[..., object], *given: object, **named: object) -> object:
    """Run a step in the thread of its run, once it is told to go on; papers are not written."""
    run = getattr(HERE, "run", None)
    if run:
        run.hold()
    return None if task.fn.__name__ in PAPERS else task.fn(*given, **named)


def call_flow(flow: Flow[..., object], *given: object, **named: object) -> object:
    """Run a flow in the thread of its run, once it is told to go on."""
    run = getattr(HERE, "run", None)
    if run:
        run.hold()
    return flow.fn(*given, **named)


def without_prefect(patch: pytest.MonkeyPatch, time: Time) -> None:
    """Leave Prefect out, hold the runs at each step, and let the clock stand."""
    patch.setattr(Task, "__call__", call_task)
    patch.setattr(Flow, "__call__", call_flow)
    for place, name in ((clock, "now"), (clock, "machine")):
        patch.setattr(place, name, time.now)
    patch.setattr(store, "instant", lambda _: time.now())
    patch.setattr(leases, "kept", held)
    patch.setattr(carrying, "time", SimpleNamespace(sleep=time.wait))
    patch.setattr(mail, "send_pending", mail.Sent)


@contextmanager
def held(token: str) -> Iterator[None]:
    """Hold a lease without a heart: it ends when more time passes than a frozen process may sleep."""
    yield
    leases.release(token)


class World:
    """One purchase, the runs that work on it, the people who answer, and the time that passes."""

    def __init__(self, ref: str, time: Time) -> None:
        assert running_server() is None
        self.ref, self.time = ref, time
        self.runs: list[Run] = []
        self.dead: list[Run] = []
        self.changes = 0

    def asked(self) -> list[str]:
        """Return the keys of the segments that Prefect would start now, oldest first."""
        with reading() as session:
            rows = session.exec(
                select(Dispatch)
                .where(Dispatch.ref == self.ref, Dispatch.deployment == LIFECYCLE)
                .where(col(Dispatch.delivered_at).is_(None), col(Dispatch.withdrawn_at).is_(None))
                .order_by(col(Dispatch.created_at), col(Dispatch.key))
            )
            return [row.key for row in rows if row.due_at is None or row.due_at <= self.time.instant]

    def start(self, key: str) -> None:
        """Start the run that was asked under a key."""
        with transaction() as session:
            row = session.get_one(Dispatch, key)
            row.delivered_at = self.time.instant
        self.runs.append(Run(row.parameters))

    def double(self, run: Run) -> None:
        """Start a second run with the parameters of another."""
        self.runs.append(Run(run.parameters))

    def step(self, run: Run) -> None:
        """Let a run take one step; one that is over takes none."""
        if run in self.runs:
            run.step()
        if run.is_over and run in self.runs:
            self.runs.remove(run)

    def kill(self, run: Run) -> None:
        """Let a run never go on."""
        self.runs.remove(run)
        self.dead.append(run)

    def reply(self, number: int) -> None:
        """Give one of the answers that someone awaited may give now, refused or not."""
        from models.errors import Refused

        choices = REPLIES.get(where(self.ref), [])
        if not choices:
            return
        who, what = choices[number % len(choices)]
        try:
            answer(self.ref, who, what, **({} if what == "approve" else {"motif": "à revoir"}))
        except Refused:
            return
        self.changes += what == "change"

    def reach(self, seconds: int) -> None:
        """Go to some seconds before or after the date that the purchase waits for."""
        due_at = segments.place(self.ref).due_at
        if due_at is not None and isinstance(stage_of(where(self.ref)), Timer):
            self.time.instant = max(self.time.instant, due_at + timedelta(seconds=seconds))

    def look(self) -> None:
        """Look, a minute later, for what should move and does not; runs that are held have been frozen meanwhile."""
        self.time.wait(60)
        for stay in resumption.still():
            with transaction() as session:
                segments.resume_unsettled(session, stay.ref, "essai")

    def stays(self) -> list[StageVisit]:
        """Return the stays of the purchase, in order."""
        with reading() as session:
            return list(session.exec(select(StageVisit).order_by(col(StageVisit.id))))

    def assert_never_early(self) -> None:
        """Check that every date was waited for."""
        for stay in self.stays():
            if isinstance(stage_of(stay.stage), Timer) and stay.left_at and stay.due_at:
                assert stay.outcome == "due", f"{stay.stage} left as « {stay.outcome} »"
                assert stay.left_at >= stay.due_at, f"{stay.stage} left {stay.due_at - stay.left_at} early"

    def end(self) -> None:
        """Let everything go on undisturbed; check that the purchase ends, each stage entered as often as it should."""
        for _ in range(60):
            while self.runs:
                self.step(self.runs[0])
            here = stage_of(where(self.ref))
            keys = self.asked()
            if keys:
                self.start(keys[0])
            elif isinstance(here, Final):
                break
            elif isinstance(here, Gate):
                self.reply(0)
                self.reply(1)
            else:
                self.reach(1)
                self.look()
        self.assert_never_early()
        names = [stay.stage for stay in self.stays()]
        assert names[-1] == "unsuccessful", names
        assert names.count("drafting") == 1 + self.changes
        assert [names.count(one) for one in ("publication", "tendering", "opening")] == [1, 1, 1]

    def close(self) -> None:
        """End the threads that are left."""
        for run in [*self.runs, *self.dead]:
            run.bury()


def reach_review(finish: Callable[[str, str, int], None]) -> str:
    """Open a purchase and carry it to the visas of its dossier, its papers left out; nothing is asked any more."""
    from tasks.consultation import drafting

    ref = open_purchase("480000")
    while (here := segments.place(ref)).stage != "review":
        if isinstance(stage_of(here.stage), Gate):
            answer_all(ref)
            continue
        if here.stage == "drafting":
            drafting.set_deadline.fn(ref, here.visit)
        finish(ref, here.stage, here.visit)
    with transaction() as session:
        session.exec(update(Dispatch).values(delivered_at=clock.now()))
        for stay in session.exec(select(StageVisit).where(StageVisit.stage == "review")):
            stay.settled_at = clock.now()
    return ref
