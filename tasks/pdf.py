"""PDF copies of the documents, by LibreOffice, in one batch."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from models.errors import Unavailable
from tasks.office import run_office

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
