"""Codes of medicines as files write them: CIS, CIP13, UCD13; none is guessed from what a spreadsheet cut. Pure."""

import re
from typing import NamedTuple

from models.errors import BadInput
from models.reading.figures import SCIENTIFIC, quoted

UCD = "34008"  # the first figures of every UCD13; those of a CIP13 are 34009
ROUNDED = "écriture scientifique, des chiffres sont perdus : mettez la colonne au format Texte"


class Packs(NamedTuple):
    """The code of a presentation: the box that is sold (CIP13), or the unit that is dispensed (UCD13)."""

    cip13: str | None = None
    ucd13: str | None = None


def cis_of(text: str) -> str | None:
    """Return a CIS of eight figures, None for an empty cell; « 61436304.0 » is the same number.

    >>> cis_of("61436304.0"), cis_of("")
    ('61436304', None)
    """
    bare = re.sub(r"[.,]0+$", "", re.sub(r"\s", "", text))
    if not bare:
        return None
    if SCIENTIFIC.fullmatch(bare):
        raise BadInput(f"CIS « {quoted(text)} » : {ROUNDED}")
    if not re.fullmatch(r"[0-9]{8}", bare):
        raise BadInput(f"CIS « {quoted(text)} » : 8 chiffres attendus")
    return bare


def packs_of(text: str) -> Packs:
    """Return the code of a presentation, nothing for an empty cell.

    >>> packs_of("34009 309 15004").cip13, packs_of("3400894382416").ucd13
    ('3400930915004', '3400894382416')
    """
    bare = re.sub(r"[.,]0+$", "", re.sub(r"\s", "", text))
    if not bare:
        return Packs()
    if SCIENTIFIC.fullmatch(bare):
        raise BadInput(f"CIP13 « {quoted(text)} » : {ROUNDED}")
    if re.fullmatch(r"[0-9]{7}", bare):
        raise BadInput(
            f"CIP13 « {quoted(text)} » : c'est un code à 7 chiffres (CIP7 ou UCD7), 13 chiffres attendus"
        )
    if not re.fullmatch(r"[0-9]{13}", bare):
        raise BadInput(f"CIP13 « {quoted(text)} » : 13 chiffres attendus")
    return Packs(ucd13=bare) if bare.startswith(UCD) else Packs(cip13=bare)
