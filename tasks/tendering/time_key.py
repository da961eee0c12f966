"""The server's own part of the key of sealed tenders: outside the database, given only after the deadline.

Two people and their passwords do not open a copy of the database: the process that answers them adds this part, and
only at the opening. Whoever reads the key file as well as the database and two passwords opens at any time.
"""

import secrets
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlmodel import col, select

from models.tendering.seals import KEY_BYTES, TenderSeal
from tasks import key_files
from tasks.settings import settings
from tasks.store import reading

KEY_FILE = "cle-a-terme"


def key_file() -> Path:
    """Return where the server's part is kept."""
    return settings().time_key_file or settings().home / KEY_FILE


def with_part(seal: TenderSeal, key: bytes) -> bytes:
    """Return the private key of a seal with the server's part added, or taken away again (exclusive or)."""
    if not seal.is_timed:
        return key
    return bytes(one ^ other for one, other in zip(key, _part(seal), strict=True))


def make() -> None:
    """Make the key file if there is none yet; one that is lost while tenders wait for it is asked for."""
    key_files.read(_key())


def _key() -> key_files.KeyFile:
    return key_files.KeyFile(
        name=str(key_file()),
        label="La clé à terme des plis",
        make=lambda: secrets.token_bytes(KEY_BYTES),
        is_whole=lambda content: len(content) == KEY_BYTES,
        is_used=_is_awaited,
    )


def _is_awaited() -> bool:
    with reading() as session:
        query = select(TenderSeal.ref).where(col(TenderSeal.is_timed), col(TenderSeal.opened_at).is_(None))
        return session.exec(query.limit(1)).first() is not None


def _part(seal: TenderSeal) -> bytes:
    info = f"achats-ght time-bound {seal.ref} {seal.public_key}".encode()
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(key_files.read(_key()))
