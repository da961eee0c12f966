"""The escrow of sealed tenders: the public half of a key whose private half was printed once and is kept offline."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.columns import UTCDateTime


class EscrowKey(SQLModel, table=True):
    """One escrow key; each purchase sealed while it is in use has one more share, that only the paper opens."""

    __tablename__ = "escrow_key"

    public_key: str = Field(primary_key=True, max_length=64)  # X25519, hexadecimal
    made_at: datetime = Field(sa_type=UTCDateTime)
    made_by: str
    retired_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
