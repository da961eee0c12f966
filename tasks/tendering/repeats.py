"""Telling the same tender sent again without keeping a hash by which its prices could be found.

The mark needs the server's sealing key, which is not in the database, and is slow to try (Argon2id, RFC 9106).
"""

import hmac
import secrets
from hashlib import sha256

from argon2.low_level import Type, hash_secret_raw

from tasks.access import sealed_secrets

SALT_BYTES = 16
MEMORY_KIB = 19456
PASSES = 2
MARK_BYTES = 32


def mark(raw: bytes) -> str:
    """Return the mark of a file."""
    salt = secrets.token_bytes(SALT_BYTES)
    return f"{salt.hex()}.{_slow(raw, salt)}"


def is_same(kept: str, raw: bytes) -> bool:
    """Return whether a mark is that of a file."""
    salt, _, found = kept.partition(".")
    return bool(found) and hmac.compare_digest(found, _slow(raw, bytes.fromhex(salt)))


def _slow(raw: bytes, salt: bytes) -> str:
    keyed = hmac.digest(sealed_secrets.derived(b"repeated tender"), raw, sha256)
    return hash_secret_raw(keyed, salt, PASSES, MEMORY_KIB, 1, MARK_BYTES, Type.ID).hex()
