"""Escalation as data: per risk and level, who is told, by which channel, and after how long it climbs."""

import tomllib
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlmodel import JSON, Column, SQLModel
from sqlmodel import Field as SqlField

from models.columns import UTCDateTime
from models.errors import BadInput
from models.organisation import Role
from models.risks import Level, Risk, RiskKind
from models.toml_faults import faults_of

DEFAULT = Path(__file__).parent / "risk_rules" / "escalade.toml"
OWNER = "responsable"
SATURDAY = 5


class Channel(StrEnum):
    """How people are told."""

    MAIL = "courriel"
    CALL = "appel"
    BOARD = "tableau"


class Part(BaseModel):
    """A part of the policy: closed, read by its French names."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, frozen=True)


class LadderStep(Part):
    """One degree: after so many hours without acknowledgement, these roles, by this channel."""

    after_hours: int = Field(alias="apres_heures", ge=0, le=24 * 365)
    roles: tuple[Role | Literal["responsable"], ...] = Field(min_length=1)
    channel: Channel = Field(default=Channel.MAIL, alias="canal")


class Ladder(Part):
    """The degrees of one kind of risk at some levels."""

    kind: RiskKind = Field(alias="nature")
    levels: tuple[Level, ...] = Field(alias="niveaux", min_length=1)
    is_vital: bool | None = Field(default=None, alias="vital")
    steps: tuple[LadderStep, ...] = Field(alias="etapes", min_length=1)

    def fits(self, risk: Risk) -> bool:
        """Return whether the ladder is that of a risk."""
        return self.kind is risk.kind and risk.level in self.levels and self.is_vital in (None, risk.is_vital)


class QuietHours(Part):
    """When nobody is disturbed except for what is vital: hours of Paris, and the week-end."""

    start: int = Field(default=20, alias="debut", ge=0, le=23)
    end: int = Field(default=7, alias="fin", ge=0, le=23)
    weekend: bool = Field(default=True, alias="fin_de_semaine")

    def hold(self, at: datetime) -> bool:
        """Return whether an instant, in Paris, is quiet."""
        if self.weekend and at.weekday() >= SATURDAY:
            return True
        if self.start > self.end:
            return at.hour >= self.start or at.hour < self.end
        return self.start <= at.hour < self.end


class Policy(Part):
    """The whole policy."""

    quiet: QuietHours = Field(default=QuietHours(), alias="heures_calmes")
    ladders: tuple[Ladder, ...] = Field(alias="regles", min_length=1)

    def ladder_of(self, risk: Risk) -> Ladder | None:
        """Return the first ladder that fits a risk, None when nobody is to be told."""
        return next((ladder for ladder in self.ladders if ladder.fits(risk)), None)


class EscalationPolicy(SQLModel, table=True):
    """The policy that the group imported; without it, the one of the product."""

    __tablename__ = "escalation_policy"

    id: int = SqlField(default=1, primary_key=True)
    content: dict[str, object] = SqlField(default_factory=dict, sa_column=Column(JSON, nullable=False))
    imported_at: datetime = SqlField(sa_type=UTCDateTime)


def read_policy(text: str, name: str) -> Policy:
    """Return the policy of a TOML text, or raise `BadInput` naming every fault."""
    try:
        return Policy.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"Le fichier {name} n'est pas du TOML : {error}.") from error
    except ValidationError as error:
        raise BadInput(f"Le fichier {name} : {' ; '.join(faults_of(error))}.") from error


@cache
def default_policy() -> Policy:
    """Return the policy of the product."""
    return read_policy(DEFAULT.read_text(encoding="utf-8"), DEFAULT.name)


def due_at(risk: Risk, step: LadderStep) -> datetime:
    """Return the instant at which a risk reaches a degree."""
    return risk.level_since + timedelta(hours=step.after_hours)
