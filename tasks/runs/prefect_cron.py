"""Prefect's cron schedules under Python 3.11 and 3.12 (a Prefect collection, loaded by the server at its start).

Prefect 3.9.1 hands `whenever` the time zones of pendulum, which it refuses: no date of a schedule is found, and the
watch of each morning never comes. Here each time zone is given as the standard library has it. Once Prefect does so
itself, this changes nothing.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from prefect.server.schemas import schedules

NAME = "_whenever_zdt_from_py"
made = getattr(schedules, NAME)


def with_plain_zone(instant: datetime) -> Any:
    """Return what Prefect makes of an instant, its time zone made one of the standard library."""
    zone = instant.tzinfo
    if isinstance(zone, ZoneInfo) and type(zone) is not ZoneInfo:
        instant = instant.replace(tzinfo=ZoneInfo(zone.key))
    return made(instant)


setattr(schedules, NAME, with_plain_zone)
