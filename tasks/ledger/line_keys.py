"""The key that signs the lines of the journal (Ed25519, RFC 8032): a file of the home, never in the database."""

from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.errors import Unavailable
from tasks import storage
from tasks.ledger import signed_lines
from tasks.settings import settings

KEY_FILE = "cle-du-journal"
OWNER_ONLY = 0o600


def key_file() -> Path:
    """Return where the key is kept."""
    return settings().journal_key_file or settings().home / KEY_FILE


def _make() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes_raw().hex().encode()


def public_key() -> str | None:
    """Return the public half of the key of this home, or None when it has none."""
    return _public(_private(key_file())) if key_file().exists() else None


def made() -> str:
    """Return the public half of the key of this home; the first signed line makes the key.

    Once a line is signed, the journal refuses another key than that of the line: one that is lost is not made again.
    """
    try:
        if not key_file().exists():
            storage.write_new(key_file(), _make(), OWNER_ONLY)
    except OSError as error:
        raise Unavailable(
            f"La clé du journal ({key_file().name}) ne s'écrit pas : {error.strerror}."
        ) from error
    return _public(_private(key_file()))


def replaced(former: str | None) -> tuple[str, str]:
    """Put a new key in place of the present one; return its public half, and its signature by the former one."""
    made = _make()
    public = _public(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(made.decode())))
    announced = sign(public) if former else ""
    with storage.whole(key_file(), OWNER_ONLY) as file:
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
    return _private(key_file()).sign(signed_lines.PREFIX + digest.encode()).hex()
