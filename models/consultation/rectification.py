"""What happens to a dossier once it is published: who took it, and each version that followed."""

from datetime import datetime

from sqlmodel import JSON, Column, Field, SQLModel, UniqueConstraint

from models.columns import UTCDateTime


class Withdrawal(SQLModel, table=True):
    """One line of the register of withdrawals (registre des retraits): someone who took one version of the dossier."""

    __table_args__ = (UniqueConstraint("ref", "version", "email", name="uq_withdrawal"),)

    id: int | None = Field(default=None, primary_key=True)
    ref: str = Field(foreign_key="procurement.ref", index=True)
    version: int
    name: str
    email: str
    company: str = ""
    taken_at: datetime = Field(sa_type=UTCDateTime)


class Rectification(SQLModel, table=True):
    """A version of the dossier that follows its publication; `completed_at` once everyone was told.

    The two dossiers are kept whole, so that an interrupted version is finished exactly as it was decided.
    """

    ref: str = Field(foreign_key="procurement.ref", primary_key=True)
    version: int = Field(primary_key=True)
    previous: int  # version of the dossier that this one replaces
    person_email: str = Field(foreign_key="person.email")
    reason: str
    digest: str = Field(
        max_length=64
    )  # of the reason and the changes asked: the same command finds its version
    answers: list[dict[str, str]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    before: dict[str, object] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    after: dict[str, object] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    fields: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    ground: str  # why the deadline moves, or does not
    due_before: datetime = Field(sa_type=UTCDateTime)
    due_at: datetime = Field(sa_type=UTCDateTime)
    is_substantial: bool = False
    decided_at: datetime = Field(sa_type=UTCDateTime)
    completed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
