"""The purchasing strategy: completed with what the family usually takes, and checked against the law."""

from datetime import date
from decimal import Decimal
from typing import cast

from sqlmodel import Session, col, select

from models.award.ranking import PRICE_KINDS
from models.documents.dossier import Family as FamilyName
from models.errors import BadInput
from models.law.criteria import AwardCriterion, CriterionKind, Fault, criteria_faults
from models.law.framework import Framework, framework_faults
from models.law.regime import Regime
from models.law.wording import euros
from models.organisation.group import CatalogueItem, Family
from models.process.forms import Criterion, Strategy, StrategyItem, StrategyLot
from models.process.procurement import Procurement
from models.reading.values import to_cents
from tasks import storage
from tasks.documents.families import FAMILY_NAMES, FamilyContent, family_content

GENERAL: FamilyName = "generale"
LAW_KINDS = {"technique": CriterionKind.QUALITY}
SINGLE_LOT = "Les prestations ne sont pas distinctes : leur division rendrait l'exécution plus coûteuse."


def content_name(session: Session, family_code: str) -> FamilyName:
    """Return the name of the document content of a family, the general one when it has none of its own."""
    wanted = session.get_one(Family, family_code).content or family_code
    return cast(FamilyName, wanted) if wanted in FAMILY_NAMES else GENERAL


def content_of(session: Session, family_code: str) -> FamilyContent:
    """Return the document content of a family."""
    return family_content(content_name(session, family_code))


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
    content = content_of(session, procurement.family_code)
    items = given.items or catalogue(session, procurement)
    criteria = given.criteria or usual_criteria(content)
    lots = given.lots or _proposed_lots(procurement, content, items)
    missing = sorted({item.lot for item in items} ^ {lot.number for lot in lots})
    if missing:
        raise BadInput(f"Lots sans article ou articles sans lot : {', '.join(map(str, missing))}.")
    reason = given.single_lot_reason
    if len(lots) == 1 and not reason:
        reason = content.example.single_lot_reason or SINGLE_LOT
    completed_fields = {"items": items, "criteria": criteria, "lots": lots, "single_lot_reason": reason}
    return given.model_copy(update=completed_fields)


def usual_criteria(content: FamilyContent) -> list[Criterion]:
    """Return the criteria that the documents of the family propose."""
    return [
        Criterion(
            code=storage.slug(one.name).replace("-", "_")[:30],
            label=one.name,
            weight=int(one.weight),
            kind=one.kind,
        )
        for one in content.criteria
    ]


def _proposed_lots(
    procurement: Procurement, content: FamilyContent, items: list[StrategyItem]
) -> list[StrategyLot]:
    """Share the estimate among the lots by their number of items; the first takes what the rounding leaves."""
    numbers = sorted({item.lot for item in items})
    framework = content.example.form == "accord_cadre"
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


def check_law(strategy: Strategy, procurement: Procurement, regime: Regime) -> None:
    """Refuse a strategy that the law of the day forbids, naming every fault with its article."""
    on = regime.launched_on
    criteria = [
        AwardCriterion(
            label=c.label, kind=LAW_KINDS.get(c.kind) or CriterionKind(c.kind), weight=Decimal(c.weight)
        )
        for c in strategy.criteria
    ]
    faults = [*criteria_faults(criteria, regime.procedure, on), *_framework_faults(strategy, procurement, on)]
    if not {criterion.kind for criterion in strategy.criteria} & set(PRICE_KINDS):
        faults.append(
            Fault(article="CCP art. R. 2152-7", text="L'un des critères porte sur le prix ou le coût")
        )
    if strategy.tender_days and regime.tender_days and strategy.tender_days < regime.tender_days:
        text = f"Délai de remise des offres de {strategy.tender_days} jours, {regime.tender_days} au moins"
        faults.append(Fault(article="CCP art. R. 2161-3", text=text))
    total = sum((lot.maximum_ht or lot.estimate_ht for lot in strategy.lots), Decimal(0))
    if total > procurement.amount_ht:
        text = f"Les lots font {euros(total)} HT, l'achat est estimé à {euros(procurement.amount_ht)} HT"
        faults.append(Fault(article="CCP art. R. 2121-1 et R. 2121-8", text=text))
    if faults:
        raise BadInput(
            "Stratégie : " + " ; ".join(f"{fault.text} ({fault.article})" for fault in faults) + "."
        )


def _framework_faults(strategy: Strategy, procurement: Procurement, on: date) -> tuple[Fault, ...]:
    maxima = [lot.maximum_ht for lot in strategy.lots if lot.maximum_ht]
    if not maxima:
        return ()
    framework = Framework(
        launched_on=on,
        months=procurement.duration_months,
        maximum_ht=sum(maxima, Decimal(0)),
        justification=strategy.long_duration_reason,
    )
    return framework_faults(framework)
