"""PDF copies of the documents, by LibreOffice, in one batch."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from models.errors import Unavailable
from models.process.procurement import Document
from tasks import storage
from tasks.documents.office import office_program, run_office

SECONDS_PER_DOCUMENT = 20
STARTUP_SECONDS = 60


def convert_to_pdf(files: Sequence[Path], folder: Path) -> list[Path]:
    """Write a PDF of each file in the folder and return their paths, in the same order.

    Raises `Unavailable` when LibreOffice is missing, too slow, or leaves a file without its PDF.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lo-profile-") as profile:
        words = ["--convert-to", "pdf", "--outdir", str(folder.resolve())]
        limit = STARTUP_SECONDS + SECONDS_PER_DOCUMENT * len(files)
        run_office([*words, *(str(file.resolve()) for file in files)], Path(profile), limit)
    made = [folder / f"{file.stem}.pdf" for file in files]
    if missing := [path.name for path in made if not path.exists()]:
        raise Unavailable(f"PDF manquants : {', '.join(missing)}.")
    return made


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
