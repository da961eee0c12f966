"""The key that signs the lines of the journal (Ed25519, RFC 8032): a file of the home, never in the database."""

from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from models.errors import Unavailable
from tasks import key_files, storage
from tasks.settings import settings

KEY_FILE = "cle-du-journal"
PREFIX = b"achats-ght journal "


def key_file() -> Path:
    """Return where the key is kept."""
    return settings().journal_key_file or settings().home / KEY_FILE


def _make() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes_raw().hex().encode()


def _is_whole(content: bytes) -> bool:
    try:
        Ed25519PrivateKey.from_private_bytes(bytes.fromhex(content.decode("ascii")))
    except ValueError:
        return False
    return True


def public_key() -> str | None:
    """Return the public half of the key of this home, or None when it has none."""
    return _public(_private(key_file())) if key_file().exists() else None


def made() -> str:
    """Return the public half of the key of this home; the first signed line makes the key."""
    key = key_files.KeyFile(
        name=str(key_file()),
        label="La clé du journal",
        make=_make,
        is_whole=_is_whole,
        is_used=lambda: False,  # once a line is signed, the journal refuses another key than that of the line
    )
    key_files.read(key)
    return _public(_private(key_file()))


def replaced(former: str | None) -> tuple[str, str]:
    """Put a new key in place of the present one; return its public half, and its signature by the former one."""
    made = _make()
    public = _public(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(made.decode())))
    announced = sign(public) if former else ""
    with storage.whole(key_file(), key_files.OWNER_ONLY) as file:
        file.write(made)
    _private.cache_clear()
    return public, announced


def _public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


@lru_cache(maxsize=8)
def _private(path: Path) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text(encoding="ascii")))
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"La clé du journal ({path.name}) ne se lit pas : remettez le fichier sauvegardé, lisible par son seul "
            "propriétaire."
        ) from error


def sign(digest: str) -> str:
    """Return the signature of a hash by the key of this home."""
    return _private(key_file()).sign(PREFIX + digest.encode()).hex()


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
