"""The register of disputes: what each says of its deadlines, and the risk that the watch keeps for it."""

from datetime import date

from pydantic import BaseModel
from sqlmodel import col, select

from models.columns import Euros
from models.disputes.ruling import Dispute, DisputeKind
from models.process.procurement import Procurement
from models.risks.register import Level, Observation, RiskKind
from tasks import clock
from tasks.risks import register
from tasks.store import reading, transaction

WARNING_DAYS = 15


class DisputeLine(BaseModel):
    """A dispute as people read it."""

    cle: str
    type: DisputeKind
    intitule: str
    achat: str | None
    marche: str | None
    requerant: str
    montant: Euros | None
    depose_le: date
    recevable_jusqu_au: date | None
    juge_pas_avant: date | None
    decision_attendue_le: date | None
    signature_suspendue: bool
    signature_au_plus_tot: date | None
    decide_le: date | None
    sens: str
    remarques: list[str] = []


def check(on: date) -> list[str]:
    """Keep a risk for each dispute that stands that day."""
    with transaction() as session:
        for dispute in session.exec(select(Dispute).where(col(Dispute.decided_on).is_(None))):
            procurement = session.get(Procurement, dispute.ref) if dispute.ref else None
            register.record(session, observation(dispute, procurement, on), on)
    return []


def observation(dispute: Dispute, procurement: Procurement | None, on: date) -> Observation:
    """Return what is to be said of an open dispute that day."""
    due_on = dispute.expected_by or dispute.admissible_until
    days_left = (due_on - on).days if due_on else None
    level = Level.RED if dispute.lock_id else Level.AMBER
    if days_left is not None and days_left < 0:
        level = Level.BLACK
    elif days_left is not None and days_left <= WARNING_DAYS:
        level = Level.RED
    remarks = remarks_of(dispute, procurement)
    action = "répondre avec la cellule juridique"
    if dispute.kind.is_amicable:
        action = "préparer la réunion ; la saisine peut interrompre les délais de recours"
    return Observation(
        key=f"litige:{dispute.key}",
        kind=RiskKind.DISPUTE,
        level=level,
        title=f"{dispute.kind.label} : {dispute.applicant}, {dispute.subject}",
        action=" ; ".join([*remarks, action]),
        due_on=due_on,
        ref=dispute.ref,
        contract=dispute.contract,
        family_code=procurement.family_code if procurement else None,
    )


def remarks_of(dispute: Dispute, procurement: Procurement | None) -> list[str]:
    """Return what the dispute changes: the signature forbidden, a late filing, a start put off."""
    said = []
    if dispute.lock_id and dispute.decided_on is None:
        said.append("signature interdite jusqu'à la décision (CJA art. L. 551-4)")
    if dispute.admissible_until and dispute.filed_on > dispute.admissible_until:
        said.append(f"déposé après le {dispute.admissible_until:%d/%m/%Y} : irrecevabilité à soulever")
    starts_on = procurement.starts_on if procurement else None
    if (
        dispute.lock_id
        and dispute.expected_by
        and starts_on
        and dispute.filed_on <= starts_on <= dispute.expected_by
    ):
        late = (dispute.expected_by - starts_on).days + 1
        said.append(f"démarrage prévu le {starts_on:%d/%m/%Y} repoussé d'au moins {late} jours")
    return said


def listed(*, closed: bool = False) -> list[DisputeLine]:
    """Return the disputes that stand (with those decided when asked), the oldest first."""
    with reading() as session:
        query = select(Dispute).order_by(col(Dispute.filed_on), col(Dispute.key))
        if not closed:
            query = query.where(col(Dispute.decided_on).is_(None))
        return [
            line_of(one, session.get(Procurement, one.ref) if one.ref else None)
            for one in session.exec(query)
        ]


def line_of(dispute: Dispute, procurement: Procurement | None) -> DisputeLine:
    """Return a dispute as people read it."""
    earliest = procurement.standstill_ends_at if procurement else None
    return DisputeLine(
        cle=dispute.key,
        type=dispute.kind,
        intitule=dispute.kind.label,
        achat=dispute.ref,
        marche=dispute.contract,
        requerant=dispute.applicant,
        montant=dispute.amount,
        depose_le=dispute.filed_on,
        recevable_jusqu_au=dispute.admissible_until,
        juge_pas_avant=dispute.not_before,
        decision_attendue_le=dispute.expected_by,
        signature_suspendue=dispute.lock_id is not None and dispute.decided_on is None,
        signature_au_plus_tot=earliest.astimezone(clock.PARIS).date() if earliest else None,
        decide_le=dispute.decided_on,
        sens=dispute.outcome,
        remarques=remarks_of(dispute, procurement),
    )
