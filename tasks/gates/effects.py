"""What an answer changes besides moving on: the strategy kept, the needs, the marks and the ranking."""

from collections.abc import Callable

from sqlmodel import Session, col, delete, select

from models.award import ranking
from models.errors import BadInput
from models.law.regime import Regime
from models.process import forms
from models.process.forms import Form
from models.process.procurement import Award, Item, Need, Procurement, Seat, Tender
from models.process.table import Answer
from tasks import clock
from tasks.preparation import launch, strategy
from tasks.tendering import seals, tenders


def apply(session: Session, procurement: Procurement, seat: Seat, answer: Answer, form: Form) -> None:
    """Write what the answer changes, in the transaction of the decision."""
    if answer.key == "approve" and (effect := EFFECTS.get(seat.stage)):
        effect(session, procurement, seat, form)


def _keep_strategy(session: Session, procurement: Procurement, seat: Seat, form: Form) -> None:
    assert isinstance(form, forms.Strategy)
    kept = strategy.completed(session, procurement, form)
    procurement.strategy = kept.model_dump(mode="json", by_alias=True)
    launch.estimate_regime(session, procurement)
    regime = Regime.model_validate(procurement.regime)
    strategy.check_law(kept, procurement, regime)
    session.exec(delete(Item).where(col(Item.ref) == procurement.ref))
    session.add_all(
        Item(ref=procurement.ref, rank=rank, **item.model_dump())
        for rank, item in enumerate(kept.items, start=1)
    )


def _keep_needs(session: Session, procurement: Procurement, seat: Seat, form: Form) -> None:
    assert isinstance(form, forms.Needs)
    codes = list(session.exec(select(Item.code).where(Item.ref == procurement.ref).order_by(col(Item.rank))))
    unknown = sorted(set(form.quantities) - set(codes))
    if unknown:
        raise BadInput(f"Article inconnu : {', '.join(unknown)}. Articles de l'achat : {', '.join(codes)}.")
    if form.opportunity and not any(form.quantities.values()):
        raise BadInput(
            "Besoins : donnez au moins une quantité annuelle, ou dites que l'achat n'est pas opportun.",
            at_command=(
                "En ligne de commande : --champ quantites.CODE=NOMBRE, ou --champ opportunite=non. "
                f"Articles : {', '.join(codes)}."
            ),
        )
    for code in codes:
        session.merge(
            Need(
                ref=procurement.ref,
                item_code=code,
                establishment_siret=seat.establishment_siret or "",
                yearly_quantity=str(form.quantities.get(code, 0) if form.opportunity else 0),
            )
        )


def _launch(session: Session, procurement: Procurement, seat: Seat, form: Form) -> None:
    launch.check_regime(procurement)


def _open_tenders(session: Session, procurement: Procurement, seat: Seat, form: Form) -> None:
    on_time = select(Tender).where(Tender.ref == procurement.ref, col(Tender.is_late).is_(False))
    if session.exec(on_time).first() is None:
        raise BadInput(
            "Aucune offre n'a été reçue dans le délai : répondez « Infructueux » avec un motif.",
            at_command=ranking.UNSUCCESSFUL,
        )
    seals.open_tenders(session, procurement)


def _keep_analysis(session: Session, procurement: Procurement, seat: Seat, form: Form) -> None:
    assert isinstance(form, forms.Analysis)
    kept = forms.Strategy.model_validate(procurement.strategy)
    results = ranking.rank(kept, tenders.priced(session, procurement), form)
    session.add_all(
        Award(ref=procurement.ref, visit=procurement.visit, **result.model_dump(mode="python"))
        for result in results
    )


def _sign(session: Session, procurement: Procurement, seat: Seat, form: Form) -> None:
    procurement.signed_on = clock.today()


EFFECTS: dict[str, Callable[[Session, Procurement, Seat, Form], None]] = {
    "strategy": _keep_strategy,
    "needs": _keep_needs,
    "dce_approval": _launch,
    "opening": _open_tenders,
    "analysis": _keep_analysis,
    "contract_signature": _sign,
}
