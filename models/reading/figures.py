"""Reading of numbers as people and files write them: a column decides its convention, what is in doubt is refused.

`1.000` is one or a thousand: nothing in it tells. The other numbers of the column do, when one of them can be read in
one way only; a number alone, or a column in which none decides, is refused with both readings.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from models.errors import BadInput

CENT = Decimal("0.01")
SPACES = dict.fromkeys(map(ord, "\u00a0\u202f\u2009\u2007\u2060\ufeff\t '’"))
LONGEST_AMOUNT = Decimal(10) ** 13
LONGEST_WRITING = 60  # characters of a number, however it is written
LONGEST_QUOTED = 60
LONGEST_COUNT = 18  # figures
FROM_A_NUMBER = (
    "\u2009"  # ends a cell that a workbook holds as a number: its point is decimal, whatever the column
)
DASHES = str.maketrans(dict.fromkeys("−–—‐‑‒﹣－", "-"))
EUROS = re.compile(
    r"^(?:EUR(?:OS?)?|€)|(?:EUR(?:OS?)?|€)(?:HTVA|HT|TTC)?$|(?<=\d)(?:HTVA|HT|TTC)$", re.IGNORECASE
)
OTHER_CURRENCY = re.compile(
    r"[$£¥₣₽₹]|\b(?:USD|GBP|CHF|JPY|CAD|XPF|CFP|SEK|DKK|NOK|PLN|CNY|FRF)\b", re.IGNORECASE
)
SCIENTIFIC = re.compile(r"[-+]?\d+(?:[.,]\d+)?E[-+]?\d+", re.IGNORECASE)
PLAIN = re.compile(r"-?[0-9]+(?:([.,])[0-9]{1,2})?")  # the numbers of nearly every file: in doubt for nobody
SPACED = re.compile(r"[0-9][0-9.,]*[ \u00a0\u202f\u2009'’][0-9.,]")
IN_THREES = re.compile(
    r"[^0-9]*[0-9]{1,3}([ \u00a0\u202f\u2009'’])[0-9]{3}(?:\1[0-9]{3})*(?:[.,][0-9]*)?[^0-9]*"
)
ONE_SIGN = re.compile(r"(\d+)([.,])(\d*)")
GROUPS = {",": re.compile(r"\d{1,3}(?:,\d{3})+"), ".": re.compile(r"\d{1,3}(?:\.\d{3})+")}
OTHER = {",": ".", ".": ","}
EXAMPLE = "(exemple attendu : 125000 ou 125 000,50)"


class Convention(NamedTuple):
    """What the numbers of a column that have one reading say of the comma and of the point."""

    decimals: frozenset[str] = frozenset()  # signs seen before decimals
    thousands: frozenset[str] = frozenset()  # signs seen between groups of three figures


def to_cents(amount: Decimal) -> Decimal:
    """Return the amount rounded half-up at the cent (EUR), the only rounding of the product.

    >>> to_cents(Decimal("2.345"))
    Decimal('2.35')
    """
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def quoted(text: object) -> str:
    """Return what was written as a refusal quotes it: on one line, shortened beyond what a person reads.

    >>> quoted("12 euros"), quoted("9" * 2_000_000) == "9" * 60 + "…"
    ('12 euros', True)
    """
    said = " ".join(str(text)[: 2 * LONGEST_QUOTED].split())
    return said if len(said) <= LONGEST_QUOTED else f"{said[:LONGEST_QUOTED]}…"


def convention_of(texts: Iterable[str]) -> Convention:
    """Return what a column says of its signs, from the numbers that can be read in one way only.

    >>> convention_of(["1.234,50", "-1.000", "12.500"])
    Convention(decimals=frozenset({','}), thousands=frozenset({'.'}))
    >>> convention_of(["1.000", "12.500"])
    Convention(decimals=frozenset(), thousands=frozenset())
    """
    decimals: set[str] = set()
    thousands: set[str] = set()
    for text in texts:
        if found := PLAIN.fullmatch(text):
            decimals.update(found[1] or "")
        elif text and len(text) <= LONGEST_WRITING and not text.endswith(FROM_A_NUMBER):
            decimal, group = _signs(text)
            decimals.update(decimal)
            thousands.update(group)
    return Convention(frozenset(decimals), frozenset(thousands))


def _signs(text: str) -> tuple[str, str]:
    """Return the sign before the decimals of a number and the one between its groups, empty when they are not sure."""
    bare, is_spaced = _bare(text)
    if "," in bare and "." in bare:
        sign = max(",", ".", key=bare.rfind)
        return (sign, OTHER[sign]) if _both(bare, sign) else ("", "")
    if found := ONE_SIGN.fullmatch(bare):
        return ("", "") if _is_ambiguous(found) and not is_spaced else (found[2], "")
    sign = "," if "," in bare else "."
    return ("", sign) if GROUPS[sign].fullmatch(bare) else ("", "")


def _bare(text: str) -> tuple[str, bool]:
    """Return the figures and signs of a number without its currency, and whether spaces part its thousands."""
    plain = unicodedata.normalize("NFKC", text).translate(DASHES).strip().strip("'")
    bare = EUROS.sub("", EUROS.sub("", plain.translate(SPACES)))
    return bare.strip("()-+€"), SPACED.search(plain) is not None


def _is_ambiguous(found: re.Match[str]) -> bool:
    """Return whether one sign before three figures may be a decimal sign or part thousands: not after 0 or 1234."""
    return len(found[3]) == 3 and len(found[1]) <= 3 and not found[1].startswith("0")


def _both(bare: str, decimal: str) -> bool:
    """Return whether a number that has both signs is well made: groups of three, then decimals."""
    whole, _, rest = bare.rpartition(decimal)
    return rest.isdigit() and GROUPS[OTHER[decimal]].fullmatch(whole) is not None


def parse_amount(text: object, what: str = "montant", conventions: Sequence[Convention] = ()) -> Decimal:
    """Return an amount in EUR from French or English writing; parentheses and a trailing minus are negative.

    `conventions` are those of its column, then of the other columns of the file: they settle what has two readings.

    >>> parse_amount("1 234 567,89 €"), parse_amount("(1,234.50)"), parse_amount("12,5"), parse_amount("–45,00 EUR")
    (Decimal('1234567.89'), Decimal('-1234.50'), Decimal('12.5'), Decimal('-45.00'))
    >>> parse_amount("1.000", conventions=[convention_of(["12,50"])])
    Decimal('1000')

    Raises `BadInput` for what is not one number, has two readings, another currency, or is larger than ten thousand
    billion.
    """
    if isinstance(text, int | Decimal) and not isinstance(text, bool):
        amount = Decimal(text)
    else:
        amount = _decimal(str(text), what, conventions)
    if not amount.is_finite() or abs(amount) >= LONGEST_AMOUNT:
        raise BadInput(f"{what} : « {quoted(amount)} » n'est pas un montant possible.")
    return amount


def _decimal(text: str, what: str, conventions: Sequence[Convention]) -> Decimal:
    if len(text) > LONGEST_WRITING:
        raise BadInput(f"{what} : « {quoted(text)} » est trop long pour un nombre.")
    if PLAIN.fullmatch(text):
        return Decimal(text.replace(",", "."))
    if text.endswith(FROM_A_NUMBER) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text.strip()):
        return Decimal(text.strip())
    _refuse_foreign(text, what)
    plain = unicodedata.normalize("NFKC", text).translate(DASHES).translate(SPACES)
    found = re.fullmatch(r"([-+]?)(\(?)([-+]?)([0-9][0-9.,]*)([-+]?)(\)?)([-+]?)", _without_euros(plain))
    is_closed = found is not None and (found[2] == "(") == (found[6] == ")")
    signs = "".join(found.group(1, 3, 5, 7)) if found else ""
    if not found or not is_closed or len(signs) + bool(found[2]) > 1 + (signs == "-"):
        raise BadInput(f"{what} : « {quoted(text)} » n'est pas un nombre {EXAMPLE}.")
    is_spaced = SPACED.search(text.strip()) is not None
    if is_spaced and not IN_THREES.fullmatch(unicodedata.normalize("NFKC", text.strip()).strip("'")):
        raise _malformed(text, what)
    value = Decimal(_with_one_point(found[4], text, what, conventions, is_spaced=is_spaced))
    return -value if found[2] or "-" in signs else value


def _without_euros(plain: str) -> str:
    """Return a number without its euros, whether they stand inside or outside its sign and parentheses."""
    bare = re.sub(
        r"(?<=[-+(])(?:EUR(?:OS?)?|€)|(?:EUR(?:OS?)?|€)(?:HTVA|HT|TTC)?(?=[-+)])",
        "",
        plain,
        flags=re.IGNORECASE,
    )
    return EUROS.sub("", EUROS.sub("", bare))


def _refuse_foreign(text: str, what: str) -> None:
    """Refuse what is written in another currency, as an exponent, or rounded by a spreadsheet."""
    if any(unicodedata.category(sign) == "No" for sign in text):  # an exponent or a fraction is not a figure
        raise BadInput(f"{what} : « {quoted(text)} » n'est pas un nombre.")
    if OTHER_CURRENCY.search(text):
        raise BadInput(f"{what} : « {quoted(text)} » n'est pas en euros, seule monnaie admise.")
    if SCIENTIFIC.fullmatch(text.translate(SPACES)):
        raise BadInput(
            f"{what} : « {quoted(text)} » est l'écriture scientifique d'un tableur, qui perd des chiffres : "
            "mettez la colonne au format Nombre et enregistrez de nouveau."
        )


def _with_one_point(
    digits: str, text: str, what: str, conventions: Sequence[Convention], *, is_spaced: bool
) -> str:
    """Return the digits with thousands separators removed and a point as decimal separator."""
    if "," in digits and "." in digits:
        sign = max(",", ".", key=digits.rfind)
        if not _both(digits, sign):
            raise _malformed(text, what)
        return digits.replace(OTHER[sign], "").replace(sign, ".")
    found = ONE_SIGN.fullmatch(digits)
    if not found:
        sign = "," if "," in digits else "."
        if sign in digits and not GROUPS[sign].fullmatch(digits):
            raise _malformed(text, what)
        return digits.replace(sign, "")
    if not _is_ambiguous(found) or is_spaced:
        return f"{found[1]}.{found[3]}".rstrip(".")
    is_decimal = _is_decimal(found[2], conventions)
    if is_decimal is None:
        raise _ambiguous(found, text, what)
    return f"{found[1]}.{found[3]}" if is_decimal else found[1] + found[3]


def _is_decimal(sign: str, conventions: Sequence[Convention]) -> bool | None:
    """Return whether a sign is decimal by the nearest column that says it; None when none does, or one says both."""
    for one in conventions:
        if (sign in one.decimals) != (sign in one.thousands):
            return sign in one.decimals
        if sign in one.decimals:
            return None
        if OTHER[sign] in one.decimals:
            return False
    return True if any(OTHER[sign] in one.thousands for one in conventions) else None


def settled_said(convention: Convention, texts: Iterable[str]) -> str:
    """Return what is said of numbers that had two readings and that their column settled; empty for none.

    >>> settled_said(convention_of(["12,50"]), ["12,50", "1.000"])
    'Montants à deux lectures lus par leur colonne : 1.000 vaut 1000.'
    """
    for text in texts:
        if PLAIN.fullmatch(text) or text.endswith(FROM_A_NUMBER):
            continue
        found = ONE_SIGN.fullmatch(_bare(text)[0])
        if found and _is_ambiguous(found) and _is_decimal(found[2], [convention]) is not None:
            value = parse_amount(text, conventions=[convention])
            return f"Montants à deux lectures lus par leur colonne : {quoted(text.strip())} vaut {value}."
    return ""


def _malformed(text: str, what: str) -> BadInput:
    return BadInput(f"{what} : « {quoted(text)} » n'est pas un nombre : groupes mal formés {EXAMPLE}.")


def _ambiguous(found: re.Match[str], text: str, what: str) -> BadInput:
    whole, rest = found[1], found[3]
    return BadInput(
        f"{what} : « {quoted(text)} » se lit {whole}\u202f{rest} ou {whole},{rest} : écrivez {whole}{rest} ou "
        f"{whole},{rest.rstrip('0') or '0'}."
    )


def parse_positive_amount(text: object, what: str = "montant") -> Decimal:
    """Return an amount in EUR, rounded at the cent and greater than zero, or raise `BadInput`."""
    amount = to_cents(parse_amount(text, what))
    if amount <= 0:
        raise BadInput(
            f"{what} : {quoted(text)} n'est pas un montant valable, il doit être supérieur à zéro."
        )
    return amount


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
