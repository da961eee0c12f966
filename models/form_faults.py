"""What is wrong with a field, in French, from the way pydantic says it."""

from collections.abc import Mapping

from pydantic import ValidationError

SAYINGS = {
    "missing": "à remplir",
    "extra_forbidden": "champ inconnu",
    "json_invalid": "ce n'est pas du JSON",
    "string_too_long": "{max_length} caractères au plus",
    "string_too_short": "{min_length} caractères au moins",
    "string_pattern_mismatch": "écriture non admise",
    "string_type": "un texte est attendu",
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
        return message.removeprefix("Value error, ")
    return known.format_map(dict(context or {}))


def faults_of(error: ValidationError, whole: str) -> str:
    """Return every fault with the path of its field, in French; `whole` names what has no field (form, file)."""
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc']) or whole} : "
        f"{fault_of(fault['type'], fault['msg'], fault.get('ctx'))}"
        for fault in error.errors()
    )
