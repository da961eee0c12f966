"""Who won what: the last analysis, lot by lot, and what follows for each tenderer."""

from decimal import Decimal

from pydantic import BaseModel
from sqlmodel import Session, col, func, select

from models.process.forms import Strategy
from models.process.procurement import Award, Procurement, Tender


class LotResult(BaseModel):
    """One lot after the analysis: its tenders by rank, those that were not ranked last."""

    number: int
    title: str
    results: list["TenderResult"]

    @property
    def winner(self) -> "TenderResult | None":
        """Return the tender ranked first, None when no tender was admitted."""
        return next((result for result in self.results if result.is_winner), None)


class TenderResult(BaseModel):
    """The place of one tender on one lot; `points` by criterion code, out of its weight."""

    tender: int
    supplier: str
    siret: str
    rank: int | None
    score: Decimal
    amount_ht: Decimal
    marks: dict[str, Decimal]
    points: dict[str, Decimal]
    irregular: str
    is_winner: bool


def last_analysis(session: Session, ref: str) -> int:
    """Return the visit of the last analysis, 0 when there was none."""
    visits = select(Award.visit).where(Award.ref == ref).order_by(col(Award.visit).desc())
    return session.exec(visits).first() or 0


def results(session: Session, procurement: Procurement) -> list[LotResult]:
    """Return every lot with its tenders as the last analysis ranked them."""
    strategy = Strategy.model_validate(procurement.strategy)
    latest = select(func.max(Award.visit)).where(Award.ref == procurement.ref).scalar_subquery()
    rows = session.exec(
        select(Award, Tender)
        .join(Tender, (col(Tender.ref) == col(Award.ref)) & (col(Tender.number) == col(Award.tender_number)))
        .where(Award.ref == procurement.ref, Award.visit == latest)
    ).all()
    return [
        LotResult(
            number=lot.number,
            title=lot.label,
            results=sorted(
                (_result(award, tender) for award, tender in rows if award.lot == lot.number),
                key=lambda result: (result.rank is None, result.rank, result.tender),
            ),
        )
        for lot in strategy.lots
    ]


def _result(award: Award, tender: Tender) -> TenderResult:
    detail = {code: dict(value) for code, value in award.detail.items() if isinstance(value, dict)}
    return TenderResult(
        tender=award.tender_number,
        supplier=tender.supplier,
        siret=tender.siret,
        rank=award.rank,
        score=Decimal(award.score),
        amount_ht=award.amount_ht,
        marks={code: Decimal(str(value["note"])) for code, value in detail.items()},
        points={code: Decimal(str(value["points"])) for code, value in detail.items()},
        irregular=award.irregular,
        is_winner=award.is_winner,
    )
