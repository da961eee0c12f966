"""Tenders sealed until two people open them: the keys, the shares, and the arithmetic that splits a key in shares.

See `docs/decisions/0006-sealed-tenders.md`. Any two shares give the key, one alone tells nothing of it (Shamir, 1979).
"""

from datetime import datetime
from hashlib import sha256

from pydantic import BaseModel
from sqlmodel import Field, SQLModel

from models.columns import UTCDateTime
from models.errors import Refused

PRIME = 2**521 - 1
KEY_BYTES = 32
SHARE_BYTES = 66
NEEDED = 2
FINGERPRINT_DIGITS = 32


class OpeningKey(SQLModel, table=True):
    """The key pair of a person who opens tenders; the private half is wrapped by her password."""

    __tablename__ = "opening_key"

    person_email: str = Field(primary_key=True, foreign_key="person.email")
    public_key: str  # X25519, hexadecimal
    salt: str
    wrapped_private: str
    made_at: datetime = Field(sa_type=UTCDateTime)


class TenderSeal(SQLModel, table=True):
    """The seal of one purchase: tenders are encrypted to its public key, the private half exists as shares only."""

    __tablename__ = "tender_seal"

    ref: str = Field(primary_key=True, foreign_key="procurement.ref")
    public_key: str
    is_personal: bool  # shares held by people; otherwise by the server (nobody had a password yet)
    made_at: datetime = Field(sa_type=UTCDateTime)
    opened_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    is_timed: bool = Field(
        default=False, sa_column_kwargs={"server_default": "0"}
    )  # needs the server's part too


class TenderShare(SQLModel, table=True):
    """One share of the private key, encrypted for the person who holds it (or for the server)."""

    __tablename__ = "tender_share"

    ref: str = Field(primary_key=True, foreign_key="procurement.ref")
    rank: int = Field(primary_key=True)
    person_email: str | None = Field(default=None, foreign_key="person.email")
    encrypted: str
    holder_key: str = Field(
        default="", sa_column_kwargs={"server_default": ""}
    )  # public key it is encrypted to
    released: str | None = None  # in the clear once its holder opened; useless without a second one
    released_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


def fingerprint(public_key: str) -> str:
    """Return what a person can compare of a public key: the first 32 digits of its SHA-256."""
    return sha256(bytes.fromhex(public_key)).hexdigest()[:FINGERPRINT_DIGITS]


class Share(BaseModel):
    """A point of the line that passes by the secret at zero."""

    rank: int
    value: int


def split(secret: bytes, slope: int, holders: int) -> list[Share]:
    """Return one share for each holder; `slope` is drawn at random below `PRIME`, once for each secret.

    >>> shares = split(b"k" * 32, 12345, 3)
    >>> join(shares[0], shares[2]) == join(shares[1], shares[0]) == b"k" * 32
    True
    """
    zero = int.from_bytes(secret, "big")
    return [Share(rank=rank, value=(zero + slope * rank) % PRIME) for rank in range(1, holders + 1)]


def join(one: Share, other: Share) -> bytes:
    """Return the secret of two different shares, or refuse shares that do not belong together."""
    if one.rank == other.rank:
        raise Refused("Il faut deux parts différentes de la clé.")
    inverse = pow(other.rank - one.rank, -1, PRIME)
    zero = (one.value * other.rank - other.value * one.rank) * inverse % PRIME
    try:
        return zero.to_bytes(KEY_BYTES, "big")
    except OverflowError as error:
        raise Refused("Ces deux parts n'ouvrent pas ces plis.") from error
