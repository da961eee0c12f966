"""The schedules of `prefect.yaml` give dates, at the wall time of Paris on both sides of the change of the hour."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime

import yaml

from tasks.settings import ROOT


def dates(cron, start):
    from prefect.server.schemas.schedules import CronSchedule

    import tasks.runs.prefect_cron  # noqa: F401 (for what it mends)

    schedule = CronSchedule(cron=cron, timezone="Europe/Paris")
    return [one.astimezone(UTC) for one in asyncio.run(schedule.get_dates(2, start))]


def test_the_watch_comes_every_morning_at_the_hour_of_paris(home):
    assert dates("30 5 * * *", datetime(2027, 3, 27, 12, tzinfo=UTC)) == [
        datetime(2027, 3, 28, 3, 30, tzinfo=UTC),  # summer time began that night
        datetime(2027, 3, 29, 3, 30, tzinfo=UTC),
    ]
    assert dates("30 5 * * *", datetime(2026, 12, 24, 12, tzinfo=UTC))[0] == datetime(
        2026, 12, 25, 4, 30, tzinfo=UTC
    )


def test_every_schedule_of_the_file_gives_dates(home):
    content = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    crons = [plan["cron"] for one in content["deployments"] for plan in one.get("schedules", [])]
    assert "30 5 * * *" in crons
    for cron in crons:
        assert len(dates(cron, datetime(2026, 11, 28, tzinfo=UTC))) == 2


def test_the_server_loads_what_mends_its_schedules():
    """The collection is registered: importing what the server imports is enough."""
    words = "from importlib.metadata import entry_points as e; print([x.value for x in e(group='prefect.collections')])"
    said = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True).stdout
    assert "tasks.runs.prefect_cron" in said
