"""What flow tests share: Prefect's test server, the demo group on each database, and a clock that stands still."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tasks import clock
from tests.purchase_play import Time

START = datetime(2026, 11, 23, 9, 0, tzinfo=clock.PARIS)  # a Monday


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """A clock set on Monday 23 November 2026, 9 h in Paris, that moves when it is told."""
    stopped = Time(START)
    monkeypatch.setattr(clock, "now", stopped.now)
    return stopped


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def group_on_each_database(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A home directory with the demo group, its application database on SQLite, then on PostgreSQL."""
    from tasks.loading.file import load_organisation
    from tasks.settings import ROOT

    found = request.getfixturevalue("home" if request.param == "sqlite" else "postgres_home")
    load_organisation(ROOT / "examples" / "ght-demo.toml")
    yield found


@pytest.fixture
def scene(prefect_server: None, group_on_each_database: Path, time: Time) -> Time:
    """Everything a purchase needs; gives the clock."""
    return time
