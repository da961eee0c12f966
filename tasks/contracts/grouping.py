"""Renewing several contracts as one: the proposal of the watch, accepted by a person."""

from decimal import Decimal

from sqlmodel import Session, select

from models.contracts.register import Contract
from models.contracts.renewals import RenewalFile
from models.errors import BadInput
from models.journal import Fact
from models.process.procurement import Procurement
from models.risks.register import Risk
from tasks import journal
from tasks.contracts.terms import BEFORE_NEEDS
from tasks.organisation import people
from tasks.outgoing import dispatch
from tasks.process import leaving, transitions
from tasks.store import transaction


def group(refs: list[str], person: str) -> str:
    """Bring several renewals into the first one and return it; the others are abandoned for that reason.

    Each contract keeps one renewal. Refused when a renewal is past its strategy, or of another family.
    """
    if len(set(refs)) < 2:
        raise BadInput("Donnez au moins deux achats à grouper.")
    with transaction() as session:
        someone = people.person(session, person)
        first, *others = [_groupable(session, ref) for ref in dict.fromkeys(refs)]
        strangers = [one.ref for one in others if one.family_code != first.family_code]
        if strangers:
            raise BadInput(f"{', '.join(strangers)} : une autre famille que {first.ref}, pas de groupement.")
        first.amount_ht = sum((one.amount_ht for one in others), first.amount_ht or Decimal(0))
        first.starts_on = min((one.starts_on for one in (first, *others) if one.starts_on), default=None)
        for other in others:
            _bring(session, other, first, someone.email)
    dispatch.deliver()
    return first.ref


def _groupable(session: Session, ref: str) -> Procurement:
    procurement = transitions.load(session, ref)
    if procurement.renews is None:
        raise BadInput(f"{ref} ne renouvelle aucun marché.")
    if procurement.stage not in BEFORE_NEEDS:
        raise BadInput(f"{ref} a passé sa stratégie : il est trop tard pour le grouper.")
    return procurement


def _bring(session: Session, other: Procurement, first: Procurement, person: str) -> None:
    for row in session.exec(select(Contract).where(Contract.renewal_ref == other.ref)):
        row.renewal_ref = first.ref
    for risk in session.exec(select(Risk).where(Risk.ref == other.ref)):
        risk.ref = first.ref
    file = session.get(RenewalFile, first.ref)
    if file:
        past = file.history
        past.a_grouper_avec.append(other.renews or other.ref)
        file.content = past.model_dump(mode="json")
    entry = journal.Entry(
        fact=Fact.CONTRACT,
        ref=first.ref,
        actor=person,
        subject=other.renews or other.ref,
        before=other.ref,
        after="groupé",
    )
    journal.write(session, entry)
    step = leaving.Step(
        leaving=leaving.Stay.of(other),
        cause=leaving.Cause.RULING,
        actor=person,
        answer="abandon",
        reason=f"groupé avec {first.ref}",
    )
    transitions.move(session, other, "abandoned", step)
