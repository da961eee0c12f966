"""Amendments of contracts (avenants, modifications): what they change, and what the law says of each. Pure."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from pydantic import BaseModel
from sqlmodel import Field, SQLModel, UniqueConstraint

from models.columns import Euros, Money, UTCDateTime
from models.contracts.register import Contract
from models.errors import BadInput
from models.law.dated import NoValue
from models.law.modification import ARTICLES, Modification, ModificationGround, judge
from models.law.need import Nature
from models.reading.values import to_cents


class ContractAmendment(SQLModel, table=True):
    """One amendment of a lot (CCP art. L. 2194-1), EUR HT.

    `amount_ht` is the change, negative when it lowers the price; `total_ht` the amount of the lot after it, as
    essential data write it. `ground` is empty where the file does not say it: essential data never do.
    """

    __tablename__ = "contract_amendment"
    __table_args__ = (
        UniqueConstraint("buyer_siret", "contract_number", "lot", "number", name="uq_contract_amendment"),
    )

    id: int | None = Field(default=None, primary_key=True)
    buyer_siret: str
    contract_number: str = Field(index=True)
    lot: int = 1
    number: int
    dated_on: date | None = None  # notified to the holder
    ground: str = ""
    subject: str = ""
    amount_ht: Decimal | None = Field(default=None, sa_type=Money)
    total_ht: Decimal | None = Field(default=None, sa_type=Money)
    new_ends_on: date | None = None
    source: str = ""
    imported_at: datetime = Field(sa_type=UTCDateTime)


class Values(NamedTuple):
    """What amendments change in a lot: its amount and its maximum (EUR HT), its last day."""

    amount_ht: Decimal | None
    maximum_ht: Decimal | None
    ends_on: date | None


class JudgedAmendment(BaseModel):
    """An amendment with what the law says of it: shares in percent of the initial amount of the lot.

    `permis` is None when it cannot be told: the ground or the initial amount is not known, or nothing is added.
    """

    numero: int
    lot: int
    notifie_le: date | None
    fondement: str
    article: str
    objet: str
    montant_ht: Euros | None
    nouveau_total_ht: Euros | None
    nouvelle_fin: date | None
    part_cumulee: Decimal | None = None
    plafond: Decimal | None = None
    permis: bool | None = None
    avis_du: bool = False
    motif: str = ""


def initial(row: Contract) -> Values:
    """Return what a lot was before its amendments."""
    if not row.amendment_count:
        return Values(row.amount_ht, row.maximum_ht, row.ends_on)
    return Values(row.initial_ht, row.initial_maximum_ht, row.initial_ends_on)


def in_order(amendments: Sequence[ContractAmendment]) -> list[ContractAmendment]:
    """Return amendments as they came: by day, then by number; those without a day last."""
    return sorted(amendments, key=lambda one: (one.dated_on or date.max, one.number))


def in_force(before: Values, amendments: Sequence[ContractAmendment]) -> Values:
    """Return what a lot is after its amendments."""
    amount, maximum, ends_on = before
    for one in in_order(amendments):
        if one.total_ht is not None:
            amount = one.total_ht
        elif one.amount_ht is not None and amount is not None:
            amount += one.amount_ht
        if one.amount_ht is not None and maximum is not None:
            maximum += one.amount_ht
        ends_on = one.new_ends_on or ends_on
    return Values(amount, maximum, ends_on)


def judged(
    before: Values, nature: str, amendments: Sequence[ContractAmendment], on: date
) -> list[JudgedAmendment]:
    """Return the amendments of a lot up to a day, each with its cumulated share and the verdict of the law.

    The shares add up all the changes of the lot; the verdict adds up those on the same ground (R. 2194-9).
    """
    base, ends_on = before.maximum_ht or before.amount_ht, before.ends_on
    done: list[JudgedAmendment] = []
    total, by_ground = Decimal(0), dict.fromkeys([*ModificationGround, ""], Decimal(0))
    for one in in_order(amendments):
        if one.dated_on is not None and one.dated_on > on:
            continue
        said = _line(one)
        if one.amount_ht:
            total += one.amount_ht
            said.part_cumulee = _share(total, base)
        if one.dated_on and ends_on and one.dated_on > ends_on:
            said.permis, said.motif = False, f"Le marché avait pris fin le {ends_on:%d/%m/%Y}."
        else:
            _judge(said, one, base, nature, by_ground[one.ground])
        by_ground[one.ground] += one.amount_ht or Decimal(0)
        ends_on = one.new_ends_on or ends_on
        done.append(said)
    return done


def _share(total: Decimal, base: Decimal | None) -> Decimal | None:
    return to_cents(total * 100 / base) if base else None


def _line(one: ContractAmendment) -> JudgedAmendment:
    return JudgedAmendment(
        numero=one.number,
        lot=one.lot,
        notifie_le=one.dated_on,
        fondement=one.ground,
        article=ARTICLES[ModificationGround(one.ground)] if one.ground else "",
        objet=one.subject,
        montant_ht=one.amount_ht,
        nouveau_total_ht=one.total_ht,
        nouvelle_fin=one.new_ends_on,
    )


def _judge(
    said: JudgedAmendment, one: ContractAmendment, base: Decimal | None, nature: str, previous: Decimal
) -> None:
    """Write the verdict on an amendment, or why there is none."""
    if not one.amount_ht:
        said.motif = "Sans effet connu sur le montant."
    elif not one.ground:
        said.motif = "Fondement à préciser (CCP art. R. 2194-1 à R. 2194-9)."
    elif not base or one.dated_on is None:
        said.motif = "Montant initial ou date inconnus : le cumul ne peut pas être vérifié."
    else:
        _apply(said, one, base, nature, previous)


def _apply(
    said: JudgedAmendment, one: ContractAmendment, base: Decimal, nature: str, previous: Decimal
) -> None:
    try:
        verdict = judge(
            Modification(
                nature=Nature(nature) if nature in list(Nature) else Nature.SUPPLIES,
                initial_ht=base,
                previous_ht=previous,
                amount_ht=one.amount_ht or Decimal(0),
                ground=ModificationGround(one.ground),
                on=one.dated_on or date.min,
            )
        )
    except (NoValue, BadInput) as error:
        said.motif = str(error)
        return
    said.permis, said.motif = verdict.allowed, verdict.reason
    said.plafond, said.avis_du = verdict.ceiling, verdict.notice_due
