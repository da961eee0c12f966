"""What an import of contracts did: the report that people and other programs read."""

from pydantic import BaseModel

from models.columns import Euros
from models.reading.refusals import RefusedLine


class CorrectedLine(BaseModel):
    """A contract taken with corrections: its line (or rank), its number, and each correction in French."""

    ligne: int
    numero: str
    corrections: list[str]


class ContractReport(BaseModel):
    """What an import of contracts did, EUR HT: read = accepted + refused + set aside by a correction."""

    fichier: str
    format: str
    lus: int
    acceptes: int  # lines; a contract of several holders may take several
    ignores: int = 0
    corriges: list[CorrectedLine]
    refuses: list[RefusedLine]
    ajoutes: int = 0
    modifies: int = 0
    inchanges: int = 0
    avenants: int = 0
    sans_fin: int = 0
    sans_famille: int = 0
    remarques: list[str] = []
    total_lu: Euros
    total_accepte: Euros
    total_refuse: Euros
    total_ecarte: Euros
