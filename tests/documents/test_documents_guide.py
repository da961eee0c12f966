"""The guide of the documents names every document, family, filter and command that exist."""

from pathlib import Path

import pytest

from flows.__main__ import COMMANDS
from models.documents.registry import DOCUMENTS, WORKBOOKS
from tasks.documents.families import FAMILY_NAMES
from tasks.documents.sandbox import FRENCH_FILTERS

GUIDE = (Path(__file__).parent.parent.parent / "docs" / "documents.md").read_text(encoding="utf-8")
COMMAND_NAMES = [name for name in COMMANDS if name.split()[0] in ("dce", "modele")]


@pytest.mark.parametrize("name", [*DOCUMENTS, *WORKBOOKS, *FAMILY_NAMES, *FRENCH_FILTERS])
def test_what_exists_is_in_the_guide(name: str) -> None:
    assert f"`{name}`" in GUIDE


@pytest.mark.parametrize("name", COMMAND_NAMES)
def test_every_command_is_in_the_guide(name: str) -> None:
    assert f"achats {name}" in GUIDE
