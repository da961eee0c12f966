"""A disk that fills for true: a small file system in memory, filled while the application works on it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from sqlmodel import select

from models.errors import Unavailable
from models.outbox import Message
from models.process.procurement import Tender
from tasks import storage
from tasks.access import sealed_secrets
from tasks.rehearsal import playing
from tasks.runs import leftovers, space_watch
from tasks.space import RoomState, room
from tasks.store import reading
from tasks.tendering import tenders
from tasks.views import system
from tests.conftest import DATABASE, JOURNAL_KEY, forget_settings
from tests.sealed_scene import REF, to_tendering

MEGABYTE = 1_000_000


@pytest.fixture
def small_disk(loaded_group: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A home directory of the demonstration group on a file system of 32 MB of its own."""
    home = tmp_path / "petit"
    home.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=32m", "petit", home]
    if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode:
        pytest.skip("only root may mount the small file system of this test")
    monkeypatch.setenv("ACHATS_HOME", str(home))
    monkeypatch.setenv("ACHATS_FREE_SPACE_WARNING", "12")
    monkeypatch.setenv("ACHATS_FREE_SPACE_REFUSAL", "6")
    forget_settings()
    for name in (DATABASE, JOURNAL_KEY):
        shutil.copy(loaded_group.with_name(name), home / name)
    space_watch._told.clear()
    yield home
    forget_settings()
    subprocess.run(["umount", "-l", home], check=True)


def fill(home: Path, leaving: int) -> Path:
    """Fill the disk but for some bytes."""
    ballast = home / "lest"
    ballast.unlink(missing_ok=True)
    with ballast.open("wb") as file:
        file.write(b"\0" * max(shutil.disk_usage(home).free - leaving, 0))
    return ballast


def received() -> list[int]:
    with reading() as session:
        return list(session.exec(select(Tender.number)))


def test_a_disk_that_fills_is_told_then_refuses_deposits_then_everything_goes_on(small_disk):
    to_tendering()
    files = playing.write_tenders(REF)
    before = received()
    assert room().etat is RoomState.ENOUGH
    assert system.health().splitlines()[0] == "ok"

    fill(small_disk, 9 * MEGABYTE)
    assert space_watch.look().etat is RoomState.LOW
    assert "Le disque se remplit (8 Mo libres, seuil 12 Mo)." in system.view().remarques
    with reading() as session:
        told = session.exec(select(Message).where(Message.key.startswith("place:"))).all()
    assert {one.subject for one in told} == {"Disque des données : place bas (8 Mo libres)"}
    assert all(one.sent_at for one in told)
    space_watch._told.clear()  # another process looks too: the same letters, not twice
    space_watch.look()
    assert len(list((small_disk / "messages").rglob("*.eml"))) == len(list_messages())

    ballast = fill(small_disk, 3 * MEGABYTE)
    with pytest.raises(Unavailable, match=r"Dépôt refusé : il ne reste que \d Mo.*Rien n'a été enregistré"):
        tenders.receive(REF, files[0])
    assert received() == before
    assert system.health().splitlines()[:2] == ["attention", "place : insuffisant"]

    ballast.unlink()
    assert tenders.receive(REF, files[0]).numero in received()


def list_messages() -> list[Message]:
    with reading() as session:
        return list(session.exec(select(Message)))


def test_a_disk_without_a_byte_left_leaves_no_half_file_and_no_empty_key(small_disk):
    (small_disk / "documents").mkdir()
    assert received() == []  # the database is open
    ballast = fill(small_disk, 0)
    with pytest.raises(Unavailable, match=r"Écriture impossible de documents/a\.bin"):
        storage.write("documents/a.bin", b"x" * MEGABYTE)
    with pytest.raises(Unavailable):
        sealed_secrets.seal("secret")
    left = {path.name for path in small_disk.rglob("*") if "partiel" in path.name or "cle" in path.name}
    assert left == {JOURNAL_KEY}  # the one that was there before
    ballast.unlink()
    storage.write("documents/a.bin", b"x" * MEGABYTE)
    assert sealed_secrets.unseal(sealed_secrets.seal("secret")) == "secret"


def test_what_the_dead_left_is_cleaned_and_what_the_living_write_stays(home, tmp_path, monkeypatch):
    ended = subprocess.Popen(["true"])
    ended.wait()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = home / "publications" / "2026-001"
    folder.mkdir(parents=True)
    dead = [
        folder / f".DCE.zip.{ended.pid}",
        folder / f".avis.json.{storage.machine()}-{ended.pid}-0a1b2c3d.partiel",
        home / f".x.{ended.pid}.partiel",
        home / f".ecriture-{ended.pid}",
        tmp_path / "pymp-mort" / "listener-x",
    ]
    (tmp_path / "pymp-mort").mkdir()
    mine = [
        folder / f".DCE.zip.{os.getpid()}",
        folder / f".avis.json.{storage.machine()}-{os.getpid()}-0a1b2c3d.partiel",
        folder / f".avis.json.une-autre-machine-{ended.pid}-0a1b2c3d.partiel",
        folder / "avis.json",
    ]
    for path in [*dead[:-1], *mine]:
        path.write_bytes(b"abc")
    make_socket(dead[-1]).close()
    (tmp_path / "pymp-vivant").mkdir()
    living = make_socket(tmp_path / "pymp-vivant" / "listener-y")
    done = leftovers.clean()
    assert [path for path in dead if path.exists()] == []
    assert not (tmp_path / "pymp-mort").exists()
    assert all(path.exists() for path in mine)
    assert (tmp_path / "pymp-vivant").exists()
    assert (done.fichiers, done.octets) == (5, 12)
    living.close()


def make_socket(path: Path):
    import socket

    found = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(path.parent)  # the address of a socket is short
    try:
        found.bind(path.name)
    finally:
        os.chdir(here)
    found.listen(1)
    return found
