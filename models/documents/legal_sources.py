"""The legal frame of a consultation, taken from the dated figures of `models.law`."""

from datetime import date
from decimal import Decimal
from typing import Literal

from models.documents.legal import LegalFrame, PenaltyRule, ProcedureKind


def legal_frame(
    day: date,
    nature: Literal["fournitures", "services", "travaux"],
    amount: Decimal,
    *,
    procedure: ProcedureKind | None = None,
) -> LegalFrame:
    """Return the frame for a need of that amount (EUR HT) launched that day."""
    raise NotImplementedError((day, nature, amount, procedure, PenaltyRule))
