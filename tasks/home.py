"""The home directory of an installation: its account alone reads it; secrets are written whole or not at all."""

import os
import secrets
import stat
import sys
from contextlib import suppress
from pathlib import Path

from models.errors import BadInput, Unavailable

OWNER_ONLY = 0o077  # the bits that a umask takes away: nothing is left to the group and to others
PREFECT_ACCESS = "acces-prefect"


def open_home(wanted: Path) -> Path:
    """Return the home directory, made if need be, closed to other accounts; say it when it had to be closed."""
    os.umask(OWNER_ONLY)
    home = wanted.resolve()
    try:
        home.mkdir(parents=True, exist_ok=True)
        _close(home)
        probe = home / f".ecriture-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise BadInput(
            f"Le dossier des données {home} n'est pas accessible en écriture ({error.strerror}) : "
            "donnez-en un autre avec ACHATS_HOME."
        ) from error
    return home


def _close(home: Path) -> None:
    mode = stat.S_IMODE(home.stat().st_mode)
    if not mode & OWNER_ONLY:
        return
    try:
        home.chmod(0o700)
    except PermissionError as error:
        raise BadInput(
            f"Le dossier des données {home} est ouvert à d'autres comptes (droits {mode:04o}) et appartient à un "
            f"autre : son propriétaire doit le fermer (chmod 700 {home})."
        ) from error
    sys.stderr.write(
        f"achats : le dossier des données {home} était ouvert à d'autres comptes (droits {mode:04o}) ; "
        "il ne l'est plus (0700).\n"
    )


def keep_secret(path: Path, content: bytes, replace: bool = False) -> bytes:
    """Keep a secret in a file that its owner alone reads, whole or not at all; return what the file holds at the end.

    A file that is already there is kept, unless it is to be replaced: the first of two processes makes it for both.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.partiel")
    try:
        if not replace and path.exists():
            return path.read_bytes()  # given by the system, in a folder that is only read
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            partial.replace(path)
        else:
            with suppress(FileExistsError):
                path.hardlink_to(partial)
        _settle(path.parent)
        return path.read_bytes()
    except OSError as error:
        raise Unavailable(f"Écriture impossible du secret {path} : {error.strerror}.") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _settle(folder: Path) -> None:
    """Ask the disk to keep what was renamed in a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_prefect_access(path: Path, replace: bool = False) -> str:
    """Return the name and password that Prefect's API asks for, made at the first start of the home."""
    made = f"achats:{secrets.token_urlsafe(32)}"
    return keep_secret(path, made.encode(), replace).decode().strip()
