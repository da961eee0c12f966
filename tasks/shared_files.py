"""Where the documents are: the home directory, or a place that several machines reach, on any filesystem of fsspec.

`ACHATS_DOCUMENTS_URL` names it: `file:///srv/achats` (a folder that the machines mount), `s3://bucket/achats`, `sftp://…`.
The options of a filesystem come from its own variables (`FSSPEC_S3_ENDPOINT_URL`, `AWS_…`).
"""

import secrets
import stat
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from models.errors import BadInput, Unavailable
from tasks.settings import settings

FOLDERS = ("documents/", "imports/")  # what one machine writes and another reads
ATOMIC = {"s3", "s3a", "gs", "gcs", "abfs", "az", "memory"}  # what is sent there appears whole or not at all


def root_of(path: str) -> Path | None:
    """Return the local folder under which a path is kept, None when it is on no filesystem of this machine."""
    url = _url(path)
    if url is None:
        return settings().home
    if urlsplit(url).scheme not in ("", "file", "local"):
        return None
    root = Path(urlsplit(url).path)
    if not root.is_dir():
        raise Unavailable(f"Le dossier partagé des documents {root} n'est pas là : est-il monté ?")
    return root.resolve()


def open_to_group(path: Path) -> None:
    """Give a file just written, and its new folders, the group's rights of the shared folder they are in."""
    root = root_of("documents/")
    if root is None or root == settings().home or not path.is_relative_to(root):
        return
    mode = stat.S_IMODE(root.stat().st_mode)
    for folder in (one for one in path.parents if one != root and one.is_relative_to(root)):
        with suppress(PermissionError):  # another account made it, with the same rights
            folder.chmod(mode)
    path.chmod(mode & 0o666)


def write(path: str, content: bytes) -> None:
    """Write a file of the shared filesystem, whole or not at all."""
    system, full = _place(path)
    try:
        if _is_atomic(system):
            system.pipe_file(full, content)
            return
        partial = f"{full}.{secrets.token_hex(4)}.partiel"
        system.makedirs(full.rpartition("/")[0], exist_ok=True)
        system.pipe_file(partial, content)
        system.mv(partial, full)
    except Exception as error:  # each filesystem has errors of its own
        raise Unavailable(
            f"Écriture impossible de {path} dans le partage des documents : {error}."
        ) from error


def read(path: str) -> bytes:
    """Return the content of a file of the shared filesystem."""
    system, full = _place(path)
    try:
        return bytes(system.cat_file(full))
    except Exception as error:
        raise Unavailable(f"Lecture impossible de {path} dans le partage des documents : {error}.") from error


def remove(path: str) -> None:
    """Take a file of the shared filesystem away; nothing happens when it is gone."""
    system, full = _place(path)
    try:
        with suppress(FileNotFoundError):
            system.rm_file(full)
    except Exception as error:
        raise Unavailable(f"Effacement impossible de {path} dans le partage : {error}.") from error


def paths() -> list[str]:
    """Return every file of the shared place, by its path, in order; empty when the home keeps the documents."""
    if settings().documents_url is None:
        return []
    if root := root_of("documents/"):
        found = [file.relative_to(root).as_posix() for folder in FOLDERS for file in (root / folder).rglob("*")
                 if file.is_file()]  # fmt: skip
        return sorted(found)
    system, full = _place("")
    start = len(full.rstrip("/")) + 1
    return sorted(str(one)[start:] for folder in FOLDERS for one in system.find(full + folder))


def _url(path: str) -> str | None:
    chosen = settings().documents_url
    return chosen.get_secret_value() if chosen and path.startswith(FOLDERS) else None


def _place(path: str) -> tuple[Any, str]:
    if ".." in path.split("/") or path.startswith("/"):
        raise BadInput(f"Chemin refusé : {path}.")
    chosen = settings().documents_url
    assert chosen is not None
    system, root = _opened(chosen.get_secret_value())
    return system, f"{root.rstrip('/')}/{path}"


@lru_cache
def _opened(url: str) -> tuple[Any, str]:
    import fsspec

    try:
        system, root = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise BadInput(
            f"ACHATS_DOCUMENTS_URL : {urlsplit(url).scheme} ne peut pas être ouvert ({error})."
        ) from error
    return system, str(root)


def _is_atomic(system: Any) -> bool:
    names = system.protocol if isinstance(system.protocol, tuple | list) else (system.protocol,)
    return bool(ATOMIC & set(names))
