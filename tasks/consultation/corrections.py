"""Writing the corrections of a published dossier in the rows of the purchase, each with its line of the journal."""

from decimal import Decimal

from pydantic import ValidationError
from sqlmodel import Session, col, select

from models.consultation.corrections import Corrections, corrected
from models.errors import BadInput
from models.journal import Fact
from models.law.regime import Regime
from models.process.forms import Criterion, Strategy
from models.process.procurement import Item, Need, Procurement
from models.reading.form_faults import faults_of
from tasks import clock, journal
from tasks.documents.french import number
from tasks.organisation import people
from tasks.preparation import strategy


class Pen:
    """Writes the journal lines of one correction, in one transaction, in the name of one person."""

    def __init__(self, session: Session, ref: str, actor: str) -> None:
        self.session, self.ref, self.actor = session, ref, actor

    def note(self, subject: str, before: str | None, after: str | None, reason: str = "") -> None:
        """Write what changed, unless nothing did."""
        if before != after:
            entry = journal.Entry(
                fact=Fact.RECTIFIED,
                ref=self.ref,
                actor=self.actor,
                subject=subject,
                before=before,
                after=after,
                reason=reason,
            )
            journal.write(self.session, entry)


def apply(procurement: Procurement, asked: Corrections, pen: Pen) -> None:
    """Write the corrections; `BadInput` names what is unknown, incomplete or against the law, and nothing is kept."""
    old = Strategy.model_validate(procurement.strategy)
    new = _checked(corrected(old, asked))
    strategy.check_law(new, procurement, Regime.model_validate(procurement.regime))
    procurement.strategy = new.model_dump(mode="json", by_alias=True)
    pen.session.add(procurement)
    for was, now in zip(old.lots, new.lots, strict=True):
        pen.note(f"lot {now.number}", was.label, now.label)
    pen.note("critères", _criteria(old.criteria), _criteria(new.criteria))
    _write_items(new, pen)
    _write_needs(asked, pen)


def _checked(values: Strategy) -> Strategy:
    try:
        return Strategy.model_validate(values.model_dump(by_alias=True))
    except ValidationError as error:
        raise BadInput(f"Rectification, {faults_of(error, 'critères')}.") from error


def _criteria(criteria: list[Criterion]) -> str:
    return " ; ".join(f"{one.label} {one.weight} %" for one in criteria)


def _write_items(new: Strategy, pen: Pen) -> None:
    rows = {row.code: row for row in pen.session.exec(select(Item).where(Item.ref == pen.ref))}
    labels = {lot.number: lot.label for lot in new.lots}
    for rank, item in enumerate(new.items, start=1):
        row = rows.pop(item.code, None)
        before = _said(row) if row else None
        row = row or Item(ref=pen.ref, code=item.code, label="", unit="")
        row.label, row.unit, row.lot, row.rank = item.label, item.unit, item.lot, rank
        row.lot_label = labels[item.lot] if row.lot_label else ""
        pen.session.add(row)
        pen.note(f"article {item.code}", before, _said(row))
    for row in rows.values():
        for need in pen.session.exec(select(Need).where(Need.ref == pen.ref, Need.item_code == row.code)):
            pen.session.delete(need)
        pen.note(f"article {row.code}", _said(row), None)
        pen.session.delete(row)
    pen.session.flush()


def _said(row: Item) -> str:
    return f"{row.label} ({row.unit}), lot {row.lot}"


def _write_needs(asked: Corrections, pen: Pen) -> None:
    codes = set(pen.session.exec(select(Item.code).where(Item.ref == pen.ref)))
    houses = {
        name: house
        for house in people.establishments(pen.session, clock.today())
        for name in (house.siret, house.finess)
        if name
    }
    for name, quantities in asked.quantities.items():
        if name not in houses:
            raise BadInput(f"Établissement « {name} » inconnu : donnez son SIRET ou son FINESS.")
        if unknown := sorted(quantities.keys() - codes):
            raise BadInput(f"Quantités, article inconnu : {', '.join(unknown)}.")
        house = houses[name]
        for code, quantity in quantities.items():
            _write_need(
                pen,
                Need(
                    ref=pen.ref,
                    item_code=code,
                    establishment_siret=house.siret,
                    yearly_quantity=str(quantity),
                ),
                house.name,
            )
    _check_wanted(pen, [item.code for item in asked.items.added])


def _write_need(pen: Pen, need: Need, house: str) -> None:
    key = (need.ref, need.item_code, need.establishment_siret)
    known = pen.session.get(Need, key)
    pen.note(
        f"quantité {need.item_code}, {house}",
        number(known.quantity) if known else None,
        number(need.quantity),
    )
    pen.session.merge(need)
    pen.session.flush()


def _check_wanted(pen: Pen, added: list[str]) -> None:
    """Refuse an added item that nobody asks for."""
    for code in added:
        needs = pen.session.exec(select(Need).where(Need.ref == pen.ref, col(Need.item_code) == code)).all()
        if not sum((need.quantity for need in needs), Decimal(0)):
            raise BadInput(f"Article {code} ajouté : donnez au moins une quantité annuelle (quantites).")
