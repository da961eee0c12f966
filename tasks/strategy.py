"""The purchasing strategy: completed with what the family usually takes, and checked against the law."""

from datetime import date
from decimal import Decimal

from sqlmodel import Session, col, select

from models.errors import BadInput
from models.forms import Criterion, Strategy, StrategyItem, StrategyLot
from models.law.regime import Regime
from models.organisation import CatalogueItem
from models.procurement import Procurement
from models.ranking import PRICE_KINDS
from models.reading import to_cents
from tasks import storage
from tasks.families import FAMILY_NAMES, FamilyContent, family_content

GENERAL = "generale"


def content_of(family_code: str) -> FamilyContent:
    """Return the document content of a family, the general one when the family has none of its own."""
    return family_content(family_code if family_code in FAMILY_NAMES else GENERAL)


def catalogue(session: Session, procurement: Procurement) -> list[StrategyItem]:
    """Return the items usually bought in the family, or one item that is the whole purchase."""
    known = session.exec(
        select(CatalogueItem)
        .where(CatalogueItem.family_code == procurement.family_code)
        .order_by(col(CatalogueItem.lot), col(CatalogueItem.rank), col(CatalogueItem.code))
    ).all()
    if not known:
        return [StrategyItem(code="PRESTATION", label=procurement.objet, unit="unité", lot=1)]
    return [
        StrategyItem(code=item.code, label=item.label, unit=item.unit, lot=item.lot, lot_label=item.lot_label)
        for item in known
    ]


def completed(session: Session, procurement: Procurement, given: Strategy) -> Strategy:
    """Return the strategy with the catalogue, criteria and lots proposed where the answer leaves them out."""
    items = given.items or catalogue(session, procurement)
    criteria = given.criteria or usual_criteria(procurement.family_code)
    lots = given.lots or _proposed_lots(procurement, items)
    missing = sorted({item.lot for item in items} ^ {lot.number for lot in lots})
    if missing:
        raise BadInput(f"Lots sans article ou articles sans lot : {', '.join(map(str, missing))}.")
    return given.model_copy(update={"items": items, "criteria": criteria, "lots": lots})


def usual_criteria(family_code: str) -> list[Criterion]:
    """Return the criteria that the documents of the family propose."""
    return [
        Criterion(
            code=storage.slug(one.name).replace("-", "_")[:30],
            label=one.name,
            weight=int(one.weight),
            kind=one.kind,
        )
        for one in content_of(family_code).criteria
    ]


def _proposed_lots(procurement: Procurement, items: list[StrategyItem]) -> list[StrategyLot]:
    """Share the estimate among the lots by their number of items; the first takes what the rounding leaves."""
    numbers = sorted({item.lot for item in items})
    framework = content_of(procurement.family_code).example.form == "accord_cadre"
    shares = {
        number: to_cents(procurement.amount_ht * sum(item.lot == number for item in items) / len(items))
        for number in numbers
    }
    shares[numbers[0]] += procurement.amount_ht - sum(shares.values(), Decimal(0))
    return [
        StrategyLot(
            number=number,
            label=next((i.lot_label for i in items if i.lot == number and i.lot_label), procurement.objet),
            estimate_ht=shares[number],
            maximum_ht=shares[number] if framework else None,
        )
        for number in numbers
    ]


def check_law(strategy: Strategy, regime: Regime, amount_ht: Decimal, on: date) -> None:
    """Refuse a strategy that the law of the day forbids: criteria, period of tenders, lots above the estimate."""
    kinds = {criterion.kind for criterion in strategy.criteria}
    if regime.environmental_criterion and not kinds & {"environnement", "cout"}:
        raise BadInput(
            f"Critères : au {on:%d/%m/%Y}, l'un d'eux au moins porte sur l'environnement (CCP art. L. 2152-7)."
        )
    if not kinds & set(PRICE_KINDS):
        raise BadInput("Critères : l'un d'eux porte sur le prix ou le coût (CCP art. R. 2152-7).")
    if strategy.tender_days and regime.tender_days and strategy.tender_days < regime.tender_days:
        raise BadInput(
            f"Délai de remise des offres : {strategy.tender_days} jours, "
            f"{regime.tender_days} au moins pour cette procédure (CCP art. R. 2161-3)."
        )
    total = sum((lot.maximum_ht or lot.estimate_ht for lot in strategy.lots), Decimal(0))
    if total > amount_ht:
        raise BadInput(
            f"Les lots font {total} € HT, l'achat est estimé à {amount_ht} € HT : la procédure se choisit "
            "sur le maximum (CCP art. R. 2121-8), ouvrez l'achat avec ce montant."
        )
