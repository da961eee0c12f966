"""Logging in to the pages: accounts, one-time links, sessions, and the log of logins.

No secret is stored in the clear: passwords are hashed with Argon2, links and sessions with SHA-256 (they are
random and long).
"""

from datetime import date, datetime
from enum import StrEnum

from sqlmodel import JSON, Column, Field, Index, SQLModel

from models.columns import UTCDateTime, words

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
TOO_COMMON = ("motdepasse", "password", "azerty", "qwerty", "123456", "hopital", "bonjour")


class LoginOutcome(StrEnum):
    """What a line of the log of logins says."""

    IN = "connexion"
    OUT = "déconnexion"
    WRONG = "mot de passe refusé"
    LOCKED = "compte verrouillé"
    DISABLED = "compte désactivé"
    INVITED = "invitation"
    ACCEPTED = "mot de passe choisi"
    NOT_LET_IN = "fournisseur d'identité : refusée"


class LoginMeans(StrEnum):
    """How a session was opened."""

    PASSWORD = "mot de passe"  # noqa: S105 (a word shown)
    LINK = "lien d'invitation"
    PROVIDER = "fournisseur d'identité"


class Account(SQLModel, table=True):
    """How a person logs in; without a password only a one-time link or the identity provider lets her in."""

    person_email: str = Field(primary_key=True, foreign_key="person.email")
    hashed_password: str | None = None
    created_at: datetime = Field(sa_type=UTCDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    last_login_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    wants_digest: bool = False  # one message a day instead of one for each event
    subject: str | None = Field(
        default=None, unique=True
    )  # "issuer subject", kept at the first login by the provider
    identifier: str | None = Field(
        default=None, unique=True
    )  # what names the person there, when it is no e-mail
    ends_after: date | None = None  # last day of access of a person who leaves

    def is_ended(self, day: date) -> bool:
        """Return whether the access is closed that day."""
        return self.disabled_at is not None or (self.ends_after is not None and self.ends_after < day)


class WrongTries(SQLModel, table=True):
    """Wrong passwords typed in one place for one person; the delay there touches no other place."""

    __tablename__ = "wrong_tries"

    person_email: str = Field(primary_key=True, foreign_key="person.email")
    place: str = Field(primary_key=True, max_length=100)
    failures: int = 0
    last_at: datetime = Field(sa_type=UTCDateTime)
    until: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Invitation(SQLModel, table=True):
    """A link that lets a person choose her password, once, before a date."""

    hashed_token: str = Field(primary_key=True, max_length=64)
    person_email: str = Field(foreign_key="person.email", index=True)
    created_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class LoginSession(SQLModel, table=True):
    """A browser logged in; the cookie holds the token, the database its hash."""

    __tablename__ = "login_session"

    hashed_token: str = Field(primary_key=True, max_length=64)
    person_email: str = Field(foreign_key="person.email", index=True)
    form_token: str  # asked again with every write
    created_at: datetime = Field(sa_type=UTCDateTime)
    seen_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    strong_until: datetime | None = Field(default=None, sa_type=UTCDateTime)  # no code asked to sign before
    sealed_id_token: str | None = None  # shown to the provider again when the person logs out


class LoginEvent(SQLModel, table=True):
    """One line of the log of logins; the name is kept as it was typed, known or not."""

    __tablename__ = "login_event"
    __table_args__ = (Index("ix_login_event_recent", "address", "outcome", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime)
    typed: str = Field(max_length=254, index=True)
    address: str = Field(max_length=64)
    outcome: LoginOutcome = Field(sa_type=words(LoginOutcome))
    means: LoginMeans | None = Field(default=None, sa_type=words(LoginMeans))


def password_fault(password: str, email: str) -> str | None:
    """Return what is wrong with a password that somebody chooses, in French, or None.

    Length and absence of the obvious, without rules of composition (recommandation CNIL 2022-100, ANSSI 2021).
    """
    bare = password.casefold()
    if len(password) < SHORTEST_PASSWORD:
        return f"Mot de passe : {SHORTEST_PASSWORD} caractères au moins."
    if len(password) > LONGEST_PASSWORD:
        return f"Mot de passe : {LONGEST_PASSWORD} caractères au plus."
    if len(set(password)) < SHORTEST_PASSWORD // 2:
        return "Mot de passe : trop de caractères répétés."
    if any(part in bare for part in (*TOO_COMMON, email.partition("@")[0].casefold())):
        return "Mot de passe : il contient un mot trop facile à deviner."
    return None


class ApiToken(SQLModel, table=True):
    """A token; its secret is random and long, only its SHA-256 is kept."""

    __tablename__ = "api_token"

    id: str = Field(primary_key=True, max_length=16)
    person_email: str = Field(foreign_key="person.email", index=True)
    label: str = Field(max_length=100)
    hashed_secret: str = Field(max_length=64)
    scopes: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # noted once an hour
