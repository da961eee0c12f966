"""Tolerant reading of what people and files write: amounts, dates, numbers, e-mail addresses.

French and English conventions are accepted where they cannot be confused; what is ambiguous or wrong raises
`BadInput` with a sentence in French that quotes the text.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import TypeVar

from models.errors import BadInput

CENT = Decimal("0.01")
SPACES = dict.fromkeys(map(ord, "\u00a0\u202f\u2009 '’"))
LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE"})
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
LONGEST_AMOUNT = Decimal(10) ** 13
LONGEST_WRITING = 60  # characters of a number, however it is written
LONGEST_QUOTED = 60
LONGEST_COUNT = 18  # figures

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


def to_cents(amount: Decimal) -> Decimal:
    """Return the amount rounded half-up at the cent (EUR), the only rounding of the product.

    >>> to_cents(Decimal("2.345"))
    Decimal('2.35')
    """
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def parse_amount(text: object, what: str = "montant") -> Decimal:
    """Return an amount in EUR from French or English writing; parentheses and a trailing minus are negative.

    >>> parse_amount("1 234 567,89 €"), parse_amount("(1,234.50)"), parse_amount("12,5")
    (Decimal('1234567.89'), Decimal('-1234.50'), Decimal('12.5'))

    Raises `BadInput` for what is not one number, or is larger than ten thousand billion.
    """
    if isinstance(text, int | Decimal) and not isinstance(text, bool):
        amount = Decimal(text)
    else:
        amount = _decimal(str(text), what)
    if not amount.is_finite() or abs(amount) >= LONGEST_AMOUNT:
        raise BadInput(f"{what} : « {quoted(amount)} » n'est pas un montant possible.")
    return amount


def quoted(text: object) -> str:
    """Return what was written as a refusal quotes it: on one line, shortened beyond what a person reads.

    >>> quoted("12 euros"), quoted("9" * 2_000_000) == "9" * 60 + "…"
    ('12 euros', True)
    """
    said = " ".join(str(text)[: 2 * LONGEST_QUOTED].split())
    return said if len(said) <= LONGEST_QUOTED else f"{said[:LONGEST_QUOTED]}…"


def parse_count(text: object, what: str, least: int, most: int) -> int:
    """Return a whole number between two bounds, or raise `BadInput`: a figure of any length is never computed.

    >>> parse_count(" 12 ", "lot", 1, 9999)
    12
    """
    bare = str(text).strip() if not isinstance(text, int) or abs(text) <= most else ""
    if bare.isascii() and bare.isdigit() and len(bare) <= LONGEST_COUNT and least <= int(bare) <= most:
        return int(bare)
    shown = quoted(text) if not isinstance(text, int) else "nombre trop long"
    raise BadInput(f"{what} : « {shown} » n'est pas un nombre entier de {least} à {most}.")


def _decimal(text: str, what: str) -> Decimal:
    if len(text) > LONGEST_WRITING:
        raise BadInput(f"{what} : « {quoted(text)} » est trop long pour un nombre.")
    if any(unicodedata.category(sign) == "No" for sign in text):  # an exponent or a fraction is not a figure
        raise BadInput(f"{what} : « {quoted(text)} » n'est pas un nombre.")
    bare = unicodedata.normalize("NFKC", text).translate(SPACES).strip()
    bare = re.sub(r"^(?:EUR|€|£)|(?:EUROS?|€|£)(?:HT|TTC)?$", "", bare, flags=re.IGNORECASE)
    negative = bare.startswith(("(", "-", "−")) or bare.endswith("-")
    bare = bare.strip("()-−+€£")
    if not re.fullmatch(r"\d[\d.,]*", bare):
        raise BadInput(
            f"{what} : « {quoted(text)} » n'est pas un nombre (exemple attendu : 125000 ou 125 000,50)."
        )
    value = Decimal(_with_one_point(bare, text, what))
    return -value if negative else value


def _with_one_point(digits: str, text: str, what: str) -> str:
    """Return the digits with thousands separators removed and a point as decimal separator."""
    if "," in digits and "." in digits:
        decimal = max(",", ".", key=digits.rfind)
        thousands = "." if decimal == "," else ","
        digits = digits.replace(thousands, "").replace(decimal, ".")
    elif digits.count(",") == 1:
        digits = digits.replace(",", ".")
    elif digits.count(",") > 1:
        digits = digits.replace(",", "")
    elif digits.count(".") > 1:
        digits = digits.replace(".", "")
    if digits.count(".") > 1:
        raise BadInput(f"{what} : « {quoted(text)} » n'est pas un nombre.")
    return digits.rstrip(".")


def parse_positive_amount(text: object, what: str = "montant") -> Decimal:
    """Return an amount in EUR, rounded at the cent and greater than zero, or raise `BadInput`."""
    amount = to_cents(parse_amount(text, what))
    if amount <= 0:
        raise BadInput(
            f"{what} : {quoted(text)} n'est pas un montant valable, il doit être supérieur à zéro."
        )
    return amount


def parse_date(text: object, what: str = "date", *, month_first: bool = False) -> date:
    """Return a calendar day from ISO, French (jj/mm/aaaa, 3 mars 2026) or ISO date-time writing.

    With `month_first` (a file that was seen to write 9/30/2020), figures are read month/day/year instead.

    >>> parse_date("2026-11-22"), parse_date("22/11/2026"), parse_date("2026-11-22T08:00:00+01:00")
    (datetime.date(2026, 11, 22), datetime.date(2026, 11, 22), datetime.date(2026, 11, 22))
    >>> parse_date("3 févr. 2026"), parse_date("9/30/2020", month_first=True)
    (datetime.date(2026, 2, 3), datetime.date(2020, 9, 30))

    Raises `BadInput` for days that do not exist.
    """
    if isinstance(text, datetime):
        return text.date()
    if isinstance(text, date):
        return text
    bare = str(text).strip()
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

    A column that proves nothing is French: day/month/year.

    >>> is_month_first(["9/30/2020", "1/2/2020"]), is_month_first(["1/2/2020"])
    (True, False)
    >>> is_month_first(["13/1/20", "1/13/20"]) is None
    True
    """
    day_first = month_first = False
    for text in texts:
        found = re.match(r"\s*(\d{1,2})[/.-](\d{1,2})[/.-]\d{2,4}\b", text)
        if found:
            day_first |= int(found[1]) > 12
            month_first |= int(found[2]) > 12
    return None if day_first and month_first else month_first


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
