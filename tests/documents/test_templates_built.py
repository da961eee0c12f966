"""The Word templates and the clauses are what their sources say."""

import importlib.util
import sys
from datetime import date
from pathlib import Path

import pytest

from tasks.documents.clauses import in_force, library
from tasks.documents.families import example
from tasks.documents.rendering import TEMPLATES

pytestmark = pytest.mark.documents

SOURCES = sorted((TEMPLATES / "sources").glob("*.txt"))


@pytest.fixture(scope="module")
def build() -> object:
    spec = importlib.util.spec_from_file_location("build", TEMPLATES / "build.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = before
    return module


def test_there_are_sources() -> None:
    assert len(SOURCES) == 34


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_each_template_is_what_its_source_builds(source: Path, build: object) -> None:
    assert build.build(source) == (TEMPLATES / f"{source.stem}.docx").read_bytes()


@pytest.mark.parametrize("piece", ["rc", "ccap", "cctp"])
def test_clauses_are_complete_and_two_of_one_name_never_meet(piece: str) -> None:
    from models.documents.consultation import purchase_of
    from tasks.documents.clauses import assemble

    assert len(library(piece)) > 15
    for family in ("perfusion", "imagerie", "generale", "hebergement"):
        names = [article.id for article in assemble(piece, purchase_of(example(family)))]
        assert len(names) == len(set(names)), names


def test_the_environmental_clause_changes_on_22_august_2026() -> None:
    """CCP art. L. 2112-2 in its version of that day; the day before, the clause is the voluntary one."""
    clause = next(c.head for c in library("ccap") if c.head.title == "Considérations environnementales")
    assert not in_force(clause, date(2026, 8, 21))
    assert in_force(clause, date(2026, 8, 22))


def test_the_derogations_come_last_and_name_each_article() -> None:
    from models.documents.consultation import purchase_of
    from tasks.documents.clauses import assemble

    articles = assemble("ccap", purchase_of(example("perfusion")))
    last = articles[-1]
    assert last.id == "derogations"
    rows = next(block.rows for block in last.blocks if block.kind == "table")
    number = {article.id: f"Article\u00a0{article.number}" for article in articles}
    assert [row[0] for row in rows[1:]] == [number["pieces"], number["frais_risques"]]
    assert [row[2] for row in rows[1:]] == ["4.1", "45"]
