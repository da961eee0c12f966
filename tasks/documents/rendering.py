"""Rendering of Word documents: compiled templates kept in memory, same input, same bytes."""

import io
import re
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from docxtpl import DocxTemplate
from jinja2 import Template, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError
from pydantic import BaseModel

from models.errors import Refused
from tasks.documents.archives import EPOCH
from tasks.documents.sandbox import WORD, XML
from tasks.settings import ROOT

TEMPLATES: Final = ROOT / "templates" / "dce"
BOOKMARK: Final = re.compile(r'(<w:bookmark(?:Start|End)\b[^>]*?w:id=)"(\d+)"')
DATES: Final = re.compile(r"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:)")
LARGEST_PART: Final = 200_000_000


@dataclass(frozen=True)
class CompiledTemplate:
    """The parts of a Word file in their order: raw bytes, or a compiled template."""

    name: str
    parts: tuple[tuple[str, bytes | Template], ...]


def fill(template: CompiledTemplate, context: BaseModel) -> bytes:
    """Return the document made of a compiled template and a context; the context is reduced to plain data."""
    data = context.model_dump(mode="python")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for name, part in template.parts:
            content = part if isinstance(part, bytes) else _filled(template.name, part, data)
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()


def _filled(name: str, part: Template, data: dict[str, object]) -> bytes:
    try:
        text = part.render(data)
    except UndefinedError as error:
        raise Refused(f"Modèle {name} : une donnée manque ({error.message}).") from error
    except SecurityError as error:
        raise Refused(f"Modèle {name} refusé : {error}.") from error
    except Refused as error:
        raise Refused(f"Modèle {name} : {error}.") from error
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        raise Refused(f"Modèle {name} : rendu impossible ({error}).") from error
    if "<w:bookmarkStart" in text:
        text = _with_unique_bookmarks(text)
    if len(text) > LARGEST_PART:
        raise Refused(f"Modèle {name} : document trop volumineux.")
    return text.encode()


def _with_unique_bookmarks(text: str) -> str:
    """Return the part with its bookmarks numbered again: those of a loop all carry the number of the template."""
    given: dict[str, int] = {}
    count = 0

    def renumbered(found: re.Match[str]) -> str:
        nonlocal count
        if found[1].startswith("<w:bookmarkStart"):
            count += 1
            given[found[2]] = count
        return f'{found[1]}"{given.get(found[2], 0)}"'

    return BOOKMARK.sub(renumbered, text)


@lru_cache(maxsize=64)
def shipped(name: str) -> CompiledTemplate:
    """Return a template of the product, compiled once per process."""
    return compiled(name, (TEMPLATES / f"{name}.docx").read_bytes())


def compiled(name: str, content: bytes) -> CompiledTemplate:
    """Return the compiled template of a Word file already known to be safe to open."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    return CompiledTemplate(name, tuple((part, _compiled_part(name, part, raw)) for part, raw in parts))


def _compiled_part(name: str, part: str, raw: bytes) -> bytes | Template:
    """Return the part compiled when it holds template tags. The tags are mended as docxtpl does."""
    if not part.endswith(".xml") or (b"{{" not in raw and b"{%" not in raw):
        return raw
    text = raw.decode("utf-8")
    try:
        if is_wordprocessing(part):
            return WORD.from_string(mended(text))
        return XML.from_string(DATES.sub(r"\1{{ head.dated_on | iso }}T00:00:00Z\2", text))
    except TemplateSyntaxError as error:
        raise Refused(f"Modèle {name} : balise incorrecte ({error.message}).") from error
    except SecurityError as error:
        raise Refused(f"Modèle {name} refusé : {error}.") from error
    except TemplateError as error:
        raise Refused(f"Modèle {name} : balise incorrecte ({error}).") from error


def is_wordprocessing(part: str) -> bool:
    """Return whether a part holds Word text (body, header, footer, notes)."""
    return part.startswith(("word/document", "word/header", "word/footer", "word/footnotes"))


def mended(text: str) -> str:
    """Return the XML of a part with its tags in one piece, as docxtpl reads them (`{%p`, `{%tr`, `{{r`)."""
    return str(DocxTemplate(io.BytesIO()).patch_xml(text))
