"""The content that each purchasing family brings: pieces asked, criteria, and a complete example."""

import tomllib
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from functools import lru_cache
from typing import Final, Literal, get_args

from pydantic import Field

from models.documents.consultation import Requested
from models.documents.dossier import Calendar, Ccag, Conditions, Dossier, Family
from models.documents.legal_sources import legal_frame
from models.documents.parties import Address, Buyer, Member, Signatory, Site
from models.documents.plain import Amount, Cpv, Line, Percent, Plain, Siret, Text
from models.documents.purchase import Criterion, Duration, Index, Item, Lot, Price, Quantity, Revision
from models.errors import BadInput
from tasks.documents.french import typography
from tasks.settings import ROOT

YEARLY_CAP: Final = Decimal(5)  # safeguard proposed by the product, in percent: a choice of the buyer
FAMILIES: Final = ROOT / "templates" / "dce" / "families"
FAMILY_NAMES: Final[tuple[str, ...]] = get_args(Family)


class ExampleLot(Plain):
    """A lot of an example; quantities are shared among the members."""

    title: Line
    cpv: Cpv
    description: Text
    pricing: Literal["unitaire", "forfait"] = "unitaire"
    estimate: Amount
    minimum: Amount | None = None
    maximum: Amount | None = None
    items: list[tuple[Line, Text, Amount]]


class Example(Plain):
    """What an example of the family adds to the fictional group."""

    title: Line
    description: Text
    nature: Literal["fournitures", "services", "travaux"]
    form: Literal["marche", "accord_cadre"]
    ccag: Ccag
    delivery_days: int
    urgent_hours: int | None = None
    guarantee_rate: Percent | None = None
    single_lot_reason: Text | None = None
    samples: Text | None = None
    site_visit: Text | None = None
    subcontracting: bool = False
    personal_data: bool = False
    environmental_clause: Text
    social_clause: Text | None = None
    unit: Line
    vat: Percent
    months: int = 24
    renewals: int = 2
    period: Line = "annuelle"
    price: Literal["ferme", "revisable"] = "revisable"
    lots: list[ExampleLot]
    indices: list[Index] = []


class FamilyContent(Plain):
    """A family: its French label, the pieces it asks, its criteria, its example."""

    label: Line
    requested: list[Requested] = []
    criteria: list[Criterion]
    example: Example


class ExampleMember(Plain):
    """A member of the fictional group, with its share of the quantities."""

    code: Line
    name: Line
    siret: Siret
    share: Percent
    address: Address
    sites: list[Site]


class Group(Plain):
    """The fictional group of the examples."""

    reference: Line
    dated_on: date
    platform: Line
    validity_days: int
    launched_on: date
    questions_until: datetime
    offers_due_at: datetime
    base_month: Line
    buyer: Buyer
    members: list[ExampleMember] = Field(min_length=1)
    signatory: Signatory


def read_content(name: str) -> dict[str, object]:
    """Return a content file of the product, its texts in French typography."""
    raw = tomllib.loads((FAMILIES / f"{name}.toml").read_text(encoding="utf-8"), parse_float=Decimal)
    return {key: polished(value) for key, value in raw.items()}


def polished(value: object) -> object:
    """Return plain data with every text in French typography."""
    if isinstance(value, str):
        return typography(value)
    if isinstance(value, list):
        return [polished(one) for one in value]
    if isinstance(value, dict):
        return {key: polished(one) for key, one in value.items()}
    return value


@lru_cache(maxsize=16)
def family_content(family: str) -> FamilyContent:
    """Return the content of a family, or raise `BadInput` with the list of the families."""
    if family not in FAMILY_NAMES:
        raise BadInput(f"Famille « {family} » inconnue. Familles possibles : {', '.join(FAMILY_NAMES)}.")
    return FamilyContent.model_validate(read_content(family))


def requested_for(family: str) -> list[Requested]:
    """Return the pieces asked from the candidates: those of every consultation, then those of the family."""
    shared = [Requested.model_validate(piece) for piece in _pieces()]
    return shared + family_content(family).requested


def _pieces() -> list[object]:
    pieces = read_content("commun")["requested"]
    return list(pieces) if isinstance(pieces, list) else []


def social_clause() -> str:
    """Return the social condition of a family that describes none, where the law asks for one (L. 2112-2-1)."""
    return str(read_content("commun")["social_clause"])


def example(family: str) -> Dossier:
    """Return a complete dossier of the fictional group for a family, under the law of its launch day."""
    content, group = family_content(family), Group.model_validate(read_content("exemple"))
    given = content.example
    lots = [_lot(rank, lot, given, group) for rank, lot in enumerate(given.lots, start=1)]
    amount = sum((lot.maximum or lot.estimate for lot in lots), Decimal(0))
    bases = [(lot.minimum or Decimal(0)) if lot.maximum else lot.estimate for lot in lots]
    legal = legal_frame(
        group.launched_on, given.nature, amount, advance_base=max(bases), months=_duration(given).total_months
    )
    return Dossier.model_validate(
        {
            "reference": group.reference,
            "title": given.title,
            "description": given.description,
            "family": family,
            "nature": given.nature,
            "form": given.form,
            "single_lot_reason": given.single_lot_reason,
            "dated_on": group.dated_on,
            "buyer": group.buyer,
            "members": [Member.model_validate(m.model_dump(exclude={"share"})) for m in group.members],
            "lots": lots,
            "price": price_of(given, group.base_month),
            "duration": _duration(given),
            "criteria": content.criteria,
            "negotiation": legal.procedure in ("mapa", "gre_a_gre"),
            "calendar": _calendar(group),
            "platform": group.platform,
            "conditions": Conditions.model_validate(given.model_dump(include=set(Conditions.model_fields))),
            "signatory": group.signatory,
            "legal": legal,
        }
    )


def _calendar(group: Group) -> Calendar:
    return Calendar.model_validate(group.model_dump(include=set(Calendar.model_fields)))


def _duration(given: Example) -> Duration:
    return Duration(months=given.months, renewals=given.renewals, renewal_months=12 if given.renewals else 0)


def price_of(given: Example, base_month: str) -> Price:
    """Return the form of the price usual in a family, its indices frozen at a month (« novembre 2026 »)."""
    if given.price == "ferme" or not given.indices:
        return Price(form="ferme")
    revision = Revision(
        fixed_share=100 - sum((index.share for index in given.indices), Decimal(0)),
        indices=given.indices,
        base_month=base_month,
        period=f"{given.period}, à la date anniversaire" if given.period == "annuelle" else given.period,
        cap=YEARLY_CAP,
    )
    return Price(form="revisable", revision=revision)


def _lot(number: int, lot: ExampleLot, given: Example, group: Group) -> Lot:
    items = [
        Item(code=code, label=label, unit=given.unit, vat=given.vat, quantities=_quantities(total, group))
        for code, label, total in lot.items
    ]
    return Lot(number=number, **lot.model_dump(exclude={"items"}), items=items)


def _quantities(total: Decimal, group: Group) -> list[Quantity]:
    """Share a yearly quantity among the members; the first takes what the rounding leaves."""
    if total == 1:
        return [Quantity(member=group.members[0].code, yearly=total)]
    parts = [(total * m.share / 100).quantize(Decimal(1), rounding=ROUND_DOWN) for m in group.members]
    parts[0] += total - sum(parts, Decimal(0))
    return [Quantity(member=m.code, yearly=part) for m, part in zip(group.members, parts, strict=True)]
