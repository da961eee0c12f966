"""Dated legal figures: one TOML file per figure, each value with its day, text, source and status.

>>> from datetime import date
>>> value("seuil_fournitures_services", on=date(2025, 12, 31))
Decimal('221000')
>>> value("seuil_fournitures_services", on=date(2026, 1, 1))
Decimal('216000')

A day before the first value raises `NoValueYet`, a day after a value that ended raises `ValueEnded`: nothing
returns zero. The folder is replaceable: `reading_from(folder)` reads another one, without a line of Python.
"""

import tomllib
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError, model_validator

from models.errors import BadInput, Refused

FOLDER = Path(__file__).parent / "parameters"


class NoValue(Refused):
    """No value of a legal figure is known on that day."""


class NoValueYet(NoValue):
    """The day comes before the first value that is known."""


class ValueEnded(NoValue):
    """The last value ended and the next one has not been entered."""


class Status(StrEnum):
    """How sure a figure is: read in its source, recalled and to be checked, or a local habit."""

    VERIFIED = "verified"
    RECALLED = "recalled"
    PROPOSITION = "proposition"

    @property
    def label(self) -> str:
        """The status in French words."""
        return {"verified": "vérifié", "recalled": "rappelé, à confirmer", "proposition": "proposition"}[self]


class Frozen(BaseModel):
    """A value object: immutable, and closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Value(Frozen):
    """One value of a figure, from a day (included) to the next value or to `until` (included)."""

    effective: date = Field(alias="from")
    until: date | None = None
    value: StrictBool | Decimal
    reference: str = Field(min_length=1)
    source: str = Field(min_length=1)
    status: Status
    note: str = ""


class Figure(Frozen):
    """One figure of the law or of the organisation, with all its dated values."""

    name: str
    description: str
    unit: str
    article: str
    last_verified: date | None = None
    values: tuple[Value, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for earlier, later in zip(self.values, self.values[1:], strict=False):
            if later.effective <= (earlier.until or earlier.effective):
                raise ValueError(f"valeurs qui se chevauchent au {later.effective}")
        return self

    @cached_property
    def starts(self) -> list[date]:
        """The first day of each value, in order."""
        return [v.effective for v in self.values]

    @property
    def lasts(self) -> list[date | None]:
        """The last day of each value, in order; None for a value that still holds."""
        nexts = [v.effective - timedelta(days=1) for v in self.values[1:]]
        return [v.until or last for v, last in zip(self.values, [*nexts, None], strict=True)]

    def at(self, on: date) -> Value:
        """Return the value in force on that day, or raise `NoValueYet` or `ValueEnded`."""
        rank = bisect_right(self.starts, on)
        if rank == 0:
            raise NoValueYet(
                f"« {self.description} » n'a pas de valeur connue au {on:%d/%m/%Y} : "
                f"la première commence le {self.values[0].effective:%d/%m/%Y}."
            )
        found = self.values[rank - 1]
        if found.until and on > found.until:
            raise ValueEnded(
                f"« {self.description} » n'a plus de valeur connue depuis le {found.until:%d/%m/%Y} : "
                f"complétez le fichier {self.name}.toml pour le {on:%d/%m/%Y}."
            )
        return found


@cache
def read_figures(folder: Path) -> dict[str, Figure]:
    """Return every figure of a folder by name (the stem of its file); a wrong file raises `BadInput`."""
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise BadInput(f"Aucun paramètre légal dans le dossier {folder}.")
    return {path.stem: _read(path) for path in paths}


def _read(path: Path) -> Figure:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        return Figure(name=path.stem, **content)
    except (tomllib.TOMLDecodeError, ValidationError, UnicodeDecodeError, TypeError) as error:
        raise BadInput(f"Paramètre légal illisible, {path.name} : {error}") from error


_folder: ContextVar[Path] = ContextVar("law_parameters", default=FOLDER)


@contextmanager
def reading_from(folder: Path) -> Iterator[None]:
    """Read the figures of another folder for as long as the block lasts."""
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)


def current_folder() -> Path:
    """Return the folder that figures are read from."""
    return _folder.get()


def figures() -> tuple[Figure, ...]:
    """Return every figure in force, by name."""
    return tuple(read_figures(_folder.get()).values())


def dated(name: str, *, on: date) -> Value:
    """Return the value of a figure on a day, with its reference, source and status."""
    return _figure(name).at(on)


def article_of(name: str) -> str:
    """Return the article that a figure comes from."""
    return _figure(name).article


def _figure(name: str) -> Figure:
    found = read_figures(_folder.get()).get(name)
    if found is None:
        raise BadInput(f"Paramètre légal inconnu : {name}.")
    return found


def value(name: str, *, on: date) -> Decimal:
    """Return the number in force on a day, in the unit of the figure."""
    return Decimal(dated(name, on=on).value)


def days(name: str, *, on: date) -> int:
    """Return a number of days, months or years in force on a day."""
    return int(value(name, on=on))


def flag(name: str, *, on: date) -> bool:
    """Return whether an obligation or permission is in force on a day."""
    return bool(dated(name, on=on).value)


class Used(Frozen):
    """One figure that a decision used, with the day its value took effect and how sure it is."""

    parameter: str
    value: StrictBool | Decimal
    effective: date
    status: Status = Status.RECALLED


class Ground(Frozen):
    """Why: the article, what it says here, and how sure the figure behind it is."""

    article: str
    text: str
    status: Status


class Law:
    """The law on one day, remembering which values were looked up."""

    def __init__(self, on: date) -> None:
        self.on = on
        self._used: dict[str, Used] = {}

    def _look_up(self, name: str) -> Value:
        found = dated(name, on=self.on)
        self._used[name] = Used(
            parameter=name, value=found.value, effective=found.effective, status=found.status
        )
        return found

    def value(self, name: str) -> Decimal:
        """Return the number of a figure."""
        return Decimal(self._look_up(name).value)

    def days(self, name: str) -> int:
        """Return a number of days, months or years."""
        return int(self.value(name))

    def flag(self, name: str) -> bool:
        """Return whether an obligation or permission is in force."""
        return bool(self._look_up(name).value)

    def ground(self, name: str, text: str) -> Ground:
        """Return the ground that a figure gives to a decision."""
        return Ground(article=article_of(name), text=text, status=self._look_up(name).status)

    @property
    def used(self) -> tuple[Used, ...]:
        """The figures looked up so far, by name."""
        return tuple(self._used[name] for name in sorted(self._used))
