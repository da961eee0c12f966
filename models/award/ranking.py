"""Ranking of tenders by weighted criteria, with the price formula that the RC states.

Price mark = 100 × lowest amount of the lot ÷ amount of the tender. Total = Σ weight × mark ÷ 100, out of 100, rounded
half-up at two decimals; equal totals are separated by the lower amount, then by the order of receipt.
"""

from decimal import Decimal

from pydantic import BaseModel

from models.errors import BadInput
from models.process.forms import Analysis, Criterion, Strategy, TenderScore
from models.reading.values import to_cents
from models.tendering.tenders import PricedLot

TOP_MARK = Decimal(100)
PRICE_KINDS = ("prix", "cout")
UNSUCCESSFUL = "En ligne de commande, la réponse s'écrit unsuccessful."
MARK_EXPECTED = "une note de 0 à 100 est attendue"


class Ranked(BaseModel):
    """Place of one tender on one lot; `rank` is None when it is not ranked, `irregular` then says why."""

    lot: int
    tender_number: int
    rank: int | None = None
    score: str = "0"
    amount_ht: Decimal
    detail: dict[str, object] = {}
    irregular: str = ""
    is_winner: bool = False


def rank(strategy: Strategy, tenders: list[PricedLot], analysis: Analysis) -> list[Ranked]:
    """Return every tender of every lot, ranked; `BadInput` names the marks that are missing or unknown."""
    scores = {(score.tender, score.lot): score for score in analysis.scores}
    _check_marks(strategy, tenders, scores)
    results: list[Ranked] = []
    for lot in sorted({tender.lot for tender in tenders}):
        results += _rank_lot(strategy.criteria, [t for t in tenders if t.lot == lot], scores)
    if not any(result.is_winner for result in results):
        raise BadInput(
            "Aucune offre régulière : répondez « Infructueux » avec un motif.", at_command=UNSUCCESSFUL
        )
    return results


def _check_marks(
    strategy: Strategy, tenders: list[PricedLot], scores: dict[tuple[str, int], TenderScore]
) -> None:
    judged = {c.code: c.label for c in strategy.criteria if c.kind not in PRICE_KINDS}
    places = {(score.tender, score.lot): rank for rank, score in enumerate(scores.values())}
    fields: dict[str, str] = {}
    faults = [
        f"note inattendue pour l'offre {number}, lot {lot}"
        for number, lot in sorted(scores.keys() - {(str(t.number), t.lot) for t in tenders})
    ]
    for tender in tenders:
        key = (str(tender.number), tender.lot)
        score = scores.get(key)
        if score is None:
            faults.append(f"offre {tender.number}, lot {tender.lot} : aucune note")
        elif not score.irregular and set(score.marks) != set(judged):
            faults.append(f"offre {tender.number}, lot {tender.lot} : {_mark_faults(score, judged)}")
            absent = judged.keys() - score.marks.keys()
            fields |= {f"offres.{places[key]}.notes.{code}": MARK_EXPECTED for code in absent}
    if faults:
        known = ", ".join(f"{code} ({label})" for code, label in judged.items()) or "aucun"
        raise BadInput(
            "Analyse incomplète : " + " ; ".join(faults) + ".",
            fields=fields,
            at_command=f"Critères à noter : {known}.",
        )


def _mark_faults(score: TenderScore, judged: dict[str, str]) -> str:
    """Return which marks of a tender are missing, by the label of the criterion, and which nobody asked for."""
    absent = [f"« {label} »" for code, label in judged.items() if code not in score.marks]
    unknown = [f"« {code} »" for code in score.marks if code not in judged]
    said = [f"note à donner pour {', '.join(absent)}"] if absent else []
    return ", ".join([*said, *([f"critère inconnu {', '.join(unknown)}"] if unknown else [])])


def _rank_lot(
    criteria: list[Criterion], tenders: list[PricedLot], scores: dict[tuple[str, int], TenderScore]
) -> list[Ranked]:
    admitted: list[Ranked] = []
    set_aside: list[Ranked] = []
    for tender in tenders:
        reason = scores[str(tender.number), tender.lot].irregular or _unpriced(tender)
        result = Ranked(
            lot=tender.lot,
            tender_number=tender.number,
            amount_ht=to_cents(tender.amount_ht),
            irregular=reason,
        )
        (set_aside if reason else admitted).append(result)
    lowest = min((result.amount_ht for result in admitted), default=Decimal(0))
    for result in admitted:
        marks = scores[str(result.tender_number), result.lot].marks
        _score(result, criteria, marks, lowest)
    admitted.sort(key=lambda result: (-Decimal(result.score), result.amount_ht, result.tender_number))
    for place, result in enumerate(admitted, start=1):
        result.rank, result.is_winner = place, place == 1
    return admitted + set_aside


def _unpriced(tender: PricedLot) -> str:
    if tender.missing:
        return f"prix manquants au bordereau : {', '.join(tender.missing)}"
    return "" if tender.amount_ht > 0 else "offre sans prix"


def _score(result: Ranked, criteria: list[Criterion], marks: dict[str, Decimal], lowest: Decimal) -> None:
    total = Decimal(0)
    for criterion in criteria:
        price = criterion.kind in PRICE_KINDS
        mark = price_mark(lowest, result.amount_ht) if price else marks[criterion.code]
        points = criterion.weight * mark / TOP_MARK
        result.detail[criterion.code] = {"note": str(to_cents(mark)), "points": str(to_cents(points))}
        total += points
    result.score = str(to_cents(total))


def price_mark(lowest: Decimal, amount: Decimal) -> Decimal:
    """Return the price mark out of 100, not rounded.

    >>> price_mark(Decimal(90), Decimal(120))
    Decimal('75')
    """
    return TOP_MARK * lowest / amount
