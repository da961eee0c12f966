"""The text of every document, compared line by line with the reviewed copy in `tests/golden/documents`."""

import re
from pathlib import Path

import pytest

from models.documents.registry import DOCUMENTS
from tasks.documents.consultation_set import documents
from tasks.documents.families import FAMILY_NAMES, example
from tasks.documents.render import render
from tasks.documents.samples import sample
from tests.reading_documents import text_of

pytestmark = pytest.mark.documents

GOLDEN = Path(__file__).parent.parent / "golden" / "documents"
FORBIDDEN = re.compile(r"\{\{|\{%|\bNone\b|\bnan\b|\bTrue\b|\bFalse\b| {2}|[a-z]_[a-z]|\b(the|and|with|of)\b")
LOOSE = re.compile(r"[^\s\u00a0\u202f][:;?!»](?=\s|$)|«(?! |\u00a0)|\d €|'")
MAY_VARY = ("https", "@")


def compared(name: str, text: str, rewrite: bool) -> None:
    path = GOLDEN / f"{name}.txt"
    if rewrite:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    assert path.exists(), f"texte de référence absent : {path.name} (make golden)"
    assert text + "\n" == path.read_text(encoding="utf-8")


@pytest.fixture
def rewrite(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--golden"))


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_each_document_says_what_was_reviewed(kind: str, tmp_path: Path, rewrite: bool) -> None:
    path = tmp_path / f"{kind}.docx"
    path.write_bytes(render(kind, sample(kind)))
    text = text_of(path)
    assert not FORBIDDEN.search(text), FORBIDDEN.search(text)
    compared(kind, text, rewrite)


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_each_family_says_what_was_reviewed(family: str, tmp_path: Path, rewrite: bool) -> None:
    for kind, name, content in documents(example(family)):
        if kind in ("rc", "ccap", "cctp", "liste_candidature", "cadre_reponse", "bpu", "dqe", "dpgf"):
            path = tmp_path / name
            path.write_bytes(content)
            compared(f"{family}/{path.stem}", text_of(path), rewrite)


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_french_typography_is_kept(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"{kind}.docx"
    path.write_bytes(render(kind, sample(kind)))
    lines = [line for line in text_of(path).splitlines() if not any(sign in line for sign in MAY_VARY)]
    loose = [(line, found[0]) for line in lines if (found := LOOSE.search(line))]
    assert not loose, loose[:5]
