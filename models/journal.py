"""The journal: append-only, hash-chained, one line per fact (who, what, from, to, when, why)."""

import hashlib
import json
from datetime import UTC, datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from models.columns import UTCDateTime, words

GENESIS = "0" * 64
REHEARSAL_HOME = "dossier de répétition"


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
    KEPT = "inscription"  # rows written beside any other fact
    KEY = "clé du journal"
    ANCHOR = "ancre"
    CLOCK = "horloge"


class JournalLine(SQLModel, table=True):
    """One line; `hash` covers every other column but the signature, and the hash of the line before.

    Lines of before the signature have neither key nor digest of rows: their hash does not cover these columns.
    """

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
    rows_digest: str = Field(default="", max_length=64)  # of the digests of the rows that the fact made
    signing_key: str | None = Field(default=None, max_length=64)  # Ed25519 public key, hexadecimal
    signature: str | None = Field(default=None, max_length=128)  # of the hash, by that key

    def computed_hash(self) -> str:
        """Return the SHA-256 of this line (canonical JSON, UTF-8, previous hash included)."""
        content: list[object] = [
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
        if self.signing_key is not None:
            content += [self.rows_digest, self.signing_key]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


class JournalRow(SQLModel, table=True):
    """The digest of one decisive row as a line of the journal left it; empty when the line deleted the row."""

    __tablename__ = "journal_row"

    table_name: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    seq: int = Field(primary_key=True, index=True, sa_column_kwargs={"autoincrement": False})
    digest: str


def digest_of_rows(rows: list[tuple[str, str, str]]) -> str:
    """Return the SHA-256 of the (table, key, digest) of the rows of one line; empty when there are none."""
    if not rows:
        return ""
    return hashlib.sha256(json.dumps(sorted(rows), ensure_ascii=False).encode()).hexdigest()


class JournalHead(SQLModel, table=True):
    """The last line written: locking this row makes writers take turns, and reveals a cut end."""

    __tablename__ = "journal_head"

    id: int = Field(default=1, primary_key=True)
    seq: int = 0
    hash: str = GENESIS
    at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # no line is dated before it
    salt: str = ""  # of the digests of rows: an export alone does not let their values be guessed
    registry: str = ""  # digest of the tables and columns that the digests cover
