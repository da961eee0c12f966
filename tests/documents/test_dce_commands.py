"""The commands of the tender documents, called as people call them."""

import json
import shutil
from pathlib import Path

import pytest

from flows.__main__ import app
from flows.commands.application import run
from tasks.documents.families import FAMILY_NAMES
from tasks.documents.rendering import TEMPLATES
from tests.making_templates import template

pytestmark = pytest.mark.documents


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run(app, words)
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_the_example_of_each_family_is_accepted(
    family: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, example, _ = asked(capsys, "dce", "exemple", "--famille", family)
    assert code == 0
    source = tmp_path / "dossier.json"
    source.write_text(example, encoding="utf-8")
    code, out, err = asked(capsys, "dce", "depuis", str(source), "--sortie", str(tmp_path / "dce"), "--json")
    assert (code, err) == (0, "")
    manifest = json.loads(out)
    written = {path.name for path in (tmp_path / "dce").iterdir()}
    assert {file["name"] for file in manifest["files"]} | {
        manifest["archive"]["name"],
        "manifest.json",
    } == written
    assert json.loads((tmp_path / "dce" / "manifest.json").read_text()) == manifest


def test_a_refused_dossier_is_one_line_code_2_and_no_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, example, _ = asked(capsys, "dce", "exemple")
    data = json.loads(example)
    del data["reference"]
    source = tmp_path / "dossier.json"
    source.write_text(json.dumps(data | {"inconnu": 1}))
    code, _, err = asked(capsys, "dce", "depuis", str(source), "--sortie", str(tmp_path / "dce"))
    assert code == 2
    assert len(err.strip().splitlines()) == 1
    assert "reference : champ manquant" in err
    assert "inconnu : champ inconnu" in err
    assert not (tmp_path / "dce").exists()


def test_what_departs_from_the_law_of_the_day_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A payment period of 60 days where the public hospital has 50."""
    _, example, _ = asked(capsys, "dce", "exemple")
    data = json.loads(example)
    data["legal"]["payment_days"] = 60
    source = tmp_path / "dossier.json"
    source.write_text(json.dumps(data))
    code, _, err = asked(capsys, "dce", "depuis", str(source), "--sortie", str(tmp_path / "dce"))
    assert code == 0
    assert "60 dans le dossier, 50" in err


def test_the_schema_of_each_document_is_published(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = asked(capsys, "dce", "schema")
    assert (code, json.loads(out)["title"]) == (0, "Dossier")
    code, out, _ = asked(capsys, "dce", "schema", "lettre_rejet")
    assert "winner_reasons" in json.loads(out)["properties"]
    code, _, err = asked(capsys, "dce", "schema", "devis")
    assert code == 2
    assert "lettre_rejet" in err


def test_two_versions_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, example, _ = asked(capsys, "dce", "exemple", "--famille", "generale")
    for version, text in (("v1", example), ("v2", example.replace("160 × 80 cm", "180 × 80 cm"))):
        source = tmp_path / f"{version}.json"
        source.write_text(text, encoding="utf-8")
        asked(capsys, "dce", "depuis", str(source), "--sortie", str(tmp_path / version))
    code, out, _ = asked(capsys, "dce", "differences", str(tmp_path / "v1"), str(tmp_path / "v2"), "--json")
    changed = {change["name"] for change in json.loads(out) if change["state"] == "modifié"}
    assert code == 0
    assert changed == {"2026-017_BPU.xlsx", "2026-017_DQE.xlsx"}


def test_a_good_template_is_accepted_and_a_bad_one_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = asked(capsys, "modele", "verifier", str(TEMPLATES / "avenant.docx"))
    assert code == 0
    assert "utilisable" in out
    path = tmp_path / "avenant.docx"
    path.write_bytes(template("{{ head.titel }}"))
    code, out, _ = asked(capsys, "modele", "verifier", str(path))
    assert code == 2
    assert "head.titel (vouliez-vous dire head.title ?)" in out
    path.write_bytes(b"PK\x03\x04")
    code, _, err = asked(capsys, "modele", "verifier", str(path))
    assert code == 2
    assert "avenant.docx" in err


@pytest.mark.office
@pytest.mark.slow
def test_every_document_of_a_set_converts_to_pdf(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if not shutil.which("soffice"):
        pytest.skip("LibreOffice absent")
    _, example, _ = asked(capsys, "dce", "exemple", "--famille", "imagerie")
    source = tmp_path / "dossier.json"
    source.write_text(example, encoding="utf-8")
    code, _, _ = asked(capsys, "dce", "depuis", str(source), "--sortie", str(tmp_path / "dce"), "--pdf")
    assert code == 0
    made = list((tmp_path / "dce" / "pdf").glob("*.pdf"))
    assert len(made) == 8
    assert all(path.read_bytes().startswith(b"%PDF") for path in made)


def test_without_libreoffice_the_documents_are_there_and_the_reason_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.documents.office.shutil.which", lambda _: None)
    _, example, _ = asked(capsys, "dce", "exemple", "--famille", "generale")
    source = tmp_path / "dossier.json"
    source.write_text(example, encoding="utf-8")
    code, _, err = asked(capsys, "dce", "depuis", str(source), "--sortie", str(tmp_path / "dce"), "--pdf")
    assert code == 1
    assert "LibreOffice n'est pas installé" in err
    assert (tmp_path / "dce" / "manifest.json").exists()
