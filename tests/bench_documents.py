"""Measures the documents beside plain docxtpl on the same templates, the same data, the same text.

    python -m tests.bench_documents

docxtpl is given the same sandbox, filters and plain data; what differs is that it reads and compiles its
template each time and writes through python-docx. Prints one line per figure, and whether the texts are equal.
"""

import io
import json
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from docxtpl import DocxTemplate

from models.documents.dossier import Dossier
from tasks.documents.consultation_set import parse_dossier, write_set
from tasks.documents.families import example
from tasks.documents.render import render
from tasks.documents.rendering import TEMPLATES
from tasks.documents.samples import samples
from tasks.documents.sandbox import WORD
from tests.reading_documents import text_of_word

ROUNDS = 9


def plain_docxtpl(kind: str, data: dict[str, object]) -> bytes:
    template = DocxTemplate(TEMPLATES / f"{kind}.docx")
    template.render(data, WORD)
    buffer = io.BytesIO()
    template.save(buffer)
    return buffer.getvalue()


def body(content: bytes, folder: Path) -> str:
    path = folder / "compared.docx"
    path.write_bytes(content)
    return text_of_word(path)


def side_by_side(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """Return the median times in ms of two pieces of work, taken in turn so that a busy machine slows both."""
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for work, times in zip((one, other), spent, strict=True):
            start = time.perf_counter()
            work()
            times.append(1000 * (time.perf_counter() - start))
    return statistics.median(spent[0]), statistics.median(spent[1])


def hundred_lots() -> Dossier:
    data = json.loads(example("perfusion").model_dump_json())
    lot = data["lots"][0]
    item = lot["items"][0]
    items = [item | {"code": f"A{n:03d}"} for n in range(20)]
    data["lots"] = [lot | {"number": n, "title": f"Lot d'essai {n}", "items": items} for n in range(1, 101)]
    return parse_dossier(json.dumps(data))


def speeds(folder: Path) -> Iterator[tuple[str, str]]:
    ratios = []
    for kind, context in samples().items():
        data = context.model_dump(mode="python")
        same = body(plain_docxtpl(kind, data), folder) == body(render(kind, context), folder)
        theirs, ours = side_by_side(partial(plain_docxtpl, kind, data), partial(render, kind, context))
        ratios.append(theirs / ours)
        verdict = "texte égal" if same else "TEXTE DIFFÉRENT"
        yield kind, f"docxtpl {theirs:6.1f} ms, ici {ours:5.1f} ms, × {theirs / ours:4.1f}, {verdict}"
    yield "gain le plus faible, gain médian", f"× {min(ratios):.1f}, × {statistics.median(ratios):.1f}"


def large(folder: Path) -> Iterator[tuple[str, str]]:
    dossier = hundred_lots()
    start = time.perf_counter()
    manifest = write_set(dossier, folder / "cent-lots")
    yield "dossier de 100 lots", f"{time.perf_counter() - start:.1f} s, {len(manifest.files)} documents"


def memory() -> Iterator[tuple[str, str]]:
    context = samples()["ccap"]
    for _ in range(20):
        render("ccap", context)
    tracemalloc.start()
    levels = []
    for rank in range(1, 1001):
        render("ccap", context)
        if rank in (100, 1000):
            levels.append(tracemalloc.get_traced_memory()[0] / 1024)
    tracemalloc.stop()
    yield "mémoire gardée après 100 puis 1 000 documents", f"{levels[0]:.0f} Ko, {levels[1]:.0f} Ko"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in (speeds(folder), large(folder), memory()):
            for label, figure in part:
                print(f"{label:48} {figure}")


if __name__ == "__main__":
    main()
