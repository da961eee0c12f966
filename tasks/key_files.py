"""The keys of a home directory: written whole, verified when read, and listed in one place for the backup.

A new key is a file named `cle-…` or in the folder `cles/`: it is then in the envelope of the backup without more ado.
"""

import fcntl
import logging
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel

from models.errors import Unavailable
from tasks import storage
from tasks.settings import settings

LOG = logging.getLogger("achats.cles")
PATTERNS = ("cle-*", "cles/**/*")
OWNER_ONLY = 0o600


class KeyFile(BaseModel):
    """A key kept in a file: how it is made, how a whole one is known, and whether anything depends on it."""

    name: str
    label: str  # "La clé de scellement", as a sentence begins
    make: Callable[[], bytes]
    is_whole: Callable[[bytes], bool]
    is_used: Callable[[], bool]


def of_home() -> list[Path]:
    """Return every key file of the home directory, in order of name."""
    home = settings().home
    found = {path for pattern in PATTERNS for path in home.glob(pattern) if path.is_file()}
    return sorted(path for path in found if not path.name.endswith(storage.PARTIAL))


def read(key: KeyFile) -> bytes:
    """Return the key; the first process that needs one makes it.

    A file that is empty or cut is replaced when nothing was ever made with it; otherwise it is refused, and so is a
    file that has gone: another key in its place would close for good what the first one sealed.
    """
    path = settings().home / key.name
    try:
        content = path.read_bytes() if path.exists() else None
        if content is not None and key.is_whole(content):
            return content
        if key.is_used():
            raise Unavailable(_lost(key, content))
        if content is not None:
            return _replace(path, key)
        storage.write_new(path, key.make(), OWNER_ONLY)
        return path.read_bytes()
    except OSError as error:
        raise Unavailable(f"{key.label} ({key.name}) ne s'écrit ni ne se lit : {error.strerror}.") from error


def _replace(path: Path, key: KeyFile) -> bytes:
    """Put a new key in the place of an unreadable one, and say it; processes that find it together wait in turn."""
    with path.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        content = path.read_bytes()
        if not key.is_whole(content):
            with storage.whole(path, OWNER_ONLY) as file:
                file.write(key.make())
            LOG.warning(
                "%s (%s) était illisible (%d octets) ; rien n'en dépendait, elle a été remplacée.",
                key.label,
                key.name,
                len(content),
            )
        return path.read_bytes()


def _lost(key: KeyFile, content: bytes | None) -> str:
    found = "est absente" if content is None else f"est illisible ({len(content)} octets)"
    return (
        f"{key.label} ({key.name}) {found} alors que des contenus en dépendent : remettez celle de la sauvegarde "
        "(achats restaurer DOSSIER --cles-seules). Rien n'a été enregistré."
    )
