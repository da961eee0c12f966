"""PDF copies of documents for reading on a screen: made once by LibreOffice, kept beside the documents."""

import tempfile
from pathlib import Path
from threading import Lock

from models.errors import Unavailable
from models.procurement import Document
from tasks import storage
from tasks.office import office_program
from tasks.pdf import convert_to_pdf

READABLE = (".docx", ".xlsx")
_ONE_AT_A_TIME = Lock()


def can_preview(path: str) -> bool:
    """Return whether a PDF copy of a document may be asked for here."""
    return path.endswith(READABLE) and office_program() is not None


def pdf_of(document: Document) -> bytes:
    """Return the PDF copy of a document, from the hash of its content."""
    kept = f"apercus/{document.sha256}.pdf"
    with _ONE_AT_A_TIME:
        if storage.resolve(kept).exists():
            return storage.read(kept)
        content = storage.read(document.path)
        if storage.sha256(content) != document.sha256:
            raise Unavailable(f"Le fichier « {document.title} » n'est plus celui qui a été enregistré.")
        with tempfile.TemporaryDirectory(prefix="apercu-") as folder:
            source = Path(folder) / Path(document.path).name
            source.write_bytes(content)
            made = convert_to_pdf([source], Path(folder) / "pdf")[0].read_bytes()
    storage.write(kept, made)
    return made
