"""Keeping a home small: what can be made again goes in its time, databases give room back only when it is worth it."""

import os
import sqlite3
import time
from contextlib import closing

import pytest

from tasks import compaction
from tasks.runs import upkeep
from tasks.settings import prefect_environment, settings
from tasks.store import reading
from tests.conftest import DATABASE


def aged(path, days):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"%PDF" * 250)
    then = time.time() - days * 86_400
    os.utime(path, (then, then))
    return path


def test_previews_go_when_nobody_has_read_them_for_longer_than_the_settings_say(group, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    kept, gone = aged(group / "apercus" / "a.pdf", 89.9), aged(group / "apercus" / "b.pdf", 90.1)
    read = aged(group / "apercus" / "c.pdf", 300)
    os.utime(read, (time.time(), time.time() - 300 * 86_400))  # made long ago, read today
    done = upkeep.keep_up.fn()
    assert [path.exists() for path in (kept, gone, read)] == [True, False, True]
    assert (done.apercus, done.octets_rendus) == (1, 1000)


@pytest.mark.parametrize(("left", "is_worth_it"), [(81, False), (79, True)])
def test_a_database_is_written_again_when_a_fifth_of_it_is_empty(tmp_path, monkeypatch, left, is_worth_it):
    monkeypatch.setattr(compaction, "LEAST", 100_000)
    file = tmp_path / "grande.db"
    with closing(sqlite3.connect(file)) as base:
        base.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, content BLOB)")
        base.executemany("INSERT INTO t VALUES (?, ?)", [(rank, b"x" * 40_000) for rank in range(100)])
        base.execute("DELETE FROM t WHERE n >= ?", [left])
        base.commit()
    before = file.stat().st_size
    done = compaction.compact(file)
    assert done.est_compactee is is_worth_it
    assert (file.stat().st_size < before * 0.85) is is_worth_it
    with closing(sqlite3.connect(file)) as base:
        assert base.execute("SELECT count(*) FROM t").fetchone() == (left,)


def test_a_disk_without_room_for_it_leaves_the_database_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(compaction, "LEAST", 1000)
    monkeypatch.setattr(compaction.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 100})())
    file = tmp_path / "pleine.db"
    with closing(sqlite3.connect(file)) as base:
        base.execute("CREATE TABLE t (content BLOB)")
        base.execute("INSERT INTO t VALUES (?)", [b"x" * 100_000])
        base.execute("DELETE FROM t")
        base.commit()
    done = compaction.compact(file)
    assert (done.est_compactee, done.motif) == (False, "pas assez de place libre pour la récrire")


def test_the_application_goes_on_while_its_database_is_written_again(group, monkeypatch):
    monkeypatch.setattr(compaction, "LEAST", 1)
    monkeypatch.setattr(compaction, "WORTH_IT", 0)
    with reading() as session:
        from sqlmodel import select

        from models.organisation.group import Person

        before = len(session.exec(select(Person)).all())
    done = compaction.compact(group / DATABASE)
    assert done.est_compactee or "occupée" in done.motif
    with reading() as session:
        assert len(session.exec(select(Person)).all()) == before


def test_prefect_forgets_the_runs_that_ended_longer_ago_than_the_settings_say(home):
    from prefect.settings.models.server.services import ServerServicesDBVacuumSettings

    given = prefect_environment()
    found = ServerServicesDBVacuumSettings(
        enabled=given["PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED"],
        retention_period=float(given["PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD"]),
    )
    assert found.enabled_vacuum_types == {"events", "flow_runs", "orphans"}
    assert found.retention_period.days == settings().prefect_days == 90
