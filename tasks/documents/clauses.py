"""The clause library: one clause per file, chosen, filled and numbered for a consultation."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from jinja2 import Template, TemplateError, Undefined
from pydantic import Field

from models.documents.consultation import TABLE_LAYOUTS, Article, Block, Purchase
from models.documents.plain import Line, Plain
from models.errors import Refused
from tasks.documents.french import typography
from tasks.documents.sandbox import environment, written
from tasks.settings import ROOT

CLAUSES: Final = ROOT / "templates" / "dce" / "clauses"
GUARD, BREAK, BAR = "\ue000", "\ue001", "\ue002"
STRONG: Final = "|* "
KINDS: Final = {"- ": "bullet", "## ": "subtitle", "! ": "frame"}


class ClauseHead(Plain):
    """The head of a clause file."""

    id: Line
    title: Line
    order: int = Field(ge=0)
    when: Line = "true"
    legal: str | None = None
    valid_from: date
    valid_until: date | None = None
    derogates: str | None = Field(default=None, description="Article du CCAG auquel la clause déroge")


@dataclass(frozen=True)
class Clause:
    """A clause ready to be filled."""

    head: ClauseHead
    condition: Template
    legal: Template
    body: Template


def _guarded(value: object) -> object:
    """Return data marked so that nothing in it can be taken for the markup of a clause."""
    if isinstance(value, Undefined):
        return value
    text = written(value)
    for sign in (GUARD, BREAK, BAR):
        text = text.replace(sign, "")
    return GUARD + text.replace("\n", BREAK).replace("|", BAR)


_BODIES: Final = environment(_guarded, autoescape=False)


@lru_cache(maxsize=16)
def library(piece: str) -> tuple[Clause, ...]:
    """Return the clauses of a piece (rc, ccap, cctp) in their order."""
    files = sorted((CLAUSES / piece).rglob("*.md"))
    return tuple(sorted((_clause(file) for file in files), key=lambda clause: clause.head.order))


def _clause(file: Path) -> Clause:
    _, front, body = file.read_text(encoding="utf-8").split("+++\n", 2)
    head = ClauseHead.model_validate(tomllib.loads(front))
    head = head.model_copy(update={"title": typography(head.title)})
    try:
        return Clause(
            head,
            _BODIES.from_string("{% if " + head.when + " %}1{% endif %}"),
            _BODIES.from_string(typography(head.legal or "")),
            _BODIES.from_string(typography(body)),
        )
    except TemplateError as error:
        raise Refused(f"Clause {file.name} : {error}.") from error


def assemble(piece: str, purchase: Purchase) -> list[Article]:
    """Return the numbered articles of a piece: those whose dates and conditions suit the purchase."""
    data = purchase.model_dump(mode="python")
    day = purchase.calendar.launched_on
    kept = [clause for clause in library(piece) if in_force(clause.head, day) and _holds(clause, data)]
    numbers = {clause.head.id: f"article\u00a0{rank}" for rank, clause in enumerate(kept, start=1)}
    data |= {"article": numbers, "derogations": _derogations(kept, numbers)}
    return [_article(rank, clause, data) for rank, clause in enumerate(kept, start=1)]


def in_force(head: ClauseHead, day: date) -> bool:
    """Return whether a clause may be used for a consultation launched that day (last day included)."""
    return head.valid_from <= day and (head.valid_until is None or day <= head.valid_until)


def _derogations(kept: Sequence[Clause], numbers: dict[str, str]) -> list[dict[str, str]]:
    return [
        {
            "article": numbers[clause.head.id].capitalize(),
            "title": clause.head.title,
            "ccag": typography(clause.head.derogates),
        }
        for clause in kept
        if clause.head.derogates
    ]


def _holds(clause: Clause, data: dict[str, object]) -> bool:
    return bool(_filled(clause, clause.condition, data).strip())


def _filled(clause: Clause, template: Template, data: dict[str, object]) -> str:
    try:
        return template.render(data)
    except (TemplateError, Refused, TypeError, ValueError) as error:
        raise Refused(f"Clause « {clause.head.id} » : {error}.") from error


def _article(number: int, clause: Clause, data: dict[str, object]) -> Article:
    lines = [line.strip() for line in _filled(clause, clause.body, data).splitlines() if line.strip()]
    legal = _clean(_filled(clause, clause.legal, data)).strip() or None
    return Article(
        number=number, id=clause.head.id, title=clause.head.title, blocks=_blocks(lines), legal=legal
    )


def _blocks(lines: Sequence[str]) -> list[Block]:
    blocks: list[Block] = []
    rows: list[list[str]] = []
    strong: list[int] = []
    widths = ""
    for line in [*lines, ""]:
        if line.startswith("|="):
            widths = "-".join(line[2:].split())
        elif line.startswith("|"):
            if line.startswith(STRONG):
                strong.append(len(rows))
            rows.append([_clean(cell).strip() for cell in line.removeprefix(STRONG).strip("|").split("|")])
        if line.startswith("|"):
            continue
        if rows:
            layout = _layout(widths, len(rows[0]))
            blocks.append(Block(kind="table", rows=rows, strong=strong, layout=layout))
            rows, strong, widths = [], [], ""
        if line:
            blocks.append(_block(line))
    return blocks


def _layout(widths: str, columns: int) -> str:
    """Return the widths asked if the templates draw them, else the first layout of that many columns."""
    known = ["-".join(map(str, shares)) for shares in TABLE_LAYOUTS]
    if widths in known:
        return widths
    return next((name for name in known if name.count("-") == columns - 1), known[0])


def _block(line: str) -> Block:
    for mark, kind in KINDS.items():
        if line.startswith(mark):
            return Block.model_validate({"kind": kind, "text": _clean(line[len(mark) :])})
    return Block(kind="paragraph", text=_clean(line))


def _clean(text: str) -> str:
    return text.replace(GUARD, "").replace(BREAK, "\n").replace(BAR, "|")
