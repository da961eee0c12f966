"""Spend lines sent by another tool: who may send them, what size they have; then the import of the command line."""

import re
import tempfile
from pathlib import Path

from pydantic import BaseModel

from models.access.sight import Viewer, sends_all_spend, sends_spend_of
from models.errors import BadInput, NotAllowed
from models.reading.values import fold
from models.spend.lines import ImportReport
from models.spend.reading import parse_mapping
from tasks import space
from tasks.organisation.lookup import find_establishment, find_family
from tasks.spend import importing
from tasks.store import reading
from tasks.tables import tabular

LARGEST = 25_000_000  # bytes once decompressed: a year of a large hospital
MOST_LINES = 500_000
LISTED = 200  # refused lines that are listed in the answer; the others are counted
LONGEST_NAME = 100
OWN_ONLY = "Vous n'envoyez que les dépenses de l'établissement où vous tenez les achats : donnez son SIRET ou FINESS."
NO_REPLACING = (
    "Reprendre un contenu déjà importé est réservé aux achats et au contrôle de gestion du groupement."
)


class Upload(BaseModel):
    """A file of spend lines, and how it is to be read (as `achats importer depenses` takes it)."""

    name: str
    content: bytes
    establishment: str
    family: str
    columns: list[str] = []
    replaces: bool = False


def file_name(text: str) -> str:
    """Return the name of a file as it may be written in a folder."""
    return re.sub(r"[^\w. -]", "_", text)[-LONGEST_NAME:].strip(". ") or "depenses"


def check(sender: Viewer, upload: Upload) -> None:
    """Refuse what is seen without reading the file: who sends, an empty file, an unknown house, family or column."""
    _check_sender(sender, upload)
    if not upload.content:
        raise BadInput(f"Le fichier {upload.name} est vide.")
    space.refuse_when_full()
    parse_mapping(upload.columns)
    with reading() as session:
        if fold(upload.establishment) != importing.BY_COLUMN:
            find_establishment(session, upload.establishment)
        if fold(upload.family) != importing.AUTOMATIC:
            find_family(session, upload.family)


def receive(sender: Viewer, upload: Upload) -> ImportReport:
    """Import the lines and return the report; refuse what the sender may not send."""
    check(sender, upload)
    name = file_name(upload.name)
    content = tabular.unpacked(upload.content, name, LARGEST)
    tabular.refuse_longer(content, name, MOST_LINES)
    mapping = parse_mapping(upload.columns)
    with tempfile.TemporaryDirectory(prefix="achats-depenses-") as folder:
        file = Path(folder) / name
        file.write_bytes(content)
        report = importing.import_spend(
            file, upload.establishment, upload.family, mapping, replace=upload.replaces, actor=sender.email
        )
    return _shortened(report)


def _shortened(report: ImportReport) -> ImportReport:
    """Return the report with its first refused lines; the numbers and the totals are those of the whole file."""
    left = len(report.refuses) - LISTED
    if left <= 0:
        return report
    said = (
        f"{LISTED + left} lignes refusées : les {LISTED} premières sont listées ici, pas les {left} autres."
    )
    return report.model_copy(
        update={"refuses": report.refuses[:LISTED], "remarques": [*report.remarques, said]}
    )


def _check_sender(sender: Viewer, upload: Upload) -> None:
    if sends_all_spend(sender):
        return
    if upload.replaces:  # the same content may have been imported for others
        raise NotAllowed(NO_REPLACING)
    if fold(upload.establishment) == importing.BY_COLUMN:
        raise NotAllowed(OWN_ONLY)
    with reading() as session:
        siret = find_establishment(session, upload.establishment).siret
    if not sends_spend_of(sender, siret):
        raise NotAllowed(OWN_ONLY)
