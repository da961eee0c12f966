"""Entering the contracts of a procurement in the register, one for each lot and holder."""

from sqlmodel import Session, select

from models.contracts.register import Contract
from models.journal import Fact
from models.law.days import last_day
from models.law.planning import alert_date
from models.law.regime import Regime
from models.process.forms import Strategy
from models.process.procurement import Procurement
from tasks import clock, journal
from tasks.award import results
from tasks.contracts.suppliers import Named, supplier_keys
from tasks.organisation import people
from tasks.preparation.launch import PLANNED


def enter(session: Session, procurement: Procurement) -> list[Contract]:
    """Enter the contracts once; return those of the procurement. They start on the day wished, or when notified."""
    known = session.exec(select(Contract).where(Contract.procurement_ref == procurement.ref)).all()
    if known:
        return list(known)
    won = [(lot, lot.winner) for lot in results.results(session, procurement) if lot.winner]
    keys = supplier_keys(session, [_named(winner) for _, winner in won])
    made = [_contract(session, procurement, lot, winner) for lot, winner in won]
    for contract, (_, winner) in zip(made, won, strict=True):
        contract.holder_key = keys[_named(winner)]
    for contract in made:
        session.add(contract)
        journal.write(
            session,
            journal.Entry(
                fact=Fact.CONTRACT,
                ref=procurement.ref,
                subject=f"{contract.number}/{contract.lot}",
                after=contract.holder,
                reason=f"du {contract.starts_on} au {contract.ends_on}, {contract.amount_ht} € HT",
            ),
        )
    return made


def _named(winner: results.TenderResult) -> Named:
    return Named(winner.supplier, winner.siret[:9])


def _contract(
    session: Session, procurement: Procurement, lot: results.LotResult, winner: results.TenderResult
) -> Contract:
    notified_on = procurement.notified_on or clock.today()
    starts_on = max(notified_on, procurement.starts_on or notified_on)
    ends_on = last_day(starts_on, procurement.duration_months)
    regime = Regime.model_validate(procurement.regime)
    planned = {one.number: one for one in Strategy.model_validate(procurement.strategy).lots}
    return Contract(
        number=procurement.ref,
        lot=lot.number,
        objet=f"{procurement.objet} — {lot.title}" if lot.title != procurement.objet else lot.title,
        family_code=procurement.family_code,
        cpv=procurement.cpv,
        nature=procurement.nature,
        procedure=regime.procedure.value,
        buyer_siret=people.support(session).siret,
        holder=winner.supplier,
        holder_siret=winner.siret,
        amount_ht=winner.amount_ht,
        maximum_ht=planned[lot.number].maximum_ht if lot.number in planned else None,
        notified_on=notified_on,
        starts_on=starts_on,
        duration_months=procurement.duration_months,
        ends_on=ends_on,
        alert_on=alert_date(ends_on, PLANNED[regime.procedure]),
        procurement_ref=procurement.ref,
        source="achats-ght",
        registered_at=clock.now(),
    )
