"""Files of the home directory: whole or not at all, never outside."""

import os

import pytest

from models.errors import BadInput, Unavailable
from tasks import storage
from tasks.process import filing
from tasks.store import reading


@pytest.mark.parametrize(
    "path", ["../dehors.txt", "documents/../../dehors.txt", "/etc/passwd", "a/../../../x"]
)
def test_a_path_that_leaves_the_home_is_refused(home, path):
    for act in (storage.read, lambda p: storage.write(p, b"x")):
        with pytest.raises(BadInput, match="Chemin refusé"):
            act(path)
    assert not (home.parent / "dehors.txt").exists()


def test_a_link_that_leaves_the_home_is_refused(home, tmp_path):
    storage.write("documents/a.txt", b"a")
    (home / "documents" / "lien").symlink_to(tmp_path)
    with pytest.raises(BadInput, match="Chemin refusé"):
        storage.write("documents/lien/b.txt", b"b")


def test_what_is_written_is_read_back_with_its_hash(home):
    digest = storage.write("documents/x/y.bin", b"abc")
    assert (
        digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )  # FIPS 180-2, appendix B.1
    assert storage.read("documents/x/y.bin") == b"abc"


def test_a_full_disk_leaves_the_old_content_and_no_partial_file(home, monkeypatch):
    storage.write("a.txt", b"ancien")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match=r"Écriture impossible de a\.txt"):
        storage.write("a.txt", b"nouveau")
    assert storage.read("a.txt") == b"ancien"
    assert [file.name for file in home.iterdir() if "partiel" in file.name] == []


def test_a_file_in_the_place_of_a_folder_is_said_in_french(home):
    storage.write("a", b"x")
    with pytest.raises(Unavailable, match="Écriture impossible de a/b"):
        storage.write("a/b", b"y")


def test_a_document_whose_disk_was_full_leaves_no_row_and_is_kept_at_the_second_try(group, monkeypatch):
    from tests.purchase_play import open_purchase

    ref = open_purchase("120000")
    paper = filing.Paper(ref=ref, kind="rc", title="RC", folder="dce-v1", file_name="rc.docx", content=b"x")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(Unavailable):
            filing.keep(paper)
    assert filing.of(ref) == []
    kept = filing.keep(paper)
    assert filing.keep(paper).id == kept.id
    with reading() as session:
        assert filing.find(session, paper).sha256 == storage.sha256(b"x")
