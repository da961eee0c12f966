"""Files of the home directory, written whole or not at all."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from models.errors import BadInput, Unavailable
from models.reading import fold
from tasks.settings import settings

LONGEST_NAME = 80


def resolve(path: str) -> Path:
    """Return where a relative path of the home directory is, or refuse one that leaves it."""
    home = settings().home
    full = (home / path).resolve()
    if not full.is_relative_to(home):
        raise BadInput(f"Chemin refusé : {path}.")
    return full


def write(path: str, content: bytes) -> str:
    """Write a file (temporary file, fsync, rename) and return its SHA-256; a full disk leaves nothing half-written."""
    full = resolve(path)
    partial = full.with_name(f".{full.name}.{os.getpid()}.partiel")
    try:
        full.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(full)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise Unavailable(f"Écriture impossible de {path} : {error.strerror}.") from error
    return sha256(content)


def read(path: str) -> bytes:
    """Return the content of a file of the home directory."""
    try:
        return resolve(path).read_bytes()
    except OSError as error:
        raise Unavailable(f"Lecture impossible de {path} : {error.strerror}.") from error


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some content, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def slug(text: str) -> str:
    """Return a text as part of a file name: ASCII letters, digits and hyphens.

    >>> slug("Société d'Évreux & Cie")
    'societe-d-evreux-cie'
    """
    return fold(text).replace(" ", "-")[:LONGEST_NAME] or "sans-nom"
