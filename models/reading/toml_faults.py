"""Every fault of a table read by pydantic, said in French with its place. Pure."""

from collections.abc import Sequence
from itertools import pairwise

from pydantic import ValidationError
from pydantic_core import ErrorDetails

SENTENCES = {
    "missing": "la clé « {key} » manque",
    "extra_forbidden": "la clé « {key} » est inconnue",
    "string_type": "« {key} » doit être un texte entre guillemets, pas {given}",
    "string_too_short": "« {key} » est vide",
    "string_too_long": "« {key} » est trop long",
    "int_type": "« {key} » doit être un nombre entier, pas {given}",
    "int_parsing": "« {key} » doit être un nombre entier, pas {given}",
    "greater_than_equal": "« {key} » vaut {given}, c'est trop petit",
    "less_than_equal": "« {key} » vaut {given}, c'est trop grand",
    "list_type": "« {key} » doit être une liste",
    "too_short": "« {key} » est vide",
    "date_type": "« {key} » doit être une date sans guillemets (2026-12-31), pas {given}",
    "date_from_datetime_parsing": "« {key} » doit être une date (2026-12-31), pas {given}",
    "model_type": "« {key} » doit être une table",
}


def faults_of(error: ValidationError) -> list[str]:
    """Return one French sentence per fault, the innermost table named."""
    return [_sentence(one) for one in error.errors()]


def _sentence(one: ErrorDetails) -> str:
    key, place = _key_and_place(one["loc"])
    given = str(one.get("input"))[:60]
    if one["type"] == "value_error":
        said = str(one.get("ctx", {}).get("error", one["msg"])).rstrip(".")
        return f"{place}{key} : {said}" if key else said
    if one["type"] in ("enum", "literal_error", "string_pattern_mismatch"):
        possible = str(one.get("ctx", {}).get("expected", "")).replace(" or ", " ou ").replace("'", "")
        allowed = f" (possibles : {possible})" if possible else ""
        return f"{place}« {given} » n'est pas une valeur possible de « {key} »{allowed}"
    text = SENTENCES.get(one["type"], "« {key} » : {given} n'est pas une valeur possible")
    return place + text.format(key=key, given=given)


def _key_and_place(location: Sequence[int | str]) -> tuple[str, str]:
    """Return the key at fault, and the inner tables above it ("lots n° 2, articles n° 4, ")."""
    words = list(location)
    if not words:  # a rule of the whole table, not of one key
        return "", ""
    while len(words) > 1 and isinstance(words[-1], int):
        words.pop()
    inner = "".join(
        f"{table} n° {rank + 1}, "
        for table, rank in pairwise(words)
        if isinstance(table, str) and isinstance(rank, int)
    )
    return str(words[-1]), inner
