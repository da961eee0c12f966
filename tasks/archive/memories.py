"""What remembers the time after a backup: the database put aside, Prefect's server, or Prefect's file."""

import json
import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy
from sqlalchemy import create_engine, text

from models.archive.since import FormerLife, RunSeen
from models.process.table import STAGES
from tasks.outgoing import dispatch, restored
from tasks.settings import prefect_folder

REFERENCE = re.compile(r"\d{4}-\d{3,}")
KNOWN = {stage.key for stage in STAGES}
PAGE = 200
SENT = 'SELECT key, "to", subject, body FROM message WHERE sent_at IS NOT NULL'


def former_life(address: str) -> FormerLife | None:
    """Return what the database put aside knows, or None when it does not read."""
    made = create_engine(address)
    try:
        with made.connect() as connection:
            lines = connection.execute(text("SELECT seq FROM journal_head")).scalar() or 0
            return FormerLife(
                stages=dict(
                    tuple(row) for row in connection.execute(text("SELECT ref, stage FROM procurement"))
                ),
                sent={
                    key: restored.words_of(to, subject, body)
                    for key, to, subject, body in connection.execute(text(SENT))
                },
                notices={
                    tuple(row) for row in connection.execute(text("SELECT ref, kind, version FROM notice"))
                },
                lines=lines,
            )
    except sqlalchemy.exc.SQLAlchemyError:
        return None
    finally:
        made.dispose()


def prefect_runs() -> tuple[list[RunSeen], str]:
    """Return the segments that Prefect remembers and what was asked; nothing when neither answers."""
    if not dispatch.server_silence():
        return _from_server(), "serveur Prefect"
    file = prefect_folder() / "prefect.db"
    if file.exists():
        return _from_file(file), "base de Prefect"
    return [], ""


def _from_server() -> list[RunSeen]:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags
    from prefect.client.schemas.sorting import FlowRunSort

    found: list[RunSeen] = []
    refs = FlowRunFilter(tags=FlowRunFilterTags(is_null_=False))
    with get_client(sync_client=True) as client:
        while True:
            page = client.read_flow_runs(
                flow_run_filter=refs, limit=PAGE, offset=len(found), sort=FlowRunSort.EXPECTED_START_TIME_ASC
            )
            found += [
                _seen(run.tags, run.created, str(run.id), bool(run.state and run.state.is_scheduled()))
                for run in page
            ]
            if len(page) < PAGE:
                return [one for one in found if one.ref]


def _from_file(file: Path) -> list[RunSeen]:
    query = "SELECT tags, created, id, state_type FROM flow_run ORDER BY created"
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            rows = connection.execute(query).fetchall()
    except sqlite3.Error:
        return []
    seen = [
        _seen(json.loads(tags or "[]"), datetime.fromisoformat(created), str(run), state == "SCHEDULED")
        for tags, created, run, state in rows
    ]
    return [one for one in seen if one.ref]


def _seen(tags: Iterable[str], created: datetime | None, run: str, is_to_come: bool) -> RunSeen:
    words = list(tags)
    at = created or datetime.now(UTC)
    return RunSeen(
        ref=next((one for one in words if REFERENCE.fullmatch(one)), ""),
        stage=next((one for one in words if one in KNOWN), ""),
        created=at if at.tzinfo else at.replace(tzinfo=UTC),
        is_to_come=is_to_come,
        id=run,
    )
