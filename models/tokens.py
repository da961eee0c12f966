"""Personal tokens of the API: what a person's own tools may do in her name, until a date."""

from datetime import datetime

from sqlmodel import JSON, Column, Field, SQLModel

from models.columns import UTCDateTime


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
