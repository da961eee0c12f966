"""Passkeys and security keys (WebAuthn Level 3): the public half of what a person holds, challenges that serve once."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from models.columns import UTCDateTime, words


class Passkey(SQLModel, table=True):
    """A security key or passkey of a person; nothing secret is kept here."""

    __tablename__ = "passkey"

    id: str = Field(primary_key=True, max_length=1400)  # credential id, base64url
    person_email: str = Field(foreign_key="person.email", index=True)
    name: str = Field(max_length=100)
    public_key: str  # COSE, hexadecimal
    sign_count: int = 0
    made_at: datetime = Field(sa_type=UTCDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Purpose(StrEnum):
    """What a challenge was made for."""

    ENROL = "inscrire"
    PROVE = "prouver"


class PasskeyChallenge(SQLModel, table=True):
    """A challenge given to a browser: it serves once, for one person and one purpose, within minutes."""

    __tablename__ = "passkey_challenge"

    challenge: str = Field(primary_key=True, max_length=100)  # base64url
    person_email: str = Field(foreign_key="person.email")
    purpose: Purpose = Field(sa_type=words(Purpose))
    expires_at: datetime = Field(sa_type=UTCDateTime)
