"""PDF copies of the documents, by LibreOffice: one batch, its own profile, a time limit."""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from models.errors import Unavailable

SECONDS_PER_DOCUMENT = 20
STARTUP_SECONDS = 60
FRENCH = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item oor:path="/org.openoffice.Setup/L10N">\
<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>fr-FR</value></prop></item></oor:items>
"""


def office_program() -> str | None:
    """Return the path of LibreOffice, or None where it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def convert_to_pdf(files: Sequence[Path], folder: Path) -> list[Path]:
    """Write a PDF of each file in the folder and return their paths, in the same order.

    Raises `Unavailable` when LibreOffice is missing, too slow, or leaves a file without its PDF.
    """
    program = office_program()
    if program is None:
        raise Unavailable(
            "PDF impossibles : LibreOffice n'est pas installé (paquet libreoffice-writer et -calc)."
        )
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lo-profile-") as profile:
        _speak_french(Path(profile))
        command = [program, f"-env:UserInstallation=file://{profile}", "--headless", "--norestore"]
        command += ["--convert-to", "pdf", "--outdir", str(folder), *map(str, files)]
        limit = STARTUP_SECONDS + SECONDS_PER_DOCUMENT * len(files)
        try:
            subprocess.run(command, check=False, capture_output=True, timeout=limit)
        except subprocess.TimeoutExpired as error:
            raise Unavailable(f"PDF impossibles : LibreOffice n'a pas fini en {limit} s.") from error
    made = [folder / f"{file.stem}.pdf" for file in files]
    if missing := [path.name for path in made if not path.exists()]:
        raise Unavailable(f"PDF manquants : {', '.join(missing)}.")
    return made


def _speak_french(profile: Path) -> None:
    """Set the locale of a profile, so that numbers in workbooks are printed the French way."""
    (profile / "user").mkdir()
    (profile / "user" / "registrymodifications.xcu").write_text(FRENCH, encoding="utf-8")
