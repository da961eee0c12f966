"""Tolerant reading of what people and files write: amounts, dates, numbers, e-mail addresses.

French and English conventions are accepted where they cannot be confused; what is ambiguous or wrong raises
`BadInput` with a sentence in French that quotes the text.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from models.errors import BadInput
from models.reading.figures import (
    CENT,
    Convention,
    convention_of,
    parse_amount,
    parse_count,
    parse_positive_amount,
    quoted,
    to_cents,
)

__all__ = [
    "CENT",
    "Convention",
    "convention_of",
    "parse_amount",
    "parse_count",
    "parse_positive_amount",
    "quoted",
    "to_cents",
]
PARIS = ZoneInfo("Europe/Paris")

LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE"})
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")

LONGEST_DATE = 60
ZONED = re.compile(r"[T ]\d{2}:?\d{2}.*(?:Z|[+-]\d{2}:?\d{2})$")
SHARE_THAT_TURNS = 5  # one date in five must be month/day/year: half of those of an American year are
SLIP = 50  # one date in fifty, or a single one, is a slip of the hand

DATE_FORMATS = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%d/%m/%y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d-%b-%y",
    "%d-%b-%Y",
)
MONTH_FIRST_FORMATS = ("%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "%m.%d.%Y")
DAY_FIRST_FORMATS = ("%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d.%m.%Y")
FRENCH_MONTHS = (
    "janvier",
    "fevrier",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "aout",
    "septembre",
    "octobre",
    "novembre",
    "decembre",
)


def parse_date(text: object, what: str = "date", *, month_first: bool = False) -> date:
    """Return a calendar day from ISO, French (jj/mm/aaaa, 3 mars 2026) or ISO date-time writing.

    With `month_first` (a file that was seen to write 9/30/2020), figures are read month/day/year instead.

    >>> parse_date("2026-11-22"), parse_date("22/11/2026"), parse_date("2026-11-22T08:00:00+01:00")
    (datetime.date(2026, 11, 22), datetime.date(2026, 11, 22), datetime.date(2026, 11, 22))

    An instant with a zone is its day in Paris.

    >>> parse_date("2026-03-31T22:30:00Z"), parse_date("2026-03-31T21:30:00Z")
    (datetime.date(2026, 4, 1), datetime.date(2026, 3, 31))
    >>> parse_date("3 févr. 2026"), parse_date("9/30/2020", month_first=True)
    (datetime.date(2026, 2, 3), datetime.date(2020, 9, 30))

    Raises `BadInput` for days that do not exist.
    """
    if isinstance(text, datetime):
        return text.astimezone(PARIS).date() if text.tzinfo else text.date()
    if isinstance(text, date):
        return text
    bare = str(text).strip()
    if instant := _with_a_zone(bare):
        return instant
    head = re.match(
        r"(\d{4}-\d{2}-\d{2})[T ]\d|(\d{4}-\d{2}-\d{2})(?:Z|[+-]\d{2}:?\d{2})$|(\d{1,2}/\d{1,2}/\d{4}) \d",
        bare,
    )
    candidate = next(filter(None, head.groups()), bare) if head else bare
    day = _first_day(candidate, _formats(month_first)) or _with_french_month(candidate)
    if day is None:
        raise BadInput(
            f"{what} : « {quoted(bare)} » n'est pas une date (attendu : AAAA-MM-JJ, par exemple 2026-03-31)."
        )
    return day


def _with_a_zone(text: str) -> date | None:
    """Return the day in Paris of an ISO instant that says its zone."""
    if len(text) > LONGEST_DATE or not ZONED.search(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(PARIS).date()
    except (ValueError, OverflowError):
        return None


def _formats(month_first: bool) -> tuple[str, ...]:
    if not month_first:
        return DATE_FORMATS
    return MONTH_FIRST_FORMATS + tuple(one for one in DATE_FORMATS if one not in DAY_FIRST_FORMATS)


def _first_day(text: str, patterns: tuple[str, ...]) -> date | None:
    for pattern in patterns:
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            continue
    return None


def _with_french_month(text: str) -> date | None:
    """Return the day written with a French month, whole or shortened ("3 mars 2026", "03-févr.-26")."""
    found = re.fullmatch(r"(\d{1,2})(?:er)? ([a-z]{3,9}) (\d{4}|\d{2})", fold(text))
    if not found:
        return None
    months = [number for number, name in enumerate(FRENCH_MONTHS, 1) if name.startswith(found[2])]
    if len(months) != 1:
        return None
    year = found[3] if len(found[3]) == 4 else f"20{found[3]}"
    return _first_day(f"{year}-{months[0]:02}-{int(found[1]):02}", ("%Y-%m-%d",))


def is_month_first(texts: Iterable[str]) -> bool | None:
    """Return whether a column writes month/day/year; None when it mixes both conventions.

    A column that proves nothing is French: day/month/year. One slip turns no file: it is the date refused.

    >>> is_month_first(["9/30/2020", "1/2/2020"]), is_month_first(["1/2/2020"])
    (True, False)
    >>> is_month_first(["13/1/20", "1/13/20"]) is None, is_month_first(["1/13/20", *["2/3/20"] * 9])
    (True, False)
    """
    seen = day_first = month_first = 0
    for text in texts:
        found = re.match(r"\s*(\d{1,2})[/.-](\d{1,2})[/.-]\d{2,4}\b", text)
        if found:
            seen += 1
            day_first += int(found[1]) > 12 >= int(found[2])
            month_first += int(found[2]) > 12 >= int(found[1])
    if not day_first or not month_first:
        return month_first * SHARE_THAT_TURNS >= seen > 0 if month_first else False
    few, many = sorted((day_first, month_first))
    if many >= 3 and few <= max(1, (few + many) // SLIP):
        return month_first > day_first
    return None


Choice = TypeVar("Choice", bound=StrEnum)


def parse_choice(kind: type[Choice], text: object, what: str = "valeur") -> Choice:
    """Return one member of a closed list of words, or raise `BadInput` with the list."""
    wanted = str(text).strip()
    if wanted not in list(kind):
        raise BadInput(f"{what} : « {quoted(wanted)} » inconnu, attendu : {', '.join(kind)}.")
    return kind(wanted)


def cleaned(value: object) -> object:
    r"""Return a text, or every text of a table, without the characters that no document can hold.

    A word processor pastes its line breaks as vertical tabs: they become line breaks, the others go.

    >>> cleaned({"nom": "Acme\x0bSA\x00", "lots": [1, "a\x1b"]})
    {'nom': 'Acme\nSA', 'lots': [1, 'a']}
    """
    if isinstance(value, str):
        return UNPRINTABLE.sub("", value.replace("\x0b", "\n").replace("\x0c", "\n"))
    if isinstance(value, dict):
        return {key: cleaned(one) for key, one in value.items()}
    return [cleaned(one) for one in value] if isinstance(value, list) else value


def one_line(text: str) -> str:
    r"""Return a name or an object as one line, cleaned, its spaces single.

    >>> one_line(" Acme\x0bSA\r\n ")
    'Acme SA'
    """
    return " ".join(str(cleaned(text)).split())


def fold(text: str) -> str:
    """Return the text without accents, case, punctuation or repeated spaces, for comparing what people type.

    >>> fold("  Centre Hospitalier d'ÉVREUX "), fold("Œufs")
    ('centre hospitalier d evreux', 'oeufs')
    """
    bare = unicodedata.normalize("NFKD", text.translate(LIGATURES)).encode("ascii", "ignore").decode().lower()
    return " ".join(re.findall(r"[a-z0-9]+", bare))
