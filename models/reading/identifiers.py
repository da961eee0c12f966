"""Identifiers checked with their official algorithm (python-stdnum) or shape: SIRET, SIREN, FINESS, CPV."""

import re

from stdnum import luhn
from stdnum.fr import siren, siret

from models.errors import BadInput


def checked_siret(text: object) -> str:
    """Return the 14 digits of a SIRET, or raise `BadInput` (Luhn, with the exception of La Poste)."""
    bare = re.sub(r"[\s.]", "", str(text))
    if not siret.is_valid(bare):
        raise BadInput(f"SIRET « {text} » incorrect : 14 chiffres attendus, avec leur clé de contrôle.")
    return str(siret.compact(bare))


def checked_siren(text: object) -> str:
    """Return the 9 digits of a SIREN, or raise `BadInput`."""
    bare = re.sub(r"[\s.]", "", str(text))
    if not siren.is_valid(bare):
        raise BadInput(f"SIREN « {text} » incorrect : 9 chiffres attendus, avec leur clé de contrôle.")
    return str(siren.compact(bare))


def checked_finess(text: object) -> str:
    """Return a FINESS number (department, 2A and 2B included, then seven digits), or raise `BadInput`.

    The last digit is a Luhn key; in Corsica the letters A and B count as 1 and 2 (true of every number of the
    hospital statistics of 2023).
    """
    bare = "".join(str(text).split()).upper()
    if not re.fullmatch(r"(?:\d{2}|2A|2B)\d{7}", bare):
        raise BadInput(f"FINESS « {text} » incorrect : 9 caractères attendus (par exemple 010780054).")
    if not luhn.is_valid(bare.replace("A", "1").replace("B", "2")):
        raise BadInput(
            f"FINESS « {text} » incorrect : la clé de contrôle (dernier chiffre) ne correspond pas."
        )
    return bare


def checked_cpv(text: object) -> str:
    """Return a CPV code as eight digits, its check digit left out, or raise `BadInput`.

    The check digit cannot be computed (it is looked up in the European list), so only the shape is checked.
    """
    found = re.fullmatch(r"(\d{8})(?:-\d)?", str(text).strip())
    if not found or found[1][:2] == "00":
        raise BadInput(f"CPV « {text} » incorrect : 8 chiffres attendus, par exemple 33141000 ou 33141000-0.")
    return found[1]


def checked_cpv_prefix(text: object) -> str:
    """Return a CPV code, or its significant first digits (two to eight), or raise `BadInput`."""
    found = re.fullmatch(r"(\d{2,8})(?:-\d)?", str(text).strip())
    if not found or found[1][:2] == "00" or ("-" in str(text) and len(found[1]) != 8):
        raise BadInput(f"CPV « {text} » incorrect : un code de 8 chiffres ou ses 2 à 7 premiers chiffres.")
    return found[1]


def checked_email(text: object) -> str:
    """Return an e-mail address in lower case, or raise `BadInput`."""
    bare = str(text).strip().lower()
    if not re.fullmatch(r"[^@\s<>\"',;]{1,64}@[a-z0-9.-]{1,190}\.[a-z]{2,24}", bare):
        raise BadInput(f"Courriel « {text} » incorrect.")
    return bare


def same_case_address(value: str) -> str:
    """Return an address as people are known by it: small letters, of ASCII alone.

    Lowering other alphabets makes different addresses alike (the Kelvin sign U+212A becomes a k): they stay as given.

    >>> same_case_address("Julie.Perrin@CH.fr"), same_case_address("jac\u212a@ch.fr") == "jack@ch.fr"
    ('julie.perrin@ch.fr', False)
    """
    return "".join(letter.lower() if letter.isascii() else letter for letter in value)
