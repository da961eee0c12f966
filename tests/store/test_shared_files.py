"""Documents in a place that several machines reach: a mounted folder, or any filesystem of fsspec."""

import stat

import pytest

from models.errors import BadInput, Unavailable
from tasks import shared_files, storage
from tests.conftest import forget_settings

DOCUMENT = "documents/2026-001/dce-v1/rc.docx"


def use(monkeypatch, url):
    monkeypatch.setenv("ACHATS_DOCUMENTS_URL", str(url))
    forget_settings()


@pytest.fixture
def mounted(home, tmp_path, monkeypatch):
    """A folder that two machines mount, open to a group."""
    folder = tmp_path / "partage"
    folder.mkdir()
    folder.chmod(0o2770)
    use(monkeypatch, folder.as_uri())
    return folder


@pytest.fixture
def remote(home, monkeypatch):
    """A filesystem of fsspec that is no disk of this machine."""
    import fsspec

    use(monkeypatch, "memory://achats")
    yield fsspec.filesystem("memory")
    fsspec.filesystem("memory").store.clear()


def test_without_a_shared_place_documents_stay_in_the_home(home):
    storage.write(DOCUMENT, b"rc")
    assert (home / DOCUMENT).read_bytes() == b"rc"
    assert shared_files.paths() == []


def test_documents_go_to_the_mounted_folder_and_the_rest_stays_at_home(home, mounted):
    digest = storage.write(DOCUMENT, b"rc")
    assert digest == storage.sha256(b"rc")
    assert (mounted / DOCUMENT).read_bytes() == storage.read(DOCUMENT) == b"rc"
    storage.write("apercus/a.pdf", b"pdf")
    storage.write("serveur.json", b"{}")
    assert (home / "apercus/a.pdf").exists()
    assert not (home / "documents").exists()
    assert shared_files.paths() == [DOCUMENT]
    with pytest.raises(BadInput, match="Chemin refusé"):
        storage.read("documents/../../secret")


def test_the_group_of_the_mounted_folder_reads_what_one_account_writes(mounted):
    storage.write(DOCUMENT, b"rc")
    assert stat.S_IMODE((mounted / DOCUMENT).stat().st_mode) == 0o660
    for folder in ("documents", "documents/2026-001", "documents/2026-001/dce-v1"):
        assert stat.S_IMODE((mounted / folder).stat().st_mode) == 0o2770


def test_a_folder_that_is_not_mounted_is_refused_and_nothing_is_written_in_its_place(mounted):
    mounted.rmdir()
    with pytest.raises(Unavailable, match="est-il monté"):
        storage.write(DOCUMENT, b"rc")
    assert not mounted.exists()


def test_any_filesystem_of_fsspec_keeps_the_documents(home, remote):
    storage.write(DOCUMENT, b"rc")
    storage.write("imports/imp_1", b"csv")
    assert storage.read(DOCUMENT) == b"rc"
    assert remote.cat_file(f"/achats/{DOCUMENT}") == b"rc"
    assert not (home / "documents").exists()
    assert shared_files.paths() == [DOCUMENT, "imports/imp_1"]
    storage.remove("imports/imp_1")
    storage.remove("imports/imp_1")
    assert shared_files.paths() == [DOCUMENT]
    with pytest.raises(Unavailable, match=r"Lecture impossible de documents/absent\.docx"):
        storage.read("documents/absent.docx")
    with pytest.raises(BadInput, match="Chemin refusé"):
        storage.write("documents/../../x", b"")


def test_a_filesystem_without_whole_writes_takes_a_temporary_name_first(home, remote, monkeypatch):
    names = []
    put = type(remote).pipe_file

    def noting(self, path, value, **options):
        names.append(path)
        return put(self, path, value, **options)

    monkeypatch.setattr(type(remote), "pipe_file", noting)
    monkeypatch.setattr(shared_files, "ATOMIC", set())
    storage.write(DOCUMENT, b"rc")
    assert names[0].endswith(".partiel")
    assert storage.read(DOCUMENT) == b"rc"
    assert shared_files.paths() == [DOCUMENT]


def test_a_store_that_fails_or_is_unknown_is_said_in_french(home, remote, monkeypatch):
    def full(self, path, value, **_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(remote), "pipe_file", full)
    with pytest.raises(Unavailable, match=r"Écriture impossible de documents/.*No space left"):
        storage.write(DOCUMENT, b"rc")
    use(monkeypatch, "inconnu://x")
    with pytest.raises(BadInput, match=r"ACHATS_DOCUMENTS_URL : inconnu ne peut pas être ouvert"):
        storage.read(DOCUMENT)
