"""What the tests that read the code share: the files of the product, each parsed once."""

import ast
from functools import lru_cache
from pathlib import Path

from tasks.settings import ROOT


def sources(*tops: str) -> list[Path]:
    """Return the Python files of some folders."""
    return [path for top in tops for path in sorted((ROOT / top).rglob("*.py"))]


@lru_cache(maxsize=1000)
def tree(path: Path) -> ast.Module:
    """Return what a file says."""
    return ast.parse(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=1000)
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Return everything that a file says, piece by piece."""
    return tuple(ast.walk(tree(path)))
