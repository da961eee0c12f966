"""Lots and durations as people write them in a register: « Lots 1 à 3 », « 2 bis », « 4 ans », « 2x24 ». Pure."""

import re
import unicodedata
from typing import NamedTuple

from models.errors import BadInput
from models.reading.figures import quoted
from models.reading.values import fold

NATURES = ("fournitures", "services", "travaux")
LAST_LOT = 9999
LONGEST_MONTHS = 600
SUBS = {"bis": 2, "ter": 3, "quater": 4}
PER_LOT = 100  # lot 2 bis is noted 202: no lot has a hundred parts
LOT = r"(\d{1,4})(?:\s*(bis|ter|quater|[a-z]))?"
ONE_LOT = re.compile(rf"(?:(?:lot|l)\s*(?:n|no|numero)?\s*)?{LOT}\b(?!\s*(?:a|au|et)\s*\d)")
SPAN = re.compile(r"(?:lots?\s*(?:n|no|nos|numeros)?\s*)?(\d{1,4})\s*(?:a|au)\s*(\d{1,4})")
SEVERAL = re.compile(r"(?:lots?\s*(?:n|no|nos|numeros)?\s*)?(\d{1,4}(?:\s+(?:et\s+)?\d{1,4})+)")
UNIQUE = ("", "unique", "lot unique", "sans objet", "neant", "non alloti", "aucun", "so")
MOST_LOTS = 200
DURATION = re.compile(r"(\d{1,3}) ?(ans?|annees?|mois|m|a)?")
AGAIN = re.compile(
    r"(?:reconductible|renouvelable|reconduit|reconductions?|reconduction possible)\D*?(\d{1,2}) ?(?:fois|x)?"
)
THEN_AGAIN = re.compile(r"(\d{1,2}) (?:fois|x) (\d{1,3})|(\d{1,2}) ?x ?(\d{1,3})")


class Lots(NamedTuple):
    """The lots that a cell names, and what is to be said of the way they are noted."""

    numbers: list[int]
    remark: str = ""


def lots_of(text: str) -> Lots:
    """Return the lots of a cell; a letter or a « bis » has a number of its own, which is said.

    >>> lots_of("Lots 1 à 3").numbers, lots_of("B"), lots_of("2 bis")
    ([1, 2, 3], Lots(numbers=[2], remark='lot « B » noté 2'), Lots(numbers=[202], remark='lot « 2 bis » noté 202'))
    >>> lots_of("Lot 3 - 1200 m²").numbers, lots_of("lot unique").numbers, lots_of("1, 2 et 5").numbers
    ([3], [1], [1, 2, 5])

    Raises `BadInput` for a cell in which no lot can be read.
    """
    shown, plain = (
        quoted(text.strip()),
        "".join(one for one in text if unicodedata.category(one) != "No").strip(),
    )
    plain = re.sub(r"(?i)^(lots.*\d)\s*[-–]\s*(\d)", r"\1 a \2", re.sub(r"(?<=\d)[.,]0+$", "", plain))
    if (text.strip() and not plain) or re.fullmatch(r"\d+\s*[-–/]\s*\d+", plain):
        raise _unreadable(shown)
    folded = fold(plain)
    if folded in UNIQUE:
        return Lots([1])
    if found := SPAN.fullmatch(folded):
        return _several(range(int(found[1]), int(found[2]) + 1), shown)
    if found := SEVERAL.fullmatch(folded):
        return _several([int(one) for one in re.findall(r"\d+", found[1])], shown)
    if found := re.fullmatch(r"(?:lot )?([a-z])", folded):
        rank = ord(found[1]) - ord("a") + 1
        return Lots([rank], f"lot « {shown} » noté {rank}")
    if (found := ONE_LOT.match(folded)) and 1 <= int(found[1]) <= LAST_LOT:
        return _one(int(found[1]), found[2] or "", shown)
    raise _unreadable(shown)


def _unreadable(shown: str) -> BadInput:
    return BadInput(f"lot « {shown} » illisible : un numéro est attendu, par exemple 3 ou « Lots 1 à 3 »")


def _several(numbers: range | list[int], shown: str) -> Lots:
    wanted = sorted(set(numbers))
    if not wanted or len(wanted) > MOST_LOTS or not 1 <= wanted[0] <= wanted[-1] <= LAST_LOT:
        raise BadInput(f"lots « {shown} » illisibles : de 1 à {LAST_LOT}, {MOST_LOTS} au plus sur une ligne")
    return Lots(wanted, f"« {shown} » : {len(wanted)} lots, le montant porté par le premier")


def _one(number: int, sub: str, shown: str) -> Lots:
    if not sub:
        return Lots([number])
    if number >= PER_LOT:
        raise BadInput(f"lot « {shown} » illisible : donnez-lui un numéro")
    noted = number * PER_LOT + (SUBS.get(sub) or ord(sub) - ord("a") + 1)
    return Lots([noted], f"lot « {shown} » noté {noted}")


class Months(NamedTuple):
    """A duration in months, and what is to be said of what was added up in it."""

    number: int | None
    remark: str = ""


def months_of(text: str) -> Months:
    """Return the whole duration of a contract, its renewals included; None when the cell says no duration.

    >>> months_of("4 ans").number, months_of("2x24").number, months_of("1 an + 3 ans").number, months_of("48,00").number
    (48, 48, 48, 48)
    >>> months_of("12 mois reconductible 3 fois")
    Months(number=48, remark='durée « 12 mois reconductible 3 fois » : 48 mois, reconductions comprises')
    """
    shown, folded = quoted(text.strip()), fold(re.sub(r"(?<=\d)[.,]0+(?=\D|$)", "", text.strip().lower()))
    number = _sum(folded.replace("soit", "").strip())
    if number is None or not 1 <= number <= LONGEST_MONTHS:
        return Months(None, f"durée « {shown} » impossible : laissée vide")
    is_plain = re.fullmatch(r"\d+(?: mois)?", folded)
    again = ", reconductions comprises" if AGAIN.search(folded) else ""
    return Months(number, "" if is_plain else f"durée « {shown} » : {number} mois{again}")


def _sum(folded: str) -> int | None:
    """Return the months of a folded duration, None for words that are no duration."""
    if found := THEN_AGAIN.fullmatch(folded.removesuffix(" mois")):
        many, each = (found[1], found[2]) if found[1] else (found[3], found[4])
        return int(many) * int(each)
    again = AGAIN.search(folded)
    first = folded[: again.start()].strip() if again else folded
    parts = [
        DURATION.fullmatch(one.strip())
        for one in re.split(r"\s*(?:plus|puis|et)\s*|(?<=[a-z]) (?=\d)", first)
    ]
    if not parts or any(one is None for one in parts):
        return None
    total = sum(_months(one[1], one[2] or "") for one in parts if one)
    return total * (1 + int(again[1])) if again else total


def _months(figures: str, unit: str) -> int:
    return int(figures) * (12 if unit.startswith("a") else 1)


def nature_of(text: str, cpv: str) -> str:
    """Return fournitures, services or travaux: the word written, else by the CPV division, else nothing."""
    if text.strip().lower() in NATURES:
        return text.strip().lower()
    if not cpv:
        return ""
    if cpv[:2] == "45":
        return "travaux"
    return "fournitures" if cpv[:2] <= "44" or cpv[:2] == "48" else "services"
