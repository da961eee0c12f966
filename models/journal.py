"""The journal: append-only, hash-chained, one line per fact (who, what, from, to, when, why)."""

import hashlib
import json
from datetime import UTC, datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from models.columns import UTCDateTime, words

GENESIS = "0" * 64


class Fact(StrEnum):
    """The kinds of line; the value is what people read."""

    OPENED = "ouverture"
    TAKEN = "prise en charge"
    TRANSITION = "transition"
    DECISION = "décision"
    VOIDED = "visa annulé"
    DOCUMENT = "document"
    MESSAGE = "message"
    NOTICE = "publication"
    WITHDRAWAL = "retrait"
    RECTIFIED = "rectification"
    TENDER = "offre"
    REFUSAL = "refus"
    LOCK = "verrou"
    IMPORT = "import"
    CONTRACT = "marché"
    RESUMED = "reprise"
    BACKUP = "sauvegarde"
    RESTORED = "restauration"
    ELIMINATED = "élimination"
    DELEGATION = "délégation"
    REGISTER = "registre"
    DECLARATION = "déclaration d'intérêts"
    SIGNATURE = "signature"
    IDENTITY = "preuve d'identité"
    VACANCY = "sans signataire"
    RISK = "risque"
    DISPUTE = "litige"
    ACCESS = "accès"
    READ = "consultation"
    SUBSCRIPTION = "abonnement"


class JournalLine(SQLModel, table=True):
    """One line; `hash` covers every other column and the hash of the line before."""

    __tablename__ = "journal"

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UTCDateTime)
    fact: Fact = Field(sa_type=words(Fact))
    ref: str | None = Field(default=None, index=True)
    actor: str  # e-mail address, or "achats" for the application itself
    subject: str  # stage, document, message, tender: what the line is about
    before: str | None = None
    after: str | None = None
    reason: str = ""
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64, unique=True)

    def computed_hash(self) -> str:
        """Return the SHA-256 of this line (canonical JSON, UTF-8, previous hash included)."""
        content = [
            self.seq,
            self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            str(self.fact),
            self.ref,
            self.actor,
            self.subject,
            self.before,
            self.after,
            self.reason,
            self.previous_hash,
        ]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


class JournalHead(SQLModel, table=True):
    """The last line written: locking this row makes writers take turns, and reveals a cut end."""

    __tablename__ = "journal_head"

    id: int = Field(default=1, primary_key=True)
    seq: int = 0
    hash: str = GENESIS
