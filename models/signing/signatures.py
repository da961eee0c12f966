"""The record of a signature: act, document, power, person, moment, means."""

import json
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

from sqlmodel import Field, SQLModel, UniqueConstraint

from models.access.proofs import Means
from models.columns import Money, UTCDateTime, words
from models.signing.acts import Act


class Signature(SQLModel, table=True):
    """One signature; an act of one visit to a stage is signed once, whoever tries."""

    __table_args__ = (UniqueConstraint("ref", "stage", "visit", name="uq_signature_once"),)

    id: int | None = Field(default=None, primary_key=True)
    ref: str = Field(foreign_key="procurement.ref", index=True)
    stage: str
    visit: int
    act: Act = Field(sa_type=words(Act))
    person_email: str = Field(foreign_key="person.email", index=True)
    delegation: str | None = None  # None: by own power
    ground: str  # the verdict's reason: on what the signature rests
    amount_ht: Decimal = Field(sa_type=Money)
    family_code: str
    establishment_siret: str
    signed_on: date  # legal day, Europe/Paris
    signed_at: datetime = Field(sa_type=UTCDateTime)
    means: Means = Field(sa_type=words(Means))
    document: str = ""  # path of what was signed, relative to the home directory
    document_sha256: str = ""

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the whole record (canonical JSON), as the journal keeps it."""
        content = self.model_dump(exclude={"id", "signed_at"}, mode="json")
        content["signed_at"] = self.signed_at.isoformat(timespec="microseconds")
        return sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
