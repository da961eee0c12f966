"""Files written whole or not at all: those of the home directory, its keys, those that a person asks for."""

import hashlib
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from models.errors import BadInput, Unavailable
from models.reading.values import fold
from tasks import shared_files

LONGEST_NAME = 80
PARTIAL = ".partiel"
MOST_BYTES = 255  # of a file name, on every file system in use


def resolve(path: str) -> Path:
    """Return where a relative path of the home directory is, or refuse one that leaves it.

    Documents are in the shared folder when there is one (`tasks.shared_files`).
    """
    root = shared_files.root_of(path)
    if root is None:
        raise Unavailable(f"{path} n'est sur aucun disque de cette machine.")
    full = (root / path).resolve()
    if not full.is_relative_to(root):
        raise BadInput(f"Chemin refusé : {path}.")
    return full


def write(path: str, content: bytes) -> str:
    """Write a file of the home directory whole and return its SHA-256; a full disk leaves nothing half-written."""
    if shared_files.root_of(path) is None:
        shared_files.write(path, content)
        return sha256(content)
    full = resolve(path)
    try:
        with whole(full) as file:
            file.write(content)
        shared_files.open_to_group(full)
    except OSError as error:
        raise Unavailable(f"Écriture impossible de {path} : {error.strerror}.") from error
    return sha256(content)


def write_asked(path: Path, content: bytes) -> None:
    """Write a file that a person asked for, in a folder that exists, whole or not at all."""
    if not path.parent.is_dir():
        raise BadInput(f"Le fichier {path} ne peut pas être écrit : le dossier {path.parent} n'existe pas.")
    try:
        with whole(path) as file:
            file.write(content)
    except OSError as error:
        raise BadInput(f"Le fichier {path} ne peut pas être écrit : {error.strerror}.") from error


@contextmanager
def whole(path: Path, mode: int | None = None) -> Iterator[IO[bytes]]:
    """Give a file to fill, which takes its name once it is whole and on the disk, or leaves nothing.

    Temporary name, fsync, rename, fsync of the directory: after a power cut the name leads to the former content or
    to the new one. Raises OSError. The one way in which this application writes a file that it keeps.
    """
    partial = _partial(path)
    try:
        _make_folder(path.parent)
        with _opened(partial, mode) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        _sync_folder(path.parent)
    except BaseException:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


def write_new(path: Path, content: bytes, mode: int) -> bool:
    """Write a file that must not exist yet, whole; return False when another process made it first.

    Raises OSError. For what is made once and never replaced: a key.
    """
    partial = _partial(path)
    try:
        _make_folder(path.parent)
        with _opened(partial, mode) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(partial)
        except FileExistsError:
            return False
        _sync_folder(path.parent)
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return True


def _partial(path: Path) -> Path:
    """Return a temporary name beside the file: it says which process of which machine writes it."""
    mark = f".{machine()}-{os.getpid()}-{secrets.token_hex(4)}{PARTIAL}"
    kept = path.name.encode()[: MOST_BYTES - len(mark) - 1].decode(errors="ignore")
    return path.with_name(f".{kept}{mark}")


def machine() -> str:
    """Return the name of this machine as a part of a file name."""
    return slug(socket.gethostname())


def _opened(path: Path, mode: int | None) -> IO[bytes]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else mode)
    return os.fdopen(descriptor, "wb")


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(path: str) -> bytes:
    """Return the content of a file of the home directory."""
    if shared_files.root_of(path) is None:
        return shared_files.read(path)
    try:
        return resolve(path).read_bytes()
    except OSError as error:
        raise Unavailable(f"Lecture impossible de {path} : {error.strerror}.") from error


def remove(path: str) -> None:
    """Take a file of the home directory away; nothing happens when it is gone."""
    if shared_files.root_of(path) is None:
        shared_files.remove(path)
    else:
        resolve(path).unlink(missing_ok=True)


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some content, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def slug(text: str) -> str:
    """Return a text as part of a file name: ASCII letters, digits and hyphens.

    >>> slug("Société d'Évreux & Cie")
    'societe-d-evreux-cie'
    """
    return fold(text).replace(" ", "-")[:LONGEST_NAME] or "sans-nom"
