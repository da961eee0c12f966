"""What killed processes left behind, cleaned at start: partial files, workshops, sockets of fork servers."""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel

from tasks import storage
from tasks.settings import settings

OLD_SECONDS = 3600  # no file is written for so long, no document made
FOLDERS = (
    "prefect",
    "journaux-techniques",
)  # of the home directory, which nothing of ours writes partial files in
OURS = re.compile(rf"^\..+\.(?P<machine>[a-z0-9-]+)-(?P<pid>\d+)-[0-9a-f]{{8}}{re.escape(storage.PARTIAL)}$")
FORMER = re.compile(r"^\..+\.(?P<pid>\d+)(?:\.partiel)?$|^\.ecriture-(?P<probe>\d+)$|^.+\.partiel$")
WORKSHOPS = (".dce-*",)
TEMPORARY = ("besoins-*", "apercu-*", "signature-*", "achats-depenses-*", "lo-profile-*")


class Cleaned(BaseModel):
    """How many leftovers were taken away, and the room that they gave back (bytes)."""

    fichiers: int = 0
    octets: int = 0


def clean() -> Cleaned:
    """Take away what processes that are dead left in the home directory and in the temporary one."""
    done = Cleaned()
    for path in [*_of_home(), *_temporary(), *_fork_servers()]:
        size = _size(path)
        with suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
            done.fichiers, done.octets = done.fichiers + 1, done.octets + size
    return done


def _of_home() -> Iterator[Path]:
    for folder, inner, names in os.walk(settings().home):
        inner[:] = [name for name in inner if name not in FOLDERS]
        here = Path(folder)
        yield from (here / name for name in names if _is_left(here / name))
        for name in [one for one in inner if any(Path(one).match(shape) for shape in WORKSHOPS)]:
            if _is_old(here / name):
                inner.remove(name)
                yield here / name


def _is_left(path: Path) -> bool:
    """Return whether a file is the temporary one of a process that is dead, or that nobody has filled for an hour."""
    if ours := OURS.match(path.name):
        here = ours["machine"] == storage.machine()
        return not _lives(int(ours["pid"])) if here else _is_old(path)
    former = FORMER.match(path.name)
    if former is None:
        return False
    pid = former["pid"] or former["probe"]
    return (pid is not None and not _lives(int(pid))) or _is_old(path)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > OLD_SECONDS
    except OSError:
        return False


def _temporary() -> Iterator[Path]:
    root = Path(tempfile.gettempdir())
    for shape in TEMPORARY:
        yield from (path for path in root.glob(shape) if _is_mine(path) and _is_old(path))


def _fork_servers() -> Iterator[Path]:
    """Yield the folders of fork servers (`pymp-…`) of this user whose sockets nobody listens on any more.

    The sockets are not spoken to: a fork server that is called and told nothing ends, and its worker with it.
    """
    folders = list(Path(tempfile.gettempdir()).glob("pymp-*"))
    heard = _heard() if folders else set()
    for path in folders:
        with suppress(OSError):
            sockets = [one.name for one in path.iterdir() if one.is_socket()]
            if _is_mine(path) and _is_left_by_fork_server(path, sockets, heard):
                yield path


def _is_left_by_fork_server(path: Path, sockets: list[str], heard: set[str]) -> bool:
    if not heard or not sockets:  # where the system does not say who listens, only age tells
        return _is_old(path) and not sockets
    return not heard.intersection(sockets)


def _heard() -> set[str]:
    """Return the names of the sockets on which a living process listens, in every network of this machine (Linux)."""
    networks: dict[str, Path] = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            networks.setdefault(str((process / "ns" / "net").readlink()), process / "net" / "unix")
    heard: set[str] = set()
    for table in networks.values():
        with suppress(OSError):
            columns = [line.split(maxsplit=7) for line in table.read_text().splitlines()]
            heard.update(Path(one[7]).name for one in columns if len(one) > 7)
    return heard


def _is_mine(path: Path) -> bool:
    return path.stat().st_uid == os.getuid()


def _size(path: Path) -> int:
    with suppress(OSError):
        if path.is_file():
            return path.stat().st_size
        return sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
    return 0
