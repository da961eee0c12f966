"""How a person proves who she is when signing: one-time codes (TOTP, RFC 6238), personal keys, and the group's policy.

No secret is stored in the clear: codes are sealed, keys are hashed.
"""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from models.columns import UTCDateTime, words


class Proof(StrEnum):
    """What the group asks of a signatory, `[signature] preuve` of the organisation file."""

    DECLARATION = "declaration"  # the operator says who signs; the journal says so too
    CODE = "code"  # personal key or login, plus a one-time code


class Means(StrEnum):
    """How a signatory was identified, as the record of the signature says it."""

    DECLARED = "identité déclarée, sans preuve"
    KEY_AND_CODE = "clé personnelle et code à usage unique"
    LOGIN = "connexion, sans code"
    LOGIN_AND_CODE = "connexion et code à usage unique"
    LOGIN_AND_KEY = "connexion et clé de sécurité"
    STRONG_LOGIN = "connexion renforcée du fournisseur"  # the identity provider's own two factors


class SignaturePolicy(SQLModel, table=True):
    """The proof of identity that the group asks for; one row."""

    __tablename__ = "signature_policy"

    id: int = Field(default=1, primary_key=True)
    proof: Proof = Field(default=Proof.DECLARATION, sa_type=words(Proof))


class CodeEnrolment(SQLModel, table=True):
    """The sealed secret of a person's one-time codes, and what was tried with it."""

    __tablename__ = "code_enrolment"

    person_email: str = Field(primary_key=True, foreign_key="person.email")
    sealed_secret: str
    enrolled_at: datetime = Field(sa_type=UTCDateTime)
    is_own: bool = False  # enrolled by the person herself, in the pages
    last_step: int | None = None  # 30-second step of the last code accepted; an older one never works again
    failures: int = 0
    locked_until: datetime | None = Field(default=None, sa_type=UTCDateTime)


class PersonalKey(SQLModel, table=True):
    """A key for the command line: its public number and the Argon2 hash of its secret."""

    __tablename__ = "personal_key"

    id: str = Field(primary_key=True, max_length=16)
    person_email: str = Field(foreign_key="person.email", index=True)
    hashed_secret: str
    issued_at: datetime = Field(sa_type=UTCDateTime)
    is_own: bool = False  # taken by the person herself, in the pages
    revoked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
