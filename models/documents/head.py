"""What heads every document: who writes, about which contract, which version."""

from datetime import date

from pydantic import AwareDatetime, Field

from models.documents.parties import Signatory
from models.documents.plain import Line, Plain


class Head(Plain):
    """The common header of every piece."""

    organisation: Line
    service: Line
    group_name: Line
    address: Line
    city: Line
    email: Line
    phone: Line
    reference: Line
    title: Line = Field(description="Objet de la consultation ou du marché")
    version: int = Field(default=1, ge=1)
    dated_on: date
    on_behalf_of: list[Line] = Field(min_length=1, description="Établissements parties")
    lot: Line | None = None
    procedure: Line | None = None
    due_at: AwareDatetime | None = None


class Piece(Plain):
    """Any document: its header and who signs it."""

    head: Head
    signatory: Signatory
