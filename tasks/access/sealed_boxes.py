"""Encrypting to a public key (X25519, HKDF-SHA256, Fernet), and wrapping a private key with a password (Argon2id)."""

import base64
import secrets

from argon2.low_level import Type, hash_secret_raw
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, SecretBytes, SecretStr

from models.errors import NotAllowed, Refused

MEMORY_KIB = 65536
PASSES = 3


class Pair(BaseModel):
    """A new key pair."""

    public: str
    private: SecretBytes


class Wrapped(BaseModel):
    """A private key that a password opens."""

    salt: str
    content: str


def new_pair() -> Pair:
    """Return a key pair."""
    private = X25519PrivateKey.generate()
    return Pair(
        public=private.public_key().public_bytes_raw().hex(), private=SecretBytes(private.private_bytes_raw())
    )


def public_of(private: SecretBytes) -> str:
    """Return the public half of a private key."""
    key = X25519PrivateKey.from_private_bytes(private.get_secret_value())
    return key.public_key().public_bytes_raw().hex()


def encrypt_to(public: str, content: bytes) -> str:
    """Return content that only the private half of a public key reads."""
    once = X25519PrivateKey.generate()
    own = once.public_key().public_bytes_raw()
    shared = once.exchange(X25519PublicKey.from_public_bytes(bytes.fromhex(public)))
    return own.hex() + "." + _box(shared, own + bytes.fromhex(public)).encrypt(content).decode()


def decrypt_with(private: SecretBytes, sealed: str) -> bytes:
    """Return the content, or refuse a key that is not the right one."""
    key = X25519PrivateKey.from_private_bytes(private.get_secret_value())
    own, _, token = sealed.partition(".")
    try:
        sender = bytes.fromhex(own)
        shared = key.exchange(X25519PublicKey.from_public_bytes(sender))
        return _box(shared, sender + key.public_key().public_bytes_raw()).decrypt(token.encode())
    except (InvalidToken, ValueError) as error:
        raise Refused("Cette clé n'ouvre pas ce contenu scellé, ou il a été modifié.") from error


def _box(shared: bytes, context: bytes) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=b"achats-ght box" + context).derive(shared)
    return Fernet(base64.urlsafe_b64encode(derived))


def wrap(private: SecretBytes, password: SecretStr) -> Wrapped:
    """Return a private key that the password opens."""
    salt = secrets.token_bytes(16)
    return Wrapped(
        salt=salt.hex(), content=_lock(password, salt).encrypt(private.get_secret_value()).decode()
    )


def unwrap(wrapped: Wrapped, password: SecretStr) -> SecretBytes:
    """Return the private key, or refuse a wrong password."""
    try:
        opened = _lock(password, bytes.fromhex(wrapped.salt)).decrypt(wrapped.content.encode())
    except InvalidToken as error:
        raise NotAllowed("Ce mot de passe n'ouvre pas votre part de la clé.") from error
    return SecretBytes(opened)


def _lock(password: SecretStr, salt: bytes) -> Fernet:
    derived = hash_secret_raw(password.get_secret_value().encode(), salt, PASSES, MEMORY_KIB, 4, 32, Type.ID)
    return Fernet(base64.urlsafe_b64encode(derived))
