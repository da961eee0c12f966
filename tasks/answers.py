"""What an answer changes besides moving on: the strategy kept, the needs, the marks and the ranking."""

import hashlib
import json
from collections.abc import Callable

from sqlmodel import Session, col, delete, select

from models import forms, ranking
from models.errors import BadInput
from models.forms import Form
from models.law.regime import Regime
from models.process import Answer
from models.procurement import Award, Decision, Item, Need, Procurement, Seat, Tender
from tasks import clock, launch, seals, strategy, tenders


def apply(session: Session, procurement: Procurement, seat: Seat, answer: Answer, form: Form) -> None:
    """Write what the answer changes, in the transaction of the decision."""
    if answer.key == "approve" and (effect := EFFECTS.get(seat.stage)):
        effect(session, procurement, seat, form)


def summary(form: dict[str, object]) -> str:
    """Return the reason or comment of a form, and the hash of the whole, for the journal."""
    said = str(form.get("motif") or form.get("observation") or "")
    digest = hashlib.sha256(json.dumps(form, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    return f"{said} [formulaire {digest[:16]}]".strip()


def written(session: Session, decision: Decision) -> str:
    """Return what the journal says of a decision: its reason, the hash of its form, its ground, what it ranked."""
    said = [summary(decision.form), decision.delegation, _ranking(session, decision)]
    return " ; ".join(filter(None, said))


def _ranking(session: Session, decision: Decision) -> str:
    """Return the hash of the ranking that the analysis made, empty for any other decision."""
    query = select(Award).where(Award.ref == decision.ref, Award.visit == decision.visit)
    if decision.stage != "analysis" or decision.answer != "approve":
        return ""
    query = query.order_by(col(Award.lot), col(Award.tender_number))
    rows = session.exec(query.execution_options(populate_existing=True)).all()  # as the database keeps them
    text = json.dumps([row.model_dump(mode="json") for row in rows], sort_keys=True, ensure_ascii=False)
    return f"classement {hashlib.sha256(text.encode()).hexdigest()}"


def reason(session: Session, procurement: Procurement) -> str:
    """Return the reason given by the last decision, empty when it gives none."""
    last = session.exec(
        select(Decision).where(Decision.ref == procurement.ref).order_by(col(Decision.id).desc())
    ).first()
    return str(last.form.get("motif", "")) if last else ""


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
