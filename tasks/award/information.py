"""Informing the tenderers of the award, and starting the standstill period."""

from datetime import datetime, time, timedelta
from decimal import Decimal

from models.documents import passing
from models.documents.parties import Signatory
from models.law.regime import Procedure, Regime
from models.process.forms import Criterion, Strategy
from models.process.procurement import Tender
from models.signing.acts import Act
from tasks import clock
from tasks.award import papers, results
from tasks.documents import families
from tasks.documents.french import instant, points
from tasks.outgoing import mail
from tasks.process import transitions
from tasks.steps import step
from tasks.store import reading, transaction

DAYS_FOR_PROOFS = 5


def _visas(shared: papers.Bundle) -> list[str]:
    ref = shared.procurement.ref
    return [
        "le code de la commande publique",
        "le code de la santé publique, notamment ses articles L. 6132-3 et R. 6132-16",
        f"le dossier de la consultation {ref}",
        f"le rapport d'analyse des offres de la consultation {ref}",
    ]


@step("Écrire la décision d'attribution")
def write_decision(ref: str, visit: int) -> None:
    """Write the award decision signed at the gate and, in a formalised procedure, the report on the procedure."""
    with reading() as session:
        shared = papers.bundle(session, ref)
        signatory = papers.decided_by(session, shared.procurement, "award_decision", Act.AWARD)
        lots = results.results(session, shared.procurement)
        given = _awards(shared, lots)
        decision = passing.AwardDecision(
            head=shared.head, signatory=signatory, visas=_visas(shared), awards=given
        )
        report = _report(shared, signatory, lots, given)
    papers.keep("decision_attribution", ref, visit, decision)
    if report:
        papers.keep("rapport_presentation", ref, visit, report)


def _awards(shared: papers.Bundle, lots: list[results.LotResult]) -> list[passing.Award]:
    maxima = {lot.number: lot.maximum_ht for lot in Strategy.model_validate(shared.procurement.strategy).lots}
    return [
        passing.Award(
            lot=lot.number,
            title=lot.title,
            company=lot.winner.supplier,
            siret=lot.winner.siret,
            amount=lot.winner.amount_ht,
            maximum=maxima.get(lot.number),
            score=lot.winner.score,
            reasons=f"Offre économiquement la plus avantageuse, classée première sur {len(lot.results)}.",
        )
        for lot in lots
        if lot.winner
    ]


def _report(
    shared: papers.Bundle,
    signatory: Signatory,
    lots: list[results.LotResult],
    given: list[passing.Award],
) -> passing.PresentationReport | None:
    """Return the report on the procedure (CCP art. R. 2184-1), None when the procedure is not formalised."""
    regime = Regime.model_validate(shared.procurement.regime)
    if regime.procedure is not Procedure.FORMALISED:
        return None
    several = len(lots) > 1
    return passing.PresentationReport(
        head=shared.head,
        signatory=signatory,
        legal=shared.dossier.legal,
        description=shared.dossier.description,
        value=shared.procurement.amount_ht,
        procedure_reason=regime.grounds[0].text,
        lots_reason=f"L'achat est alloti en {len(lots)} lots."
        if several
        else shared.dossier.single_lot_reason or "",
        awards=given,
        rejected=_rejected(shared, lots),
        abnormal="Aucune offre n'a été rejetée comme anormalement basse.",
        subcontracting="Aucune part sous-traitée n'a été déclarée dans les offres.",
        electronic="Tous les échanges ont eu lieu par voie électronique.",
        turnover="Aucun chiffre d'affaires minimal n'a été exigé.",
        conflicts="Aucun conflit d'intérêts n'a été déclaré.",
    )


def _rejected(shared: papers.Bundle, lots: list[results.LotResult]) -> list[passing.Candidate]:
    late = [
        passing.Candidate(company=t.supplier, lots="tous", reason="Pli reçu hors délai, non ouvert.")
        for t in shared.tenders
        if t.is_late
    ]
    ranked = [
        passing.Candidate(company=one.supplier, lots=str(lot.number), reason=_reason(one))
        for lot in lots
        for one in lot.results
        if not one.is_winner
    ]
    return ranked + late


def _reason(result: results.TenderResult) -> str:
    if result.irregular:
        return f"Offre irrégulière : {result.irregular}."
    return f"Offre classée {result.rank}e avec {points(result.score)} points sur 100."


@step("Écrire aux candidats")
def write_letters(ref: str, visit: int) -> int:
    """Write to every tenderer: proofs asked from the intended awardees, rejection with its reasons to the others.

    Returns the number of letters. A tenderer that wins one lot and loses another gets both.
    """
    with reading() as session:
        shared = papers.bundle(session, ref)
        signatory = papers.decided_by(session, shared.procurement, "award_decision", Act.AWARD)
        lots = results.results(session, shared.procurement)
        letters = _letters(shared, signatory, lots)
    for kind, recipient, context in letters:
        papers.keep(kind, ref, visit, context, recipient)
    mailings = [papers.Mailing(kind=kind, recipient=name, to=one.recipient) for kind, name, one in letters]
    with transaction() as session:
        papers.mail(session, shared.procurement, mailings)
    mail.send_pending()
    return len(letters)


def _letters(
    shared: papers.Bundle, signatory: Signatory, lots: list[results.LotResult]
) -> list[tuple[str, str, passing.Letter]]:
    by_number = {tender.number: tender for tender in shared.tenders}
    letters: list[tuple[str, str, passing.Letter]] = []
    for lot in lots:
        for one in lot.results:
            tender = by_number[one.tender]
            recipient = f"{tender.supplier}, lot {lot.number}"
            if one.is_winner:
                letters.append(
                    ("lettre_attributaire", recipient, _winner_letter(shared, signatory, lot, tender))
                )
            else:
                letters.append(("lettre_rejet", recipient, _rejection(shared, signatory, lot, one, tender)))
    late = [tender for tender in shared.tenders if tender.is_late]
    return letters + [("lettre_rejet", one.supplier, _late_letter(shared, signatory, one)) for one in late]


def _winner_letter(
    shared: papers.Bundle, signatory: Signatory, lot: results.LotResult, tender: Tender
) -> passing.AwardeeLetter:
    proofs = [
        f"{piece.name} : {piece.detail}"
        for piece in families.requested_for(shared.dossier.family)
        if piece.when == "attribution"
    ]
    return passing.AwardeeLetter(
        head=shared.head.model_copy(update={"lot": f"Lot n° {lot.number} – {lot.title}"}),
        signatory=signatory,
        recipient=papers.company(tender),
        amount=lot.winner.amount_ht if lot.winner else Decimal(0),
        proofs=proofs,
        answer_by=papers.answer_by(DAYS_FOR_PROOFS),
    )


def _rejection(
    shared: papers.Bundle,
    signatory: Signatory,
    lot: results.LotResult,
    result: results.TenderResult,
    tender: Tender,
) -> passing.RejectionLetter:
    days = shared.dossier.legal.standstill_days
    winner = lot.winner
    return passing.RejectionLetter(
        head=shared.head.model_copy(update={"lot": f"Lot n° {lot.number} – {lot.title}"}),
        signatory=signatory,
        recipient=papers.company(tender),
        legal=shared.dossier.legal,
        reasons=_rejection_reasons(_criteria(shared), result),
        rank=result.rank,
        score=result.score if result.rank else None,
        winner=winner.supplier if winner else None,
        winner_score=winner.score if winner else None,
        winner_reasons=_advantages(_criteria(shared), result, winner) if winner and result.rank else None,
        earliest_signature=clock.today() + timedelta(days=days) if days else None,
        court=shared.dossier.buyer.court,
    )


def _criteria(shared: papers.Bundle) -> list[Criterion]:
    return Strategy.model_validate(shared.procurement.strategy).criteria


def _rejection_reasons(criteria: list[Criterion], result: results.TenderResult) -> str:
    """Return to a tenderer why its tender is not kept: its fault, or what it lacks, criterion by criterion."""
    if result.irregular:
        return _reason(result)
    obtained = [
        f"{one.label}, {points(result.points[one.code])} sur {one.weight}"
        for one in criteria
        if one.code in result.points
    ]
    return (
        f"Votre offre n'est pas économiquement la plus avantageuse. Points obtenus : {' ; '.join(obtained)}."
    )


def _advantages(criteria: list[Criterion], result: results.TenderResult, winner: results.TenderResult) -> str:
    """Return on which criteria the winner did better (CCP art. R. 2181-3 and R. 2181-4)."""
    better = [
        f"{one.label} ({points(winner.points[one.code])} points contre {points(result.points[one.code])})"
        for one in criteria
        if winner.points.get(one.code, Decimal(0)) > result.points.get(one.code, Decimal(0))
    ]
    return (
        f"L'offre retenue l'emporte sur : {' ; '.join(better)}."
        if better
        else "Offre moins chère à égalité de points."
    )


def _late_letter(shared: papers.Bundle, signatory: Signatory, tender: Tender) -> passing.RejectionLetter:
    due_at = shared.procurement.tenders_due_at
    said = instant(due_at) if due_at else ""
    return passing.RejectionLetter(
        head=shared.head,
        signatory=signatory,
        recipient=papers.company(tender),
        legal=shared.dossier.legal,
        reasons=f"Pli reçu après la date limite du {said} ; il n'a pas été ouvert (CCP art. R.\u00a02151-5).",
        court=shared.dossier.buyer.court,
    )


@step("Ouvrir le délai de suspension")
def start_standstill(ref: str, visit: int) -> None:
    """Note the day the rejections were sent, and from which day the contract may be signed (CCP art. R. 2182-1).

    Day of sending + the days of the regime: the contract may be signed from 00:00, Paris, of that day.
    """
    with transaction() as session:
        procurement = transitions.standing(session, ref, visit, "information")
        if procurement.rejection_sent_on is None:
            procurement.rejection_sent_on = clock.today()
        days = Regime.model_validate(procurement.regime).standstill_days
        if days is not None:
            first_day = procurement.rejection_sent_on + timedelta(days=days)
            procurement.standstill_ends_at = datetime.combine(first_day, time(), clock.PARIS)
