"""Sealing what must be read again but never seen: the secrets of one-time codes.

The sealing key comes from `ACHATS_SECRET_KEY`, else from a file of the home directory that only its owner reads.
"""

import base64
import os

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.errors import Refused
from tasks.settings import settings

KEY_FILE = "cle-de-scellement"


def seal(text: str) -> str:
    """Return the text encrypted and authenticated."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return the text that was sealed, or refuse when the sealing key is not the same any more."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Refused(
            "Un secret scellé ne se lit plus : la clé de scellement a changé. Remettez l'ancienne "
            "ou inscrivez de nouveau la personne."
        ) from error


def _box() -> Fernet:
    given = settings().secret_key
    if given is None:
        return Fernet(_key_of_home())
    derived = HKDF(SHA256(), 32, salt=None, info=b"achats-ght sealing").derive(
        given.get_secret_value().encode()
    )
    return Fernet(base64.urlsafe_b64encode(derived))


def _key_of_home() -> bytes:
    """Return the key kept in the home directory; the first process that needs one makes it."""
    path = settings().home / KEY_FILE
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(made, "wb") as file:
        file.write(Fernet.generate_key())
    return path.read_bytes()
