"""Validation errors in French, each with the path of the field, all of them at once."""

from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError

SENTENCES: Final = {
    "missing": "champ manquant",
    "extra_forbidden": "champ inconnu",
    "string_too_short": "texte vide",
    "string_too_long": "texte trop long ({max_length} caractères au plus)",
    "too_short": "liste vide ou trop courte ({min_length} au moins)",
    "too_long": "liste trop longue ({max_length} au plus)",
    "string_type": "un texte est attendu",
    "list_type": "une liste est attendue",
    "model_type": "un objet est attendu",
    "model_attributes_type": "un objet est attendu",
    "bool_type": "true ou false est attendu",
    "bool_parsing": "true ou false est attendu",
    "literal_error": "valeur inconnue (attendu : {expected})",
    "greater_than": "doit être supérieur à {gt}",
    "greater_than_equal": "doit être au moins {ge}",
    "less_than": "doit être inférieur à {lt}",
    "less_than_equal": "doit être au plus {le}",
    "timezone_aware": "l'heure doit porter son fuseau, par exemple 2027-01-15T12:00:00+01:00",
    "finite_number": "un nombre fini est attendu",
    "string_unicode": "texte illisible (caractère isolé d'une paire)",
}
KINDS: Final = (
    ("json", "JSON illisible"),
    ("decimal", "un nombre est attendu"),
    ("int", "un nombre entier est attendu"),
    ("datetime", "une date et une heure sont attendues, par exemple 2027-01-15T12:00:00+01:00"),
    ("date", "une date est attendue, par exemple 2027-01-15"),
)


def listed(error: ValidationError) -> str:
    """Return every problem of a validation: `lots[0].title : champ manquant ; couleur : champ inconnu`."""
    return " ; ".join(_sentence(problem) for problem in error.errors(include_url=False))


def _sentence(problem: Mapping[str, object]) -> str:
    kind, parts = str(problem["type"]), problem["loc"]
    where = _path(parts if isinstance(parts, tuple) else ())
    details = problem.get("ctx")
    if kind == "value_error":
        what = str(details["error"]) if isinstance(details, dict) else str(problem["msg"])
    else:
        pattern = SENTENCES.get(kind) or next(
            (text for head, text in KINDS if kind.startswith(head)), "valeur incorrecte"
        )
        what = pattern.format(**details) if isinstance(details, dict) else pattern
    what = what.replace(" or ", " ou ")
    return f"{where} : {what}" if where else what


def _path(parts: tuple[object, ...]) -> str:
    """Return `lots[0].items[3].label`."""
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path
