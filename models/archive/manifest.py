"""What a backup says of itself: the database, the files by hash, how the keys are sealed, where the journal ends."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field

FORMAT = 1


class Engine(StrEnum):
    """The database that was copied; a copy goes back to the same kind."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"

    @property
    def label(self) -> str:
        """Return the name that people read."""
        return {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[self]


class SealedBy(StrEnum):
    """How the envelope of the keys is sealed."""

    PASSPHRASE = "phrase de passe"  # noqa: S105 (a kind, not a secret)
    PUBLIC_KEY = "clé publique"
    CODE = "code de reprise"  # made for this copy and shown once
    NOBODY = "absentes"


class KeptFile(BaseModel):
    """One file of the home directory, kept under its hash."""

    chemin: str
    sha256: str
    octets: int
    droits: int = 0o644
    modifie_ns: int = 0  # spares the next copy from reading a file that has not changed


class KeptDatabase(BaseModel):
    """The copy of the database, kept as a file under its hash; `revision` is that of its tables."""

    moteur: Engine
    revision: str
    sha256: str
    octets: int


class KeptKeys(BaseModel):
    """The envelope of the keys: how it is sealed, which keys it holds, the hash of its file."""

    scellees_par: SealedBy
    noms: list[str] = []
    sha256: str = ""


class JournalEnd(BaseModel):
    """The last line of the journal in the copy."""

    lignes: int
    empreinte: str


class Manifest(BaseModel):
    """One backup: everything that it needs to be brought back and verified."""

    format: int = FORMAT
    copie: str
    application: str
    faite_le: datetime
    groupement: str = ""
    base: KeptDatabase
    journal: JournalEnd
    cles: KeptKeys
    fichiers: list[KeptFile] = Field(default_factory=list)
    remarques: list[str] = []

    @property
    def bytes_of_all(self) -> int:
        """Return the size of the copy, files that other copies share included."""
        return self.base.octets + sum(one.octets for one in self.fichiers)
