"""Purchases carried in this very process, without a Prefect server: steps and flows are called as plain functions."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

import prefect
from prefect import Flow
from pydantic import SecretStr

from models.process.procurement import Decision
from models.process.table import Final, Gate, Timer, stage_of
from tasks.gates import opening_shares
from tasks.gates.decisions import Reply, decide
from tasks.rehearsal import playing
from tasks.store import reading
from tasks.tendering import seals
from tasks.views import status
from tasks.views.status import Task
from tests.homes.people import PASSWORD
from tests.purchase_play import Time, decisions, deposit_tenders, load, reach_due_date, where


def _plain(step: Flow | prefect.Task, *given: object, **named: object) -> object:
    return step.fn(*given, **named)


@contextmanager
def without_prefect() -> Iterator[None]:
    """Run steps and flows as plain functions; what only Prefect shows is left out."""
    with (
        patch.object(prefect.Task, "__call__", _plain),
        patch.object(Flow, "__call__", _plain),
        patch("tasks.runs.artifacts.create_markdown_artifact"),
        patch("tasks.outgoing.events.emit_event"),
        patch("tasks.outgoing.dispatch.silence", return_value="Prefect n'est pas de la partie"),
    ):
        yield


def segment(ref: str) -> None:
    """Run what a worker would run for a purchase."""
    from flows.lifecycle import lifecycle

    lifecycle(ref)


def answer_next(ref: str) -> None:
    """Give the favourable answer of everyone awaited, rank after rank, until the stage is left."""
    row = load(ref)
    while (where(ref), load(ref).visit) == (row.stage, row.visit):
        for task in _awaited(ref):
            _answer(task)


def answer_once(ref: str) -> None:
    """Give the favourable answer of one person awaited."""
    _answer(_awaited(ref)[0])


def _awaited(ref: str) -> list[Task]:
    return [one for one in status.to_do() if one.ref == ref]


def _answer(task: Task) -> None:
    """Give the favourable answer of the first person awaited who has not answered at this stay."""
    already = {row.person_email for row in _given(task.ref)} if task.stage == "opening" else set()
    rank = next(rank for rank, email in enumerate(task.holders) if email not in already)
    reply = playing.reply_to(task, rank)
    if task.stage == "opening":
        _give_share(task.ref, reply.person)
    decide(task.ref, Reply(person=reply.person, answer=reply.answer, fields=reply.fields))


def _give_share(ref: str, email: str) -> None:
    """Give one's share of the key of tenders that people opened by their passwords keep sealed."""
    with reading() as session:
        is_asked = seals.asks_password(session, email, ref)
    if is_asked:
        opening_shares.release(ref, email, SecretStr(PASSWORD), "essai")


def _given(ref: str) -> list[Decision]:
    row = load(ref)
    return [one for one in decisions(ref) if (one.stage, one.visit) == (row.stage, row.visit)]


def carry(
    ref: str, time: Time, until: str = "notified", tendered: Callable[[str, Time], None] = deposit_tenders
) -> None:
    """Carry a purchase to a stage, its segment done; everyone answers favourably on the way."""
    for _ in range(30):
        segment(ref)
        stage = stage_of(where(ref))
        if stage.key == until or isinstance(stage, Final):
            break
        if isinstance(stage, Gate):
            answer_next(ref)
        elif stage.key == "tendering":
            tendered(ref, time)
        elif isinstance(stage, Timer):
            reach_due_date(ref, time)
    assert where(ref) == until
