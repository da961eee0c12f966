"""Builds every Word template from its source in `sources/`: `python templates/dce/build.py`.

A source is text, one block per line, so that a change of wording is a line in a diff:

    = title: …            a property (title, layout, headings, orientation)
    # …   ## …            an article or chapter, a section
    - …                   a bullet
    ! …                   a framed remark        > …   a note in small print
    ~ …                   a line flushed right (place, date, signature)
    | a | b |             a row; the first row is the heading; `|= 20 50 30` gives the widths, `>` before a heading
                          aligns the column right
    |% for x in y %       a row that repeats, closed by `|% endfor %`
    {% if … %}            alone on its line: the blocks up to `{% endif %}` appear or not
    [cover] [toc] [articles] [page] [chart] [recipient] [signature]   parts drawn here

The templates are ordinary Word files for docxtpl: a hospital may replace any of them.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parent
sys.path[:0] = [str(ROOT), str(ROOT.parent.parent)]

from drawing import Drawing

from tasks.documents.french import typography


def properties(lines: list[str]) -> dict[str, str]:
    """Return the properties written at the head of a source."""
    pairs = (line[1:].split(":", 1) for line in lines if line.startswith("="))
    return {name.strip(): value.strip() for name, value in pairs}


def build(source: Path) -> bytes:
    """Return the Word template made from a source."""
    lines = source.read_text(encoding="utf-8").splitlines()
    drawing = Drawing(properties(lines))
    table: list[str] = []
    for line in [*lines, ""]:
        if line.startswith("|=") and table:
            drawing.table(table)
            table = []
        if line.startswith("|"):
            table.append(typography(line))
            continue
        if table:
            drawing.table(table)
            table = []
        if line.strip() and not line.startswith("="):
            drawing.block(typography(line.strip()))
    return drawing.saved()


def main() -> None:
    """Write every template beside this script."""
    for source in sorted((ROOT / "sources").glob("*.txt")):
        (ROOT / f"{source.stem}.docx").write_bytes(build(source))


if __name__ == "__main__":
    main()
