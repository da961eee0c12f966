"""The page of security is true by tests that bear the names it gives."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEST_NAME = re.compile(r"`(test_\w+)`")


def test_every_test_that_the_page_of_security_names_exists():
    named = set(TEST_NAME.findall((ROOT / "docs" / "security.md").read_text(encoding="utf-8")))
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    defined = set(re.findall(r"def (test_\w+)\(", code))
    assert len(named) > 20
    assert named - defined == set()


def test_every_line_that_says_what_holds_names_its_test():
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    rows = [row for row in text.splitlines() if row.startswith("|") and row.count("|") == 5]
    bare = [row for row in rows if not TEST_NAME.search(row) and not row.startswith(("| Qui", "|---"))]
    assert bare == []
