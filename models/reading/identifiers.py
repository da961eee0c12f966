"""Identifiers checked with their official algorithm (python-stdnum) or shape: SIRET, SIREN, FINESS, CPV."""

import re
from enum import StrEnum
from typing import NamedTuple

from stdnum import luhn
from stdnum.ch import uid
from stdnum.eu import vat
from stdnum.fr import siren, siret

from models.errors import BadInput


class IdentifierKind(StrEnum):
    """What kind of number a company is known by, in the words of the essential data."""

    SIRET = "SIRET"
    SIREN = "SIREN"
    VAT = "TVA"
    RIDET = "RIDET"
    TAHITI = "TAHITI"
    FOREIGN = "HORS-UE"


FOREIGN = ("HORS-UE", "HORS UE", "FRWF", "FR-WF")  # as the essential data write them


class Identifier(NamedTuple):
    """A number beside its kind; `siren` when the kind gives it."""

    kind: IdentifierKind
    value: str
    siren: str | None = None


def identified(text: object, said: str = "") -> Identifier | None:
    """Return what a number identifies, by its own key or by the kind said beside it; None for what identifies nobody.

    Nothing is completed nor guessed: a number filled with one figure, or too short, is a placeholder.

    >>> identified("732 829 320 00074").kind.value, identified("FR 44 732829320").siren
    ('SIRET', '732829320')
    >>> identified("00000000000000"), identified("18", "HORS-UE"), identified("CHE-116.281.710").value
    (None, None, 'CHE116281710')
    """
    bare = re.sub(r"[^0-9A-Za-z]", "", str(text)).upper()[:40]
    figures = re.sub("[^0-9]", "", bare)
    if len(bare) < 4 or len(set(figures)) < 2:
        return None
    if siret.is_valid(bare):
        return Identifier(IdentifierKind.SIRET, bare, bare[:9])
    if siren.is_valid(bare):
        return Identifier(IdentifierKind.SIREN, bare, bare)
    return _value_added(bare) or _of_elsewhere(bare, said.strip().upper())


def _value_added(bare: str) -> Identifier | None:
    """Return a VAT number of the Union by its key; a French one holds the SIREN, which has its own."""
    if re.fullmatch("FR[0-9A-Z]{2}[0-9]{9}", bare) and siren.is_valid(bare[4:]):
        return Identifier(IdentifierKind.VAT, bare, bare[4:])
    return Identifier(IdentifierKind.VAT, bare) if re.match("[A-Z]{2}", bare) and vat.is_valid(bare) else None


def _of_elsewhere(bare: str, said: str) -> Identifier | None:
    """Return a number of New Caledonia, of Polynesia or from abroad, when its letters or the file say so."""
    for kind, shape in ((IdentifierKind.RIDET, r"\d{6,10}"), (IdentifierKind.TAHITI, r"[A-Z0-9]\d{5,8}")):
        figures = bare.removeprefix(kind.value)
        if (said == kind.value or bare != figures) and re.fullmatch(shape, figures):
            return Identifier(kind, figures)
    is_swiss = bare.startswith("CHE") and uid.is_valid(bare[:12])
    return Identifier(IdentifierKind.FOREIGN, bare) if is_swiss or said in FOREIGN else None


def checked_candidate(text: object) -> str:
    """Return the number of a candidate: a SIRET, or that of a company without one (VAT, RIDET, TAHITI, abroad)."""
    bare = re.sub(r"[\s.]", "", str(text))
    if bare.isdigit() and len(bare) == 14:
        return checked_siret(text)
    found = identified(text) or identified(
        text, "HORS-UE" if re.match("[A-Za-z]{2,3}[-. ]?[0-9]", str(text)) else ""
    )
    if found is None or found.kind is IdentifierKind.SIREN:
        raise BadInput(
            f"SIRET « {str(text)[:40]} » incorrect : 14 chiffres attendus, avec leur clé de contrôle ; une entreprise "
            "qui n'en a pas donne son numéro de TVA, RIDET, TAHITI ou étranger, avec les lettres de son pays."
        )
    return found.value


def checked_siret(text: object) -> str:
    """Return the 14 digits of a SIRET, or raise `BadInput` (Luhn, with the exception of La Poste)."""
    bare = re.sub(r"[\s.]", "", str(text))
    if not siret.is_valid(bare) or len(set(bare)) < 2:
        raise BadInput(
            f"SIRET « {str(text)[:40]} » incorrect : 14 chiffres attendus, avec leur clé de contrôle."
        )
    return str(siret.compact(bare))


def checked_siren(text: object) -> str:
    """Return the 9 digits of a SIREN, or raise `BadInput`."""
    bare = re.sub(r"[\s.]", "", str(text))
    if not siren.is_valid(bare) or len(set(bare)) < 2:
        raise BadInput(
            f"SIREN « {str(text)[:40]} » incorrect : 9 chiffres attendus, avec leur clé de contrôle."
        )
    return str(siren.compact(bare))


def checked_finess(text: object) -> str:
    """Return a FINESS number (department, 2A and 2B included, then seven digits), or raise `BadInput`.

    The last digit is a Luhn key; in Corsica the letters A and B count as 1 and 2 (true of every number of the
    hospital statistics of 2023).
    """
    bare = "".join(str(text).split()).upper()
    if not re.fullmatch(r"(?:\d{2}|2A|2B)\d{7}", bare):
        raise BadInput(
            f"FINESS « {str(text)[:40]} » incorrect : 9 caractères attendus (par exemple 010780054)."
        )
    if not luhn.is_valid(bare.replace("A", "1").replace("B", "2")):
        raise BadInput(
            f"FINESS « {str(text)[:40]} » incorrect : la clé de contrôle (dernier chiffre) ne correspond pas."
        )
    return bare


def checked_cpv(text: object) -> str:
    """Return a CPV code as eight digits, its check digit left out, or raise `BadInput`.

    The check digit cannot be computed (it is looked up in the European list), so only the shape is checked.
    """
    found = re.fullmatch(r"(\d{8})(?:-\d)?", str(text).strip())
    if not found or found[1][:2] == "00":
        raise BadInput(
            f"CPV « {str(text)[:40]} » incorrect : 8 chiffres attendus, par exemple 33141000 ou 33141000-0."
        )
    return found[1]


def checked_cpv_prefix(text: object) -> str:
    """Return a CPV code, or its significant first digits (two to eight), or raise `BadInput`."""
    found = re.fullmatch(r"(\d{2,8})(?:-\d)?", str(text).strip())
    if not found or found[1][:2] == "00" or ("-" in str(text) and len(found[1]) != 8):
        raise BadInput(
            f"CPV « {str(text)[:40]} » incorrect : un code de 8 chiffres ou ses 2 à 7 premiers chiffres."
        )
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
