"""Declarations of interests: whether the group makes them a duty before the opening of tenders.

Everyone able to influence a procedure without being impartial is in conflict of interest (CCP art. L. 2141-10).
"""

from enum import StrEnum

from sqlmodel import Field, SQLModel

from models.columns import words


class Duty(StrEnum):
    """What the group asks of those who take part, `[conflits] declaration` of the organisation file."""

    REQUIRED = "obligatoire"
    OPTIONAL = "facultative"


class Interests(StrEnum):
    """What a person declares for one procurement."""

    NONE = "neant"
    CONFLICT = "conflit"


class ConflictPolicy(SQLModel, table=True):
    """Whether a declaration is due from everyone who takes part; one row."""

    __tablename__ = "conflict_policy"

    id: int = Field(default=1, primary_key=True)
    duty: Duty = Field(default=Duty.OPTIONAL, sa_type=words(Duty))
