"""French writing: amounts in figures and words, dates, lists, and the spaces that typography wants."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from models.law.wording import grouped
from models.reading.values import to_cents

PARIS = ZoneInfo("Europe/Paris")
NBSP = "\u00a0"
THIN = "\u202f"

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
UNITS = (
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze",
    "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf",
)  # fmt: skip
TENS = (
    "",
    "",
    "vingt",
    "trente",
    "quarante",
    "cinquante",
    "soixante",
    "soixante",
    "quatre-vingt",
    "quatre-vingt",
)


def day(value: date) -> str:
    """Return a date in French, with unbreakable spaces.

    >>> day(date(2027, 1, 1)).replace(NBSP, " ")
    '1er janvier 2027'
    """
    number = "1er" if value.day == 1 else str(value.day)
    return f"{number}{NBSP}{MONTHS[value.month - 1]}{NBSP}{value.year}"


def month(value: date) -> str:
    """Return a month in French.

    >>> month(date(2026, 11, 22))
    'novembre 2026'
    """
    return f"{MONTHS[value.month - 1]} {value.year}"


def instant(value: datetime) -> str:
    """Return an instant in the legal time of Paris; its seconds are said when it has some.

    >>> instant(datetime.fromisoformat("2027-01-15T11:00:00+00:00")).replace(NBSP, " ")
    '15 janvier 2027 à 12 h 00'
    """
    local = value.astimezone(PARIS)
    seconds = f"{NBSP}min{NBSP}{local.second:02d}{NBSP}s" if local.second else ""
    return f"{day(local.date())} à {local.hour}{NBSP}h{NBSP}{local.minute:02d}{seconds}"


def number(value: Decimal | int) -> str:
    """Return a number in French, without useless zeros.

    >>> number(Decimal("12345.50")).replace(THIN, " ")
    '12 345,5'
    """
    text = f"{Decimal(value):,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return grouped(text)


def euros(value: Decimal | int) -> str:
    """Return an amount in EUR, two decimals.

    >>> euros(Decimal("1234567.5")).replace(THIN, " ").replace(NBSP, " ")
    '1 234 567,50 €'
    """
    return grouped(f"{to_cents(Decimal(value)):,.2f}") + f"{NBSP}€"


def points(value: Decimal | int) -> str:
    """Return a mark with its two decimals, so that a column of marks lines up.

    >>> points(Decimal("39.3")), points(100)
    ('39,30', '100,00')
    """
    return f"{to_cents(Decimal(value)):.2f}".replace(".", ",")


def percent(value: Decimal | int) -> str:
    """Return a percentage: `12,5 %`."""
    return f"{number(value)}{NBSP}%"


def in_words(value: int) -> str:
    """Return a whole number in words, traditional spelling, up to the billions.

    >>> in_words(71), in_words(80), in_words(200), in_words(1_021), in_words(2_000_000)
    ('soixante et onze', 'quatre-vingts', 'deux cents', 'mille vingt et un', 'deux millions')
    """
    for size, name in ((10**9, "milliard"), (10**6, "million")):
        if value >= size:
            many, rest = divmod(value, size)
            head = f"{in_words(many)} {name}{'s' if many > 1 else ''}"
            return f"{head} {in_words(rest)}" if rest else head
    if value >= 1000:
        many, rest = divmod(value, 1000)
        head = "mille" if many == 1 else f"{_below_thousand(many, plural=False)} mille"
        return f"{head} {_below_thousand(rest)}" if rest else head
    return _below_thousand(value)


def _below_thousand(value: int, *, plural: bool = True) -> str:
    """Return a number under 1 000; `quatre-vingt` and `cent` take no s before `mille`."""
    if value < 100:
        return _below_hundred(value, plural=plural)
    many, rest = divmod(value, 100)
    head = "cent" if many == 1 else f"{UNITS[many]} cent"
    if rest:
        return f"{head} {_below_hundred(rest, plural=plural)}"
    return head + ("s" if many > 1 and plural else "")


def _below_hundred(value: int, *, plural: bool) -> str:
    if value < 20:
        return UNITS[value]
    ten, unit = divmod(value, 10)
    if ten in (7, 9):
        unit += 10
    if unit == 0:
        return TENS[ten] + ("s" if ten == 8 and plural else "")
    if unit in (1, 11) and ten < 8:
        return f"{TENS[ten]} et {UNITS[unit]}"
    return f"{TENS[ten]}-{UNITS[unit]}"


def euros_in_words(value: Decimal | int) -> str:
    """Return an amount in words.

    >>> euros_in_words(Decimal("1000000")), euros_in_words(Decimal("21.05"))
    ('un million d’euros', 'vingt et un euros et cinq centimes')
    """
    whole, cents = divmod(int(to_cents(Decimal(value)) * 100), 100)
    link = " d’" if whole >= 10**6 and whole % 10**6 == 0 else " "
    text = f"{in_words(whole)}{link}{'euros' if whole > 1 else 'euro'}"
    return f"{text} et {in_words(cents)} centime{'s' if cents > 1 else ''}" if cents else text


def enumeration(values: Iterable[str]) -> str:
    """Return `a, b et c`."""
    *head, last = list(values)
    return f"{', '.join(head)} et {last}" if head else last


def plural(count: int, word: str, many: str | None = None) -> str:
    """Return the word in the number that the count wants, with the count: `3 mois`, `2 lots`."""
    return f"{number(count)}{NBSP}{word if count < 2 else many or word + 's'}"


ARTICLE = re.compile(r"\b(n°|art\.|article|articles|lot|Article|Lot|L\.|R\.|D\.|et) (?=[\dLRD])")
RULES = (
    (re.compile(r"'"), "’"),
    (re.compile(r" +([;!?])"), THIN + r"\1"),
    (re.compile(r" +(:|»|%|€)"), NBSP + r"\1"),
    (re.compile(r"« +"), "«" + NBSP),
    (ARTICLE, r"\1" + NBSP),
    (re.compile(r"(?<=\d) (?=\d{3}\b|jours?\b|mois\b|heures?\b|ans?\b)"), NBSP),
)
TAG = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)


def articles(text: str) -> str:
    """Return the text with the numbers of its articles of law held to what they number.

    >>> articles("CSP art. R. 6132-16 et L. 6143-7").replace(NBSP, "~")
    'CSP art.~R.~6132-16 et~L.~6143-7'
    """
    return ARTICLE.sub(r"\1" + NBSP, text)


def typography(text: str) -> str:
    """Return the text with French spaces and apostrophes; what stands inside template tags is left alone.

    >>> typography("L'acheteur : « oui » {{ x['y'] }}").replace(NBSP, "~")
    "L’acheteur~: «~oui~» {{ x['y'] }}"
    """
    pieces = TAG.split(text)
    for rule, replacement in RULES:
        pieces[::2] = [rule.sub(replacement, piece) for piece in pieces[::2]]
    return "".join(_glue(pieces))


def _glue(pieces: list[str]) -> Iterable[str]:
    """Yield the pieces, the space between a placeholder and a unit or a colon made unbreakable."""
    for position, piece in enumerate(pieces):
        if position and position % 2 == 0:
            glued = re.sub(r"^ (?=[:»%€]|jours?\b|mois\b|heures?\b)", NBSP, piece)
            yield re.sub(r"^ (?=[;!?])", THIN, glued)
        else:
            yield piece
