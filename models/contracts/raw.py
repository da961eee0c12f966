"""A contract as files write it, every cell as text. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from pydantic import BaseModel

from models.errors import BadInput
from models.reading.figures import Convention, parse_amount, to_cents


class RawHolder(BaseModel):
    """A holder as written: name and identifier, of any kind."""

    name: str = ""
    identifier: str = ""
    kind: str = ""  # of the identifier, as the file says it


class RawChange(BaseModel):
    """A modification as essential data write it: the amount and the duration after it, of the whole contract."""

    number: str = ""
    notified: str = ""
    amount: str = ""
    months: str = ""


class RawContract(BaseModel):
    """A contract as written, every cell as text; `line` is the line, or the rank in a JSON file."""

    line: int
    number: str = ""
    lot: str = ""
    objet: str = ""
    family: str = ""
    cpv: str = ""
    nature: str = ""
    procedure: str = ""
    buyer: str = ""
    holders: list[RawHolder] = []
    changes: list[RawChange] = []
    amount: str = ""
    minimum: str = ""
    maximum: str = ""
    notified: str = ""
    starts: str = ""
    ends: str = ""
    months: str = ""
    published: str = ""
    notes: list[str] = []  # what reading the file had to say of it


def raw_amount(raw: RawContract, conventions: Sequence[Convention] = ()) -> Decimal:
    """Return the amount as the file gives it (EUR), zero when it cannot be read."""
    try:
        return to_cents(parse_amount(raw.amount, conventions=conventions))
    except BadInput:
        return Decimal("0.00")
