"""A tender (offre) as its file gives it, and as the analysis prices it."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from models.columns import Euros
from models.process.forms import Text
from models.reading.form_faults import checked
from models.reading.identifiers import checked_candidate
from models.reading.values import cleaned, one_line, parse_amount

MOST_LOTS = 500
MOST_PRICES = 5_000  # of one lot: the whole catalogue of a hospital's pharmacy


def _price(value: object) -> Decimal:
    price = parse_amount(value, "prix unitaire")
    if price < 0:
        raise ValueError(f"prix négatif : {value}")
    return price


Line = Annotated[str, AfterValidator(one_line)]


class TenderPart(BaseModel):
    """The closed form that all parts of a tender share."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    _clean = model_validator(mode="before")(cleaned)


class Tenderer(TenderPart):
    """Who tenders (candidat)."""

    name: Annotated[Text, AfterValidator(one_line)] = Field(alias="nom")
    siret: Annotated[str, checked(checked_candidate)]  # or the number of a company that has none
    email: str = Field(default="", alias="courriel", max_length=254)
    street: Line = Field(default="", alias="adresse", max_length=200)
    postal_code: str = Field(default="", alias="code_postal", max_length=12)
    city: Line = Field(default="", alias="ville", max_length=100)
    representative: Line = Field(default="", alias="representant", max_length=200)
    is_sme: bool = Field(default=False, alias="pme")


class LotTender(TenderPart):
    """The prices offered on one lot: unit price EUR HT by item code."""

    lot: int = Field(default=1, ge=1, le=9999)
    prices: dict[Annotated[str, Field(max_length=200)], Annotated[Euros, checked(_price)]] = Field(
        alias="prix", min_length=1, max_length=MOST_PRICES
    )


class TenderFile(TenderPart):
    """The file of a tender, as `achats offre deposer` reads it."""

    tenderer: Tenderer = Field(alias="candidat")
    lots: list[LotTender] = Field(min_length=1, max_length=MOST_LOTS)
    comment: str = Field(default="", alias="commentaire", max_length=4000)


class LotNamed(BaseModel):
    """A lot tendered for, without its prices."""

    lot: int = 1


class Envelope(BaseModel):
    """What is known of a tender before its opening: who tenders, and for which lots; the rest is left out."""

    tenderer: Tenderer = Field(alias="candidat")
    lots: list[LotNamed]


class Deposited(BaseModel):
    """A tender as the register of deposits knows it: its number, who tenders, for which lots, in time or not."""

    number: int
    siret: str
    lots: list[int]
    is_late: bool


def replacements(deposits: list[Deposited]) -> dict[int, dict[int, int]]:
    """Return, for each tender that a later one of the same candidate replaces, the number of that one by lot.

    Only the last tender received in time is opened (CCP art. R. 2151-6): a late one replaces nothing, and one that
    leaves a lot out leaves the former tender on that lot.
    """
    last: dict[tuple[str, int], int] = {}
    on_time = [one for one in deposits if not one.is_late]
    for one in sorted(on_time, key=lambda one: one.number):
        last.update({(one.siret, lot): one.number for lot in one.lots})
    found = {
        one.number: {lot: last[one.siret, lot] for lot in one.lots if last[one.siret, lot] != one.number}
        for one in on_time
    }
    return {number: by_lot for number, by_lot in found.items() if by_lot}


class PricedLot(BaseModel):
    """One tender on one lot with its comparison amount: unit prices × yearly quantities × years, EUR HT."""

    number: int
    supplier: str
    lot: int
    amount_ht: Decimal
    missing: list[str] = []  # items of the lot left without a price
