"""Argon2: keeping passwords and personal keys as something that only proves them."""

import secrets
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError


@lru_cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


def protected(secret: str) -> str:
    """Return what the database keeps of a secret that a person chose or holds."""
    return _hasher().hash(secret)


def matches(kept: str, secret: str) -> bool:
    """Return whether what is kept proves a secret."""
    try:
        return _hasher().verify(kept, secret)
    except (VerifyMismatchError, InvalidHashError):
        return False


@lru_cache
def decoy() -> str:
    """Return a hash of nothing anyone knows: what is unknown takes as long as what is known."""
    return protected(secrets.token_urlsafe(32))
