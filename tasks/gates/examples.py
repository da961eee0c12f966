"""Forms filled for « approve », to be corrected and given back: what each gate expects, shown on the real purchase."""

from decimal import Decimal

from sqlmodel import Session, col, select

from models.award.ranking import PRICE_KINDS
from models.process.forms import Analysis, Criterion, Needs, Strategy
from models.process.procurement import Item, Procurement
from tasks.preparation import strategy
from tasks.tendering import tenders


def example(session: Session, procurement: Procurement) -> dict[str, object]:
    """Return a form filled for « approve » at the present gate: to be corrected, then given with `--fichier`."""
    if procurement.stage == "strategy":
        filled = strategy.completed(session, procurement, Strategy())
        return filled.model_dump(mode="json", by_alias=True)
    if procurement.stage == "needs":
        codes = session.exec(select(Item.code).where(Item.ref == procurement.ref).order_by(col(Item.rank)))
        return Needs(quantities=dict.fromkeys(codes, Decimal(0))).model_dump(mode="json", by_alias=True)
    if procurement.stage == "analysis":
        return _analysis_example(session, procurement)
    return {}


def _analysis_example(session: Session, procurement: Procurement) -> dict[str, object]:
    criteria: list[Criterion] = Strategy.model_validate(procurement.strategy).criteria
    judged = [criterion.code for criterion in criteria if criterion.kind not in PRICE_KINDS]
    priced = tenders.priced(session, procurement)
    if not priced:
        return {}
    filled = Analysis.model_validate(
        {
            "offres": [
                {"offre": str(t.number), "lot": t.lot, "notes": dict.fromkeys(judged, 0)} for t in priced
            ]
        }
    )
    return filled.model_dump(mode="json", by_alias=True)
