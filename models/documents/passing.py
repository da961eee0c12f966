"""The contexts of the documents of the award: opening, requests, analysis, letters, decisions."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BeforeValidator, Field

from models.documents.head import Piece
from models.documents.legal import LegalFrame
from models.documents.parties import Company, Court
from models.documents.plain import Amount, Line, Percent, Plain, Text, _exact

Mark = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, le=100, allow_inf_nan=False)]
SERIES_COLOURS: Final = ("0B5C7A", "E09F3E", "5B8E7D", "9E2A2B", "7A6C9D", "6B8FB5", "B08968", "4A4E69")


class Letter(Piece):
    """A letter to a company."""

    recipient: Company


class Deposit(Plain):
    """A bid as the platform received it."""

    number: int = Field(gt=0)
    company: Line
    received_at: AwareDatetime
    lots: list[int] = Field(min_length=1)
    is_late: bool = False
    remark: Line = "Complet"


class DepositRegister(Piece):
    """Register of deposits (registre des dépôts)."""

    deposits: list[Deposit]
    closed_at: AwareDatetime


class Opener(Plain):
    """A person who opens the bids."""

    name: Line
    function: Line


class OpeningRecord(Piece):
    """Record of the opening of the bids (procès-verbal d'ouverture des plis)."""

    opened_at: AwareDatetime
    openers: list[Opener] = Field(min_length=1)
    deposits: list[Deposit]
    remarks: Text | None = None


class QuestionsLetter(Letter):
    """Request for precision or regularisation (CCP art. R. 2152-2, R. 2161-5)."""

    questions: list[Text] = Field(min_length=1)
    answer_by: AwareDatetime


class AbnormalPriceLetter(Letter):
    """Request to justify an abnormally low tender (CCP art. L. 2152-6, R. 2152-3)."""

    amount: Amount
    comparison: Text = Field(description="Ce qui fait paraître le montant anormalement bas")
    questions: list[Text] = Field(min_length=1)
    answer_by: AwareDatetime


class BidderMark(Plain):
    """The mark of one bid on one criterion."""

    bidder: Line
    mark: Mark = Field(description="Note sur 100")
    points: Mark = Field(description="Points obtenus, pondération comprise")
    comment: Text


class CriterionAnalysis(Plain):
    """The comparison of the bids on one criterion."""

    name: Line
    weight: Percent
    marks: list[BidderMark] = Field(min_length=1)


class Ranked(Plain):
    """The place of a bid."""

    rank: int = Field(gt=0)
    bidder: Line
    amount: Amount
    score: Mark


class SetAside(Plain):
    """A bid that is not ranked, with the reason."""

    bidder: Line
    reason: Text


class LotAnalysis(Plain):
    """The analysis of one lot."""

    number: int = Field(gt=0)
    title: Line
    estimate: Amount
    set_aside: list[SetAside] = []
    criteria: list[CriterionAnalysis] = Field(min_length=1)
    ranking: list[Ranked] = Field(min_length=1)
    proposal: Text


class Series(Plain):
    """A criterion in the chart; one point per bar."""

    name: Line
    colour: Line
    points: list[Line]


class Chart(Plain):
    """Stacked bars: one bar per bid, one colour per criterion."""

    bidders: list[Line]
    series: list[Series]


class AnalysisReport(Piece):
    """Analysis report (rapport d'analyse des offres)."""

    legal: LegalFrame
    deposits: list[Deposit]
    method: Text
    abnormal_checks: Text
    lots: list[LotAnalysis] = Field(min_length=1)
    chart: Chart


class AwardeeLetter(Letter):
    """Letter to the intended awardee, asking for proofs (CCP art. R. 2144-4)."""

    amount: Amount | None = None
    proofs: list[Text] = Field(min_length=1)
    answer_by: AwareDatetime


class RejectionLetter(Letter):
    """Rejection letter with reasons (CCP art. R. 2181-1 to -4)."""

    legal: LegalFrame
    reasons: Text
    rank: int | None = None
    score: Mark | None = None
    winner: Line | None = None
    winner_score: Mark | None = None
    winner_reasons: Text | None = None
    earliest_signature: date | None = Field(default=None, description="Première date possible de signature")
    court: Court


class Award(Plain):
    """The award of one lot."""

    lot: int = Field(gt=0)
    title: Line
    company: Line
    siret: Line | None = None
    amount: Amount
    maximum: Amount | None = None
    score: Mark
    reasons: Text


class AwardDecision(Piece):
    """Award decision (décision d'attribution)."""

    visas: list[Text] = Field(min_length=1)
    awards: list[Award] = Field(min_length=1)


class Candidate(Plain):
    """A candidate that was not retained, with the reason."""

    company: Line
    lots: Line
    reason: Text


class PresentationReport(Piece):
    """Report on the procedure (rapport de présentation, CCP art. R. 2184-1 to -6); formalised procedures."""

    legal: LegalFrame
    description: Text
    value: Amount
    procedure_reason: Text
    lots_reason: Text
    awards: list[Award]
    rejected: list[Candidate]
    abnormal: Text
    subcontracting: Text
    electronic: Text
    turnover: Text
    conflicts: Text


class NotificationLetter(Letter):
    """Notification of the contract (CCP art. R. 2182-4)."""

    amount: Amount | None = None
    maximum: Amount | None = None
    pieces: list[Line] = Field(min_length=1)
    guarantee_rate: Percent | None = None
    contact: Line


class WithoutFollowUp(Piece):
    """Decision to give up the procedure (déclaration sans suite, CCP art. R. 2185-1)."""

    visas: list[Text] = Field(min_length=1)
    lots: list[Line] = []
    reasons: Text
    next_step: Text


class Unsuccessful(Piece):
    """Decision that the procedure failed (infructueux)."""

    visas: list[Text] = Field(min_length=1)
    lots: list[Line] = []
    received: int = Field(ge=0)
    reasons: Text
    next_step: Text


class WithoutFollowUpLetter(Letter):
    """Letter to the candidates when the procedure is given up (CCP art. R. 2185-2)."""

    outcome: Literal["sans_suite", "infructueux"] = "sans_suite"
    reasons: Text
    court: Court


class Delegated(Plain):
    """A nature of acts delegated, with its ceiling."""

    nature: Line
    ceiling: Amount | None = None


class DelegationAct(Piece):
    """Delegation of signature (CSP art. D. 6143-33 to -35), signed by the director, who stays competent."""

    number: Line
    delegate: Line
    delegate_function: Line
    acts: list[Delegated] = Field(min_length=1)
    establishments: list[Line] = Field(min_length=1)
    families: list[Line] = []
    valid_from: date
    valid_until: date | None = None
    reserves: Text | None = None
    accountant: Line


def chart_of(lots: list[LotAnalysis]) -> Chart:
    """Return the chart of the points: one bar per ranked bid, best first; one series per criterion."""
    names = list(dict.fromkeys(criterion.name for lot in lots for criterion in lot.criteria))
    bars, points = [], {name: list[str]() for name in names}
    for lot in lots:
        given = {(c.name, mark.bidder): mark.points for c in lot.criteria for mark in c.marks}
        for place in lot.ranking:
            bars.append(f"Lot {lot.number} – {place.bidder}" if len(lots) > 1 else place.bidder)
            for name in names:
                points[name].append(str(given.get((name, place.bidder), Decimal(0))))
    colours = [SERIES_COLOURS[rank % len(SERIES_COLOURS)] for rank in range(len(names))]
    series = [
        Series(name=name, colour=colour, points=points[name])
        for name, colour in zip(names, colours, strict=True)
    ]
    return Chart(bidders=bars, series=series)
