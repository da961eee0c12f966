"""The consultation set: what is written, what is refused, what the pages say."""

import hashlib
import json
import re
import zipfile
from pathlib import Path

import pytest

from models.errors import BadInput, Refused
from tasks.documents.consultation_set import parse_dossier, read_dossier, render_consultation, write_set
from tasks.documents.families import FAMILY_NAMES, example
from tests.reading_documents import text_of

pytestmark = pytest.mark.documents

FORBIDDEN = re.compile(r"\{\{|\{%|\bNone\b|\bnan\b|\bTrue\b|\bFalse\b| {2}|[a-z]_[a-z]")


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_every_family_gives_a_complete_set_without_a_hole(family: str, tmp_path: Path) -> None:
    files = render_consultation(example(family), tmp_path / "dce")
    kinds = {kind for kind, *_ in files}
    assert {"ccap", "cctp", "acte_engagement", "annexe_etablissements", "liste_candidature"} < kinds
    assert ("rc" in kinds) is not ("lettre_consultation" in kinds)
    for _, path, sha256, size in files:
        content = path.read_bytes()
        assert hashlib.sha256(content).hexdigest() == sha256
        assert len(content) == size
        text = text_of(path)
        assert len(text) > 300
        assert not FORBIDDEN.search(text), (path.name, FORBIDDEN.search(text))


def test_the_same_dossier_gives_the_same_bytes(tmp_path: Path) -> None:
    first = write_set(example("alimentation"), tmp_path / "a")
    second = write_set(example("alimentation"), tmp_path / "b")
    assert first == second
    assert (tmp_path / "a" / first.archive.name).read_bytes() == (
        tmp_path / "b" / first.archive.name
    ).read_bytes()


def test_the_archive_holds_every_document_and_the_manifest_says_so(tmp_path: Path) -> None:
    manifest = write_set(example("perfusion"), tmp_path)
    with zipfile.ZipFile(tmp_path / manifest.archive.name) as archive:
        assert archive.namelist() == [file.name for file in manifest.files]
    written = json.loads((tmp_path / "manifest.json").read_text())
    assert written["generated_on"] == "2026-11-16"
    assert written["regime"]["procedure"] == "appel_offres_ouvert"
    assert set(written["files"][0]) == {"kind", "name", "sha256", "bytes"}


def test_every_fault_of_a_dossier_is_named_at_once_with_its_path(tmp_path: Path) -> None:
    data = json.loads(example("perfusion").model_dump_json())
    del data["title"]
    del data["lots"][0]["items"][1]["label"]
    data["couleur"] = "bleu"
    data["buyer"]["siret"] = "123"
    source = tmp_path / "dossier.json"
    source.write_text(json.dumps(data))
    with pytest.raises(BadInput) as refused:
        read_dossier(source)
    message = str(refused.value)
    for part in (
        "title : champ manquant",
        "lots[0].items[1].label : champ manquant",
        "couleur : champ inconnu",
    ):
        assert part in message
    assert "buyer.siret : SIRET" in message


def test_the_rules_of_the_code_are_checked_together() -> None:
    data = json.loads(example("perfusion").model_dump_json())
    data["lots"][0]["maximum"] = data["lots"][0]["minimum"] = None
    data["criteria"][2]["kind"] = "technique"
    data["criteria"][0]["weight"] = 41
    with pytest.raises(BadInput) as refused:
        parse_dossier(json.dumps(data))
    message = str(refused.value)
    assert "R. 2162-4" in message
    assert "101 %" in message
    assert "L. 2152-7" in message


def test_a_refused_dossier_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bytes:
        raise BadInput("plus de place")

    monkeypatch.setattr("tasks.documents.consultation_set.price_schedule", broken)
    with pytest.raises(BadInput):
        write_set(example("perfusion"), tmp_path / "dce")
    assert list(tmp_path.iterdir()) == []


def test_a_document_is_dated_by_its_dossier_and_not_by_the_clock(tmp_path: Path) -> None:
    files = render_consultation(example("perfusion"), tmp_path)
    path = next(path for kind, path, *_ in files if kind == "ccap")
    with zipfile.ZipFile(path) as archive:
        core = archive.read("docProps/core.xml").decode()
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert core.count("2026-11-16T00:00:00Z") == 2
    assert "2026-017" in core


def test_each_article_has_its_own_bookmark(tmp_path: Path) -> None:
    files = render_consultation(example("perfusion"), tmp_path)
    path = next(path for kind, path, *_ in files if kind == "ccap")
    with zipfile.ZipFile(path) as archive:
        body = archive.read("word/document.xml").decode()
    starts = re.findall(r'<w:bookmarkStart[^>]*w:id="(\d+)"', body)
    assert len(starts) > 20
    assert starts == re.findall(r'<w:bookmarkEnd[^>]*w:id="(\d+)"', body)
    assert len(set(starts)) == len(starts)
    assert set(re.findall(r'w:anchor="(\w+)"', body)) == set(re.findall(r'w:name="(_art_\d+)"', body))


def test_writing_again_leaves_nothing_of_the_earlier_set_and_spares_other_files(tmp_path: Path) -> None:
    write_set(example("perfusion"), tmp_path)
    (tmp_path / "notes.txt").write_text("à garder")
    manifest = write_set(example("imagerie"), tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {file.name for file in manifest.files} | {
        manifest.archive.name,
        "manifest.json",
        "notes.txt",
    }


def test_a_place_where_nothing_can_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "fichier").write_text("")
    with pytest.raises(Refused, match="fichier"):
        write_set(example("generale"), tmp_path / "fichier")
    with pytest.raises(Refused, match="Écriture impossible"):
        write_set(example("generale"), tmp_path / "fichier" / "dce")
