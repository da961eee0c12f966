"""Rendering by our template, or by the hospital's own in its place."""

from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel

from models.documents.registry import document_type
from models.errors import Refused
from tasks.documents.rendering import fill, shipped
from tasks.settings import Settings


def render(kind: str, context: BaseModel) -> bytes:
    """Return the Word document of this kind, from its context model.

    The template of the hospital, when there is one, takes the place of ours and is rendered apart, with limits.
    Raises `Refused` when the context is not the one of the document, or when a value is missing.
    """
    document = document_type(kind)
    if not isinstance(context, document.context):
        raise Refused(f"Le document « {kind} » attend {document.context.__name__}.")
    if own := house_template(kind):
        from tasks.documents.confined import render_confined

        return render_confined(own.name, own.read_bytes(), kind, context)
    return fill(shipped(document.template), context)


def house_template(kind: str) -> Path | None:
    """Return the template that the hospital put in place of ours, or None."""
    folder = house_folder()
    path = folder / f"{kind}.docx" if folder else None
    return path if path and path.is_file() else None


@lru_cache(maxsize=1)
def house_folder() -> Path | None:
    """Return the folder of the hospital's own templates, read once."""
    return Settings().word_templates_dir
