"""What is wrong with each field of a form or of a file, in French, from the way pydantic says it. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence

from pydantic import BeforeValidator, ValidationError
from pydantic_core import ErrorDetails

from models.errors import BadInput

READ_AS = re.compile(r"^(?:montant|date|quantité) : ")
MOST_SAID = 40  # faults: the next ones are counted
LONGEST_PLACE = 200  # a place is made of keys that the sender wrote
SAYINGS = {
    "missing": "à remplir",
    "extra_forbidden": "champ inconnu",
    "json_invalid": "ce n'est pas du JSON",
    "string_too_long": "{max_length} caractères au plus",
    "string_too_short": "{min_length} caractères au moins",
    "string_pattern_mismatch": "écriture non admise",
    "string_type": "un texte est attendu",
    "string_unicode": "caractères non admis",
    "date_type": "une date AAAA-MM-JJ est attendue",
    "date_parsing": "une date AAAA-MM-JJ est attendue",
    "date_from_datetime_parsing": "une date AAAA-MM-JJ est attendue",
    "date_from_datetime_inexact": "une date AAAA-MM-JJ est attendue",
    "int_parsing_size": "un nombre entier moins long est attendu",
    "literal_error": "choix attendu : {expected}",
    "model_attributes_type": "un objet JSON est attendu (Content-Type: application/json)",
    "int_parsing": "un nombre entier est attendu",
    "int_type": "un nombre entier est attendu",
    "int_from_float": "un nombre entier est attendu",
    "decimal_parsing": "un nombre est attendu",
    "decimal_type": "un nombre est attendu",
    "bool_parsing": "oui ou non est attendu",
    "bool_type": "oui ou non est attendu",
    "greater_than_equal": "{ge} au moins",
    "greater_than": "plus de {gt}",
    "less_than_equal": "{le} au plus",
    "less_than": "moins de {lt}",
    "enum": "choix attendu : {expected}",
    "list_type": "une liste est attendue",
    "dict_type": "un tableau est attendu",
    "model_type": "un tableau est attendu",
    "too_short": "{min_length} ligne au moins",
    "too_long": "{max_length} lignes au plus",
}


def fault_of(kind: str, message: str, context: Mapping[str, object] | None = None) -> str:
    """Return the French wording of a fault; our own messages are French already.

    >>> fault_of("less_than_equal", "Input should be less than or equal to 100", {"le": 100})
    '100 au plus'
    """
    known = SAYINGS.get(kind)
    if known is None:
        return message.removeprefix("Value error, ") if kind == "value_error" else "valeur non admise"
    return known.format_map(dict(context or {})).replace("' or '", "' ou '")


def beside(fault: str) -> str:
    """Return a fault as it is said beside its field: without the name that the reading gives to any such value.

    >>> beside("montant : « abc » n'est pas un nombre.")
    "« abc » n'est pas un nombre."
    """
    return READ_AS.sub("", fault)


def checked(check: Callable[[object], object]) -> BeforeValidator:
    """Return the check as a validator, its refusal in the form that pydantic collects."""

    def collected(value: object) -> object:
        try:
            return check(value)
        except BadInput as error:
            raise ValueError(str(error)) from error

    return BeforeValidator(collected)


def faults_of(error: ValidationError, whole: str = "formulaire") -> str:
    """Return every fault as "place : what is wrong", separated by semicolons; `whole` names the form itself."""
    return faults_said(error.errors(), whole)


def faults_said(faults: Sequence[ErrorDetails], whole: str) -> str:
    """Return faults that pydantic collected as "place : what is wrong"; what was typed is never said again."""
    found = []
    for one in faults[:MOST_SAID]:
        place = ".".join(str(part) for part in one["loc"])[:LONGEST_PLACE] or whole
        found.append(f"{place} : {fault_of(one['type'], one['msg'], one.get('ctx')).rstrip('.')}")
    left = len(faults) - MOST_SAID
    return " ; ".join(found) + (f" ; et {left} autres fautes" if left > 0 else "")
