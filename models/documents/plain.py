"""The ground of every document context: printable text, amounts, and models that accept nothing unknown."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from models.errors import BadInput
from models.reading.identifiers import checked_cpv, checked_siret
from models.reading.values import UNPRINTABLE

LONGEST_TEXT = 20_000


def printable(text: str) -> str:
    """Return the text with line ends written LF; `ValueError` names a character that no document can hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if found := UNPRINTABLE.search(text):
        raise ValueError(f"caractère interdit U+{ord(found[0]):04X} (position {found.start() + 1})")
    return text


def _siret(text: str) -> str:
    try:
        return checked_siret(text)
    except BadInput as error:
        raise ValueError(str(error)) from error


def _cpv(text: str) -> str:
    try:
        return checked_cpv(text)
    except BadInput as error:
        raise ValueError(str(error)) from error


def _exact(value: object) -> object:
    """Return a JSON number as the decimal that was written, never through a binary float."""
    return Decimal(repr(value)) if isinstance(value, float) else value


_stripped = StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT)
Text = Annotated[str, _stripped, AfterValidator(printable)]
Line = Annotated[Text, StringConstraints(max_length=500)]
Siret = Annotated[Line, AfterValidator(_siret)]
Cpv = Annotated[Line, AfterValidator(_cpv)]
Amount = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, lt=10**13, allow_inf_nan=False)]
Signed = Annotated[Decimal, BeforeValidator(_exact), Field(gt=-(10**13), lt=10**13, allow_inf_nan=False)]
Percent = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, le=100, allow_inf_nan=False)]


class Plain(BaseModel):
    """Data that a template may read: frozen, nothing unknown, nothing missing."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)
