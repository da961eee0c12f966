"""Days: months and years from date to date, the last day of a duration, working days, the legal day of an instant."""

from bisect import bisect_right
from calendar import monthrange
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from workalendar.europe import France, FranceAlsaceMoselle

from models.errors import BadInput
from models.law.dated import current_folder, read_figures

PARIS = ZoneInfo("Europe/Paris")
ONE_DAY = timedelta(days=1)
SATURDAY = 5


def days_after(start: date, count: int) -> date:
    """Return the day some calendar days later (earlier when negative); `BadInput` beyond the calendar.

    >>> days_after(date(2026, 12, 28), 16)
    datetime.date(2027, 1, 13)
    """
    try:
        return start + timedelta(days=count)
    except OverflowError:
        raise BadInput(f"Le {start:%d/%m/%Y} est une date trop lointaine pour y compter un délai.") from None


def months_after(start: date, months: int) -> date:
    """Return the same day some months later, or the last day of a shorter month (months may be negative).

    >>> months_after(date(2027, 12, 31), 2), months_after(date(2027, 1, 31), 1)
    (datetime.date(2028, 2, 29), datetime.date(2027, 2, 28))
    """
    rank = start.year * 12 + start.month - 1 + months
    year, month = divmod(rank, 12)
    if not date.min.year <= year <= date.max.year:
        raise BadInput(f"Le {start:%d/%m/%Y} est une date trop lointaine pour y compter un délai.")
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def last_day(start: date, months: int) -> date:
    """Return the last day of a duration in months whose first day is `start`; `BadInput` below one month.

    From a day of the month to the same (de quantième à quantième): it ends on the eve of that day, or on the last
    day of the month reached when that month has no such day (CCAG 2021 art. 3.2, règlement n° 1182/71 art. 3 § 2 c).

    >>> last_day(date(2027, 1, 1), 12), last_day(date(2028, 2, 29), 12)
    (datetime.date(2027, 12, 31), datetime.date(2029, 2, 28))
    """
    if months < 1:
        raise BadInput(f"Une durée de {months} mois n'a pas de dernier jour : un mois au moins est attendu.")
    reached = months_after(start, months)
    return reached - ONE_DAY if reached.day == start.day else reached


def years_after(start: date, years: int) -> date:
    """Return the same day some years later (28 February for a 29 February that does not exist).

    >>> years_after(date(2024, 2, 29), 1)
    datetime.date(2025, 2, 28)
    """
    return months_after(start, years * 12)


def legal_day(instant: datetime) -> date:
    """Return the day of the legal calendar (Europe/Paris) on which an aware instant falls.

    >>> from datetime import UTC
    >>> legal_day(datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
    datetime.date(2027, 1, 1)
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(PARIS).date()


def public_holidays(year: int) -> frozenset[date]:
    """Return the public holidays of a year (code du travail art. L. 3133-1, L. 3134-13 in Alsace-Moselle)."""
    return _holidays(year, current_folder())


@cache
def _holidays(year: int, folder: Path) -> frozenset[date]:
    local = read_figures(folder)["jours_feries_alsace_moselle"].at(date(year, 1, 1)).value
    calendar = FranceAlsaceMoselle() if local else France()
    return frozenset(day for day, _ in calendar.holidays(year))


@cache
def _worked(year: int, folder: Path) -> list[date]:
    """Return the working days of a year in order, so that counting them is a matter of rank."""
    first, off = date(year, 1, 1), _holidays(year, folder)
    every = (first + timedelta(days=rank) for rank in range((years_after(first, 1) - first).days))
    return [day for day in every if day.weekday() < SATURDAY and day not in off]


def is_working_day(day: date) -> bool:
    """Return whether a day is neither a Saturday, a Sunday nor a public holiday.

    >>> is_working_day(date(2026, 5, 14)), is_working_day(date(2026, 5, 15))
    (False, True)
    """
    return day.weekday() < SATURDAY and day not in public_holidays(day.year)


def working_day_before(day: date) -> date:
    """Return that day if it is worked, else the last working day before it."""
    return working_days_before(day, 0)


def working_day_from(day: date) -> date:
    """Return that day if it is worked, else the first working day after it."""
    while not is_working_day(day):
        day += ONE_DAY
    return day


def working_days_before(day: date, count: int) -> date:
    """Return the working day that comes `count` working days before a day.

    >>> working_days_before(date(2026, 5, 18), 2)
    datetime.date(2026, 5, 13)
    """
    year, folder = day.year, current_folder()
    worked = _worked(year, folder)
    rank = bisect_right(worked, day) - 1 - count
    while rank < 0:
        year -= 1
        worked = _worked(year, folder)
        rank += len(worked)
    return worked[rank]


def working_days_after(day: date, count: int) -> date:
    """Return the working day that comes `count` working days after a day.

    >>> working_days_after(date(2026, 5, 13), 2)
    datetime.date(2026, 5, 18)
    """
    for _ in range(count):
        day = working_day_from(day + ONE_DAY)
    return working_day_from(day)
