"""Escalation as data: per risk and level, who is told, by which channel, and after how long it climbs."""

import tomllib
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlmodel import JSON, Column, SQLModel
from sqlmodel import Field as SqlField

from models.columns import UTCDateTime, words
from models.errors import BadInput
from models.organisation.file import Entry
from models.organisation.group import Role
from models.reading.form_faults import checked
from models.reading.toml_faults import faults_of
from models.risks.register import Level, Risk, RiskKind

DEFAULT = Path(__file__).parent.parent / "risk_rules" / "escalade.toml"
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


def _told(value: object) -> str:
    """Return who is told, or refuse a word that is neither a role nor the owner of the risk."""
    if value not in (OWNER, *Role):
        raise BadInput(f"rôle « {value} » inconnu (possibles : {OWNER}, {', '.join(Role)})")
    return str(value)


class LadderStep(Part):
    """One degree: after so many hours without acknowledgement, these roles, by this channel."""

    after_hours: int = Field(alias="apres_heures", ge=0, le=24 * 365)
    roles: tuple[Annotated[Role | Literal["responsable"], checked(_told)], ...]
    channel: Channel = Field(default=Channel.MAIL, alias="canal")

    @model_validator(mode="after")
    def _tells_someone(self) -> Self:
        if not self.roles:
            raise BadInput("« roles » est vide")
        return self


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

    def with_overrides(self, ladders: Sequence[Ladder]) -> "Policy":
        """Return the policy with rules that come before its own."""
        return self.model_copy(update={"ladders": (*ladders, *self.ladders)})

    def ladder_of(self, risk: Risk) -> Ladder | None:
        """Return the first ladder that fits a risk, None when nobody is to be told."""
        return next((ladder for ladder in self.ladders if ladder.fits(risk)), None)


class EscalationEntry(Entry):
    """`[[escalades]]` of the organisation file: the group's own degrees for one kind of risk at some levels.

    Without `vital`, what is vital keeps its rule; without degrees, the rule of the policy comes back.
    """

    nature: RiskKind
    niveaux: list[Level] = Field(min_length=1)
    vital: bool = False
    etapes: list[LadderStep] = []

    @model_validator(mode="after")
    def _climbs(self) -> Self:
        hours = [one.after_hours for one in self.etapes]
        if self.vital and self.nature is not RiskKind.STOCK_OUT:
            raise BadInput(f"« vital » ne vaut que pour la nature {RiskKind.STOCK_OUT}")
        if Level.GREEN in self.niveaux:
            raise BadInput("le niveau vert n'alerte personne : orange, rouge ou noir")
        if any(later <= sooner for sooner, later in pairwise(hours)):
            raise BadInput("« apres_heures » doit augmenter d'une étape à la suivante")
        return self


class EscalationOverride(SQLModel, table=True):
    """The degrees that the organisation gives to one kind of risk at one level, before any other rule."""

    __tablename__ = "escalation_override"

    kind: RiskKind = SqlField(primary_key=True, sa_type=words(RiskKind))
    level: Level = SqlField(primary_key=True, sa_type=words(Level))
    is_vital: bool = SqlField(default=False, primary_key=True)
    steps: list[dict[str, object]] = SqlField(default_factory=list, sa_column=Column(JSON, nullable=False))

    @property
    def ladder(self) -> Ladder:
        """Return the degrees as a rule of the policy."""
        return Ladder.model_validate(
            {"nature": self.kind, "niveaux": [self.level], "vital": self.is_vital, "etapes": self.steps}
        )


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
