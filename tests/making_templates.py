"""Makes small Word files, right or wrong, for the tests of templates."""

import io
import zipfile

from docx import Document


def template(*paragraphs: str) -> bytes:
    """Return a Word file with these paragraphs."""
    document = Document()
    for text in paragraphs:
        document.add_paragraph(text)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """Return the file with one part added or replaced."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.namelist():
            if entry != name:
                target.writestr(entry, source.read(entry))
        target.writestr(name, part)
    return buffer.getvalue()


def replaced(content: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """Return the file with a piece of one part replaced."""
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        part = source.read(name)
    assert old in part
    return with_part(content, name, part.replace(old, new, 1))
