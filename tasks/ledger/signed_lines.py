"""Checking the signature of a line of the journal (Ed25519, RFC 8032), wherever its key is kept."""

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PREFIX = b"achats-ght journal "


def is_signed(digest: str, signature: str | None, key: str) -> bool:
    """Return whether a signature of a hash was made by a key."""
    try:
        _reader(key).verify(bytes.fromhex(signature or ""), PREFIX + digest.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=8)
def _reader(key: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
