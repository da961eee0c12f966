"""Changes of an access that a second person must confirm: asked by one, done or refused by another."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from models.columns import UTCDateTime, words


class AccessAction(StrEnum):
    """What may be done with the access of a person, by the word of the pages and of the command line."""

    INVITE = "inviter"
    RESET = "reinitialiser"
    DISABLE = "desactiver"
    LINK = "lier"


class AccessRequest(SQLModel, table=True):
    """A change of the access of a signatory, an opener or an administrator, that waits for a second person."""

    __tablename__ = "access_request"

    id: int | None = Field(default=None, primary_key=True)
    person_email: str = Field(foreign_key="person.email", index=True)
    action: AccessAction = Field(sa_type=words(AccessAction))
    detail: str = ""  # the identifier at the provider, for a link
    asked_by: str
    asked_at: datetime = Field(sa_type=UTCDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    settled_by: str = ""
    is_refused: bool = False


class AccessTold(SQLModel, table=True):
    """The last line of the journal about accesses that was told to the person concerned; one row."""

    __tablename__ = "access_told"

    id: int = Field(default=1, primary_key=True)
    seq: int = 0
