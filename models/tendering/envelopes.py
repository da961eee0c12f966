"""What the sealed envelopes of a tender hold, and whether an opened one is what was deposited."""

import base64
import binascii
import json
from hashlib import sha256

from pydantic import ValidationError

from models.errors import Refused
from models.process.procurement import Tender
from models.tendering.tenders import Envelope, TenderFile

SEALED = "scelle"
SEALED_FILE = "fichier_scelle"
OPENED = "depouille"
FILE = "fichier"
NONCE_BYTES = 32


def commitment(nonce: bytes, content: bytes) -> str:
    """Return the SHA-256 of a random number followed by a content.

    >>> commitment(b"0" * 32, b"offre") == commitment(b"1" * 32, b"offre")
    False
    """
    return sha256(nonce + content).hexdigest()


def altered(tender: Tender) -> str:
    """Return what is said of a tender whose envelopes do not hold what was deposited."""
    return (
        f"L'offre n° {tender.number} de {tender.ref} n'est plus celle qui a été déposée : aucun pli n'est ouvert. "
        "Remettez la base de données telle qu'elle était (sauvegarde), puis recommencez."
    )


def content_of(
    tender: Tender, unsealed: dict[str, dict[str, str]], kept_sealed: set[str]
) -> dict[str, object]:
    """Return the clear content that unsealed envelopes give, with the envelopes' own bytes beside it."""
    files = {name: TenderFile.model_validate_json(raw_of(one)) for name, one in unsealed.items()}
    parts = {str(part.lot): part for name, file in files.items() if name != FILE for part in file.lots}
    whole = files.get(FILE)
    if whole is not None and {str(part.lot): part for part in whole.lots} != parts:
        raise Refused(altered(tender))
    some = whole or next(iter(files.values()))
    shown: dict[str, object] = json.loads(some.model_dump_json(by_alias=True))
    shown["lots"] = [
        {"lot": one.lot}
        if str(one.lot) in kept_sealed
        else json.loads(parts[str(one.lot)].model_dump_json(by_alias=True))
        for one in Envelope.model_validate(tender.content).lots
    ]
    return {**shown, OPENED: unsealed}


def raw_of(one: dict[str, str]) -> bytes:
    """Return the bytes that an envelope held."""
    return base64.b64decode(one["brut"], validate=True)


def is_unsealed(tender: Tender) -> bool:
    """Return whether a tender has been opened, in whole or on some lots."""
    return OPENED in tender.content


def fault(tender: Tender) -> str:
    """Return why the content of an opened tender is not what was deposited, or nothing."""
    unsealed = tender.content.get(OPENED)
    if not tender.commitments or (unsealed is None and SEALED_FILE in tender.content):
        return ""
    said = f"le contenu de l'offre n° {tender.number} de {tender.ref} n'est plus celui qui a été déposé"
    try:
        assert isinstance(unsealed, dict)
        kept_sealed = set(tender.commitments) - set(unsealed) - {FILE}
        if any(_is_changed(tender, name, one) for name, one in unsealed.items()):
            return said
        again = content_of(tender, unsealed, kept_sealed)
    except (AssertionError, AttributeError, KeyError, TypeError, ValueError, ValidationError, Refused):
        return said
    shown = {name: value for name, value in tender.content.items() if name not in (SEALED, SEALED_FILE)}
    return "" if again == shown else said


def _is_changed(tender: Tender, name: str, one: dict[str, str]) -> bool:
    try:
        made = commitment(bytes.fromhex(one["alea"]), raw_of(one))
    except binascii.Error:
        return True
    return made != tender.commitments[name]
