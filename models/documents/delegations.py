"""The contexts of the papers that follow a delegation of signature: its publication, its transmission."""

from datetime import date

from pydantic import Field

from models.documents.head import Piece
from models.documents.passing import Delegated
from models.documents.plain import Line, Text


class DelegationPaper(Piece):
    """What every paper says of the delegation (CSP art. D. 6143-34)."""

    number: Line
    delegate: Line
    delegate_function: Line
    decided_on: date
    valid_from: date
    valid_until: date | None = None


class DelegationPublication(DelegationPaper):
    """Record of the publication and of the other formalities (CSP art. D. 6143-35)."""

    published_on: date
    published_where: Line = Field(description="Moyen qui rend la décision consultable")
    notified_on: date | None = None
    transmitted_council_on: date | None = None
    transmitted_accountant_on: date | None = None
    specimen_on: date | None = None


class DelegationLetter(DelegationPaper):
    """Letter that sends the delegation and the specimen to the accountant (comptable public)."""

    accountant: Line
    acts: list[Delegated] = Field(min_length=1)
    establishments: list[Line] = Field(min_length=1)
    families: list[Line] = []
    published_on: date | None = None
    reserves: Text | None = None
