"""The patience of Prefect's connections to SQLite, and of ours."""

import asyncio

from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import text

from tasks.runs import prefect_sqlite
from tasks.store import BUSY_SECONDS, reading

ASKED = text("PRAGMA busy_timeout")


def test_prefect_waits_two_seconds_for_a_lock_whatever_it_asked_at_its_connection(tmp_path):
    async def patience():
        engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/prefect.db")
        event.listen(
            engine.sync_engine, "connect", lambda one, _: one.cursor().execute("PRAGMA busy_timeout = 60000")
        )
        async with engine.connect() as connection:
            found = await connection.scalar(ASKED)
        await engine.dispose()
        return found

    assert asyncio.run(patience()) == prefect_sqlite.PATIENCE_MILLISECONDS == 2000


def test_the_application_keeps_its_own_patience(home):
    with reading() as session:
        assert session.exec(ASKED).scalar_one() == BUSY_SECONDS * 1000
