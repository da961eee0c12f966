"""Every fault of a form or of a file of fields, collected by pydantic and said in French with its place. Pure."""

from collections.abc import Callable

from pydantic import BeforeValidator, ValidationError
from pydantic_core import ErrorDetails

from models.errors import BadInput

SENTENCES = {
    "missing": "manque",
    "extra_forbidden": "champ inconnu",
    "json_invalid": "ce n'est pas du JSON",
    "string_type": "un texte est attendu",
    "string_too_long": "texte trop long ({max_length} caractères au plus)",
    "int_type": "un nombre entier est attendu",
    "int_parsing": "un nombre entier est attendu",
    "int_from_float": "un nombre entier est attendu",
    "bool_type": "oui ou non est attendu",
    "bool_parsing": "oui ou non est attendu",
    "greater_than_equal": "{ge} au moins",
    "less_than_equal": "{le} au plus",
    "list_type": "une liste est attendue",
    "dict_type": "des couples clé et valeur sont attendus",
    "model_type": "des champs sont attendus",
    "model_attributes_type": "des champs sont attendus",
    "too_short": "{min_length} élément au moins",
    "enum": "valeur impossible (possibles : {expected})",
    "string_pattern_mismatch": "valeur impossible (forme attendue : {pattern})",
}


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
    return " ; ".join(_fault(one, whole) for one in error.errors())


def _fault(one: ErrorDetails, whole: str) -> str:
    place = ".".join(str(part) for part in one["loc"]) or whole
    context = one.get("ctx", {})
    if one["type"] == "value_error":
        return f"{place} : {str(context.get('error', one['msg'])).rstrip('.')}"
    expected = str(context.get("expected", "")).replace(" or ", " ou ").replace("'", "")
    said = SENTENCES.get(one["type"], "valeur impossible").format_map({**context, "expected": expected})
    return f"{place} : {said}"
