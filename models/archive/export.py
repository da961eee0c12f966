"""A full export: what its manifest and its schema say, so that anybody reads it without this application."""

from datetime import datetime

from pydantic import BaseModel

from models.archive.manifest import JournalEnd, SealedBy

FORMAT = 1
EVERYTHING = "TOUT"


class ExportedTable(BaseModel):
    """One table of an export: its rows as JSON and as CSV, with the hash of each file."""

    lignes: int
    json_sha256: str
    csv_sha256: str


class ExportedFile(BaseModel):
    """One file of an export, under `fichiers/`."""

    chemin: str
    sha256: str
    octets: int


class ExportManifest(BaseModel):
    """What an export holds; every entry of the archive but this one is named here with its hash."""

    format: int = FORMAT
    porte_sur: str  # TOUT or the reference of a purchase
    groupement: str
    application: str
    tables_revision: str
    fait_le: datetime
    journal: JournalEnd
    cles: SealedBy = SealedBy.NOBODY
    est_signe: bool = False  # the journal goes on only under the key that signed it
    tables: dict[str, ExportedTable] = {}
    fichiers: list[ExportedFile] = []
    preuves: dict[str, str] = {}
    remarques: list[str] = []

    @property
    def is_whole(self) -> bool:
        """Return whether it holds the whole group."""
        return self.porte_sur == EVERYTHING
