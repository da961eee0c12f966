"""Renewals provided by contracts: the day to decide comes, silence has its meaning, both are told in time."""

from datetime import date, timedelta

from sqlmodel import Session, col, select

from models.contracts.register import ContractOption
from models.contracts.terms import contract_key
from models.law.days import last_day
from models.risks.register import Level, Observation, RiskKind
from tasks.contracts import terms
from tasks.risks import register
from tasks.store import transaction

PREFIX = "reconduction:"
WARNING, URGENT = timedelta(days=60), timedelta(days=15)


def check(on: date) -> list[str]:
    """Keep a risk for each renewal to decide within sixty days, until it is decided or silence has decided."""
    with transaction() as session:
        found = set()
        query = select(ContractOption).where(
            ContractOption.decision == "",
            col(ContractOption.notice_on) <= on + WARNING,
            col(ContractOption.starts_on) > on,
        )
        if due := session.exec(query).all():
            support = terms.support_siret(session)
            for option in due:
                seen = observation(session, option, support, on)
                register.record(session, seen, on)
                found.add(seen.key)
        register.settle_gone(
            session, [RiskKind.CONTRACT_GAP], {PREFIX: "reconduction décidée ou terme passé"}, found, on
        )
    return []


def observation(session: Session, option: ContractOption, support: str, on: date) -> Observation:
    """Return what is to be said of a renewal to decide: what silence would do, and by when."""
    contract = terms.first_row(session, option.contract_number, option.buyer_siret)
    name = contract_key(contract, support) if contract else option.contract_number
    silence = "le silence reconduit" if option.is_tacit else "le silence met fin au marché"
    level = Level.RED if on + URGENT >= option.notice_on else Level.AMBER
    action = f"décider et notifier au plus tard le {option.notice_on:%d/%m/%Y} : {silence}"
    if on > option.notice_on:
        ends_on = option.starts_on - timedelta(days=1)
        renewed_to = last_day(option.starts_on, max(option.months, 1))
        action = (
            f"délai passé : marché reconduit par le silence jusqu'au {renewed_to:%d/%m/%Y}"
            if option.is_tacit
            else f"délai passé : le marché prend fin le {ends_on:%d/%m/%Y}, préparer la suite"
        )
        level = Level.AMBER if option.is_tacit else Level.BLACK
    return Observation(
        key=f"{PREFIX}{name}:{option.rank}",
        kind=RiskKind.CONTRACT_GAP,
        level=level,
        title=f"{name} : reconduction n° {option.rank} au {option.starts_on:%d/%m/%Y}, {option.months} mois",
        action=action,
        due_on=option.notice_on,
        family_code=contract.family_code if contract else None,
    )
