"""Asking for timestamps, and checking them against the authorities that the group trusts."""

import asyncio
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from pydantic import BaseModel

from models.errors import BadInput, Unavailable
from tasks.settings import settings

if TYPE_CHECKING:
    from asn1crypto import x509
    from pyhanko.sign.timestamps import TimeStamper

ALGORITHM = "sha256"


class Stamp(BaseModel):
    """What a timestamp says once checked."""

    at: datetime
    authority: str
    is_trusted: bool  # its certificate leads to one of the roots configured


def authority() -> "TimeStamper | None":
    """Return the service configured, or None."""
    url = settings().tsa_url
    if not url:
        return None
    from tasks.connectors.timestamps import Authority

    return Authority(url)


def token(content: bytes) -> bytes | None:
    """Return a timestamp of a content (a CMS token, DER), or None without a service; raise Unavailable otherwise."""
    found = authority()
    if found is None:
        return None
    from pyhanko.sign.timestamps import TimestampRequestError

    try:
        given = asyncio.run(found.async_timestamp(sha256(content).digest(), ALGORITHM))
    except (TimestampRequestError, ValueError) as error:
        raise Unavailable(f"Le service d'horodatage a refusé : {error}.") from error
    return bytes(given.dump())


def checked(stamped: bytes, content: bytes) -> Stamp:
    """Return what a timestamp says of a content, or refuse one that is not of this content."""
    from asn1crypto import cms
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
    from pyhanko_certvalidator import ValidationContext

    wrong = BadInput("L'horodatage n'est pas celui de ce contenu.")
    context = ValidationContext(trust_roots=roots(), allow_fetching=False)
    try:
        signed = cms.ContentInfo.load(stamped)["content"]
        kept = asyncio.run(validate_tst_signed_data(signed, context, lambda _: sha256(content).digest()))
    except (SignatureValidationError, ValueError, KeyError, TypeError) as error:
        raise wrong from error
    if not (kept["intact"] and kept["valid"]):
        raise wrong
    certificate = kept["signing_cert"]
    return Stamp(
        at=kept["timestamp"],
        authority=certificate.subject.native.get("common_name", certificate.subject.human_friendly),
        is_trusted=kept["trust_problem_indic"] is None and kept.get("validation_path") is not None,
    )


def roots() -> "list[x509.Certificate]":
    """Return the certificates of the timestamp authorities that the group trusts."""
    from pyhanko.keys import load_certs_from_pemder_data

    path = settings().tsa_roots
    if path is None:
        return []
    try:
        return list(load_certs_from_pemder_data(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise BadInput(f"Autorités d'horodatage {path} illisibles.") from error
