"""The page of law lists every figure and every command."""

from pathlib import Path

from flows.__main__ import COMMANDS
from models.law import answers
from models.law.dated import figures

PAGE = (Path(__file__).resolve().parent.parent.parent / "docs" / "law.md").read_text(encoding="utf-8")


def test_every_figure_is_documented_with_its_words():
    missing = [
        figure.name
        for figure in figures()
        if f"| `{figure.name}` | {figure.description} | {figure.unit} | {figure.article} |" not in PAGE
    ]
    assert missing == []


def test_every_command_of_law_is_documented():
    law = [words for words, path in COMMANDS.items() if ".commands.law." in path or ".retroplanning:" in path]
    assert len(law) == 5
    assert all(f"achats {words}" in PAGE for words in law)


def test_every_key_of_the_answers_is_documented():
    kinds = [
        kind for kind in vars(answers).values() if isinstance(kind, type) and issubclass(kind, answers.Answer)
    ]
    keys = {name for kind in kinds for name in kind.model_fields}
    assert len(keys) > 50
    assert sorted(name for name in keys if f"`{name}`" not in PAGE) == []
