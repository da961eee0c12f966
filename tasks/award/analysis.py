"""The analysis report (rapport d'analyse des offres): what the signatory reads before awarding."""

from decimal import Decimal

from sqlmodel import Session, col, select

from models.award.ranking import PRICE_KINDS
from models.documents.passing import (
    AnalysisReport,
    BidderMark,
    CriterionAnalysis,
    LotAnalysis,
    Ranked,
    SetAside,
    chart_of,
)
from models.law.wording import euros
from models.process.forms import Analysis, Criterion, Strategy, TenderScore
from models.process.procurement import Decision
from models.signing.acts import Act
from tasks.award import papers, results
from tasks.steps import step
from tasks.store import reading

METHOD = (
    "Chaque offre reçoit, pour chaque critère, une note sur 100, multipliée par le poids du critère. La note du "
    "prix est 100 × montant de l'offre la plus basse / montant de l'offre ; le montant comparé est celui du détail "
    "quantitatif estimatif sur toute la durée. À égalité de points, l'offre la moins chère est classée devant."
)
LOW_SHARE = Decimal("0.75")


def given_scores(session: Session, ref: str) -> dict[tuple[str, int], TenderScore]:
    """Return the marks and comments of the last analysis, by tender and lot."""
    last = session.exec(
        select(Decision)
        .where(Decision.ref == ref, Decision.stage == "analysis", Decision.answer == "approve")
        .order_by(col(Decision.id).desc())
    ).first()
    if last is None:
        return {}
    return {(score.tender, score.lot): score for score in Analysis.model_validate(last.form).scores}


@step("Écrire le rapport d'analyse")
def write_report(ref: str, visit: int) -> None:
    """Write the report of the last analysis, lot by lot."""
    with reading() as session:
        shared = papers.bundle(session, ref)
        scores = given_scores(session, ref)
        strategy = Strategy.model_validate(shared.procurement.strategy)
        found = [lot for lot in results.results(session, shared.procurement) if lot.winner]
        estimates = {lot.number: lot.estimate_ht for lot in strategy.lots}
        lots = [_lot(lot, strategy.criteria, scores, estimates[lot.number]) for lot in found]
        context = AnalysisReport(
            head=shared.head,
            signatory=papers.decided_by(session, shared.procurement, "analysis", Act.AWARD),
            legal=shared.dossier.legal,
            deposits=papers.deposits(shared.tenders),
            method=METHOD,
            abnormal_checks=_price_check(found),
            lots=lots,
            chart=chart_of(lots),
        )
    papers.keep("rapport_analyse", ref, visit, context)


def _lot(
    lot: results.LotResult,
    criteria: list[Criterion],
    scores: dict[tuple[str, int], TenderScore],
    estimate: Decimal,
) -> LotAnalysis:
    ranked = [one for one in lot.results if one.rank]
    winner = ranked[0]
    return LotAnalysis(
        number=lot.number,
        title=lot.title,
        estimate=estimate,
        set_aside=[
            SetAside(bidder=one.supplier, reason=one.irregular) for one in lot.results if one.irregular
        ],
        criteria=[
            CriterionAnalysis(
                name=criterion.label,
                weight=Decimal(criterion.weight),
                marks=[
                    BidderMark(
                        bidder=one.supplier,
                        mark=one.marks[criterion.code],
                        points=one.points[criterion.code],
                        comment=_comment(criterion, one, scores.get((str(one.tender), lot.number))),
                    )
                    for one in ranked
                ],
            )
            for criterion in criteria
        ],
        ranking=[
            Ranked(rank=one.rank or 0, bidder=one.supplier, amount=one.amount_ht, score=one.score)
            for one in ranked
        ],
        proposal=f"Il est proposé de retenir l'offre de {winner.supplier}, classée première.",
    )


def _comment(criterion: Criterion, result: results.TenderResult, score: TenderScore | None) -> str:
    """Return the comment on a mark: the one given for the criterion, else the strengths and weaknesses."""
    if criterion.kind in PRICE_KINDS:
        return f"{euros(result.amount_ht)} HT"
    if score is None:
        return "Sans observation."
    own = score.comments.get(criterion.code)
    said = [f"Points forts : {score.strengths}."] if score.strengths else []
    said += [f"Points faibles : {score.weaknesses}."] if score.weaknesses else []
    return own or " ".join(said) or "Sans observation."


def _price_check(lots: list[results.LotResult]) -> str:
    """Return what the comparison of prices shows: tenders far below the mean of the others call for an explanation."""
    low = []
    for lot in lots:
        for one in lot.results:
            others = [o.amount_ht for o in lot.results if o.rank and o.tender != one.tender]
            if one.rank and others and one.amount_ht < LOW_SHARE * sum(others, Decimal(0)) / len(others):
                low.append(f"lot {lot.number}, {one.supplier}")
    if not low:
        return "Aucune offre ne paraît anormalement basse au regard de la moyenne des autres."
    return (
        f"Offres inférieures de plus d'un quart à la moyenne des autres : {' ; '.join(low)}. "
        "Une justification du prix est à demander avant l'attribution (CCP art. L. 2152-6)."
    )
