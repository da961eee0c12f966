"""Contracts that reach their alert day: alerted once, renewed once, and followed until the renewal is notified."""

from datetime import date, timedelta

from pydantic import BaseModel
from sqlmodel import Session, col, or_, select

from models.contracts.register import Contract
from models.contracts.terms import Term, terms_of
from models.errors import BadInput, Failure
from models.journal import Fact
from models.law.dated import NoValue, days
from models.law.days import ONE_DAY
from models.process.procurement import Procurement
from models.process.table import STAGES, Final, stage_of
from models.risks.register import Level, Observation, Risk, RiskKind
from tasks import journal
from tasks.contracts import bridging, renewal, terms
from tasks.outgoing import events, telling
from tasks.risks import register
from tasks.settings import settings
from tasks.store import reading, transaction

GROUPED_WITHIN_DAYS = 90
COVERED = {"notified", "joined"}
FINALS = [stage.key for stage in STAGES if isinstance(stage, Final)]
PREFIX = "carence:"


class Opening(BaseModel):
    """How renewals are opened: rung for (the trigger answers), or opened at once."""

    by_event: bool = False


def check(on: date, opening: Opening) -> list[str]:
    """Alert on the contracts whose day has come, open or ring for their renewal; return what went wrong.

    The alert is written before the renewal is asked: killed in between, the next sweep finds both to do.
    """
    with reading() as session:
        due = terms.due_terms(session, on)
        known = _alerted(session, due)
    past = [term for term in due if term.key not in known and is_history(term, on)]
    due = [term for term in due if term not in past]
    _alert([term for term in due if term.key not in known], on)
    faults = [_set_aside(past, on)] if past else []
    for term in due:
        if opening.by_event and term.key not in known:
            events.contract_expiring(term.key, term.title)
            continue
        try:
            opened = renewal.open_for(term.key)
        except Failure as error:
            faults.append(f"Marché {term.key} : renouvellement non ouvert. {error}")
            continue
        _say_opened(term, opened, on)
    follow(on)
    return faults


def is_history(term: Term, on: date) -> bool:
    """Return whether a contract had ended for so long, on the day of the watch, that nobody renews it unasked."""
    return term.ends_on is not None and (on - term.ends_on).days > settings().history_days


def _set_aside(past: list[Term], on: date) -> str:
    """Class contracts that ended long before the register knew them, once; return the sentence that says so."""
    numbers = [row.id for term in past for row in term.lots]
    with transaction() as session:
        for start in range(0, len(numbers), 500):
            some = col(Contract.id).in_(numbers[start : start + 500])
            for row in session.exec(select(Contract).where(some)):
                row.set_aside_on = on
    count = len(past)
    return (
        f"{count} marché{'s' if count > 1 else ''} au registre, fini{'s' if count > 1 else ''} depuis plus de "
        f"{settings().history_days} jours : classé{'s' if count > 1 else ''} à l'historique, sans renouvellement "
        "(pour en ouvrir un : achats marche renouveler NUMÉRO)"
    )


def _alerted(session: Session, due: list[Term]) -> set[str]:
    """Return the keys of the terms that were alerted by an earlier sweep."""
    found: list[str] = []
    for start in range(0, len(due), 500):
        keys = [PREFIX + term.key for term in due[start : start + 500]]
        found += session.exec(select(Risk.key).where(col(Risk.key).in_(keys))).all()
    return {key.removeprefix(PREFIX) for key in found}


def _alert(new: list[Term], on: date) -> None:
    for start in range(0, len(new), 100):
        with transaction() as session:
            for term in new[start : start + 100]:
                register.record(session, observation(session, term, None, on), on)
                telling.contract_expiring(session, term)


def _say_opened(term: Term, opened: renewal.Renewal, on: date) -> None:
    with transaction() as session:
        procurement = session.get(Procurement, opened.ref)
        seen = observation(session, term, procurement, on)
        if opened.remarques:
            seen.action += f" ({' ; '.join(opened.remarques)})"
        register.record(session, seen, on)


def latest_start(term: Term) -> date | None:
    """Return the last day to begin the renewal without a gap: the alert day plus the margin of the group."""
    alert = term.first.alert_on
    try:
        return alert + timedelta(days=days("marge_alerte", on=alert)) if alert else None
    except NoValue:
        return alert


def level_on(term: Term, procurement: Procurement | None, on: date) -> tuple[Level, date | None]:
    """Return the level of a term that day and the day on which it changes by itself.

    Orange from the alert, red once a normal procedure can no longer end in time and none is launched (thirty
    days before the end when one is), black once the contract has ended without successor.
    """
    ends_on, latest = term.ends_on, latest_start(term)
    if ends_on is None or latest is None:
        return Level.AMBER, None
    if on > ends_on:
        return Level.BLACK, None
    stopped = procurement is not None and isinstance(stage_of(procurement.stage), Final)
    launched = procurement is not None and procurement.launched_on is not None and not stopped
    red_on = max(latest, ends_on - timedelta(days=30)) if launched else latest + ONE_DAY
    red_on = min(red_on, ends_on)
    if on >= red_on or stopped:
        return Level.RED, ends_on + ONE_DAY
    return Level.AMBER, red_on


def observation(session: Session, term: Term, procurement: Procurement | None, on: date) -> Observation:
    """Return what is to be said of a term that day."""
    level, next_on = level_on(term, procurement, on)
    return Observation(
        key=PREFIX + term.key,
        kind=RiskKind.CONTRACT_GAP,
        level=level,
        title=term.title,
        action=_action(session, term, procurement, level, on),
        due_on=term.ends_on,
        ref=procurement.ref if procurement else None,
        contract=term.key,
        family_code=term.first.family_code,
        next_on=next_on,
    )


def _action(session: Session, term: Term, procurement: Procurement | None, level: Level, on: date) -> str:
    parts = [f"renouvellement {procurement.ref} ouvert" if procurement else "renouvellement demandé"]
    if procurement and isinstance(stage_of(procurement.stage), Final):
        parts = [f"renouvellement {procurement.ref} : {stage_of(procurement.stage).label}, à relancer"]
    others = terms.neighbours(session, term, GROUPED_WITHIN_DAYS) if level is Level.AMBER else []
    if others:
        parts.append(f"achat groupé proposé avec {', '.join(others)} (même famille, fins voisines)")
    if level.rank >= Level.RED.rank:
        parts.append(f"carence contractuelle, attente possible : {bridging.wording(term, on)}")
    return " ; ".join(parts)


def follow(on: date) -> None:
    """Bring the level of the alerts that change that day, and close those whose renewal is notified."""
    with reading() as session:
        keys = list(
            session.exec(
                select(Risk.key)
                .where(Risk.kind == RiskKind.CONTRACT_GAP, col(Risk.closed_at).is_(None))
                .where(col(Risk.next_on) <= on)
            )
        )
        finals = [key for key in _ended(session) if key not in keys]
    for key in [*keys, *finals]:
        with transaction() as session:
            _follow(session, session.get_one(Risk, key), on)


def _ended(session: Session) -> list[str]:
    """Return the open alerts whose renewal is over, one way or the other, and not yet said so."""
    query = (
        select(Risk.key)
        .join(Procurement, col(Procurement.ref) == col(Risk.ref))
        .where(Risk.kind == RiskKind.CONTRACT_GAP, col(Risk.closed_at).is_(None))
        .where(col(Procurement.stage).in_(FINALS))
        .where(or_(col(Procurement.stage).in_(COVERED), Risk.level == Level.AMBER))
    )
    return list(session.exec(query))


def _follow(session: Session, risk: Risk, on: date) -> None:
    try:
        term = terms.find_term(session, risk.contract or "")
    except BadInput:  # the end of the contract has moved: an amendment, a corrected register
        _moved(session, risk, on)
        return
    ref = term.first.renewal_ref
    procurement = session.get(Procurement, ref) if ref else None
    if procurement and procurement.stage in COVERED:
        register.settle(session, risk, f"successeur : {procurement.ref}", on)
        journal.write(
            session,
            journal.Entry(fact=Fact.RISK, ref=procurement.ref, subject=risk.key, after="éteint"),
        )
        return
    register.record(session, observation(session, term, procurement, on), on)


def _moved(session: Session, risk: Risk, on: date) -> None:
    """Close the alert on an end that the contract no longer has; a renewal that is open follows the new one."""
    rows = session.exec(select(Contract).where(Contract.renewal_ref == risk.ref)).all() if risk.ref else []
    found = terms_of(rows, terms.support_siret(session)) if rows else []
    new = f" : {found[0].ends_on:%d/%m/%Y}" if found and found[0].ends_on else ""
    register.settle(session, risk, f"la fin du marché a changé au registre{new}", on, told=True)
    procurement = session.get(Procurement, risk.ref) if risk.ref else None
    if not found or procurement is None or isinstance(stage_of(procurement.stage), Final):
        return
    if procurement.launched_on is None and found[0].ends_on:
        procurement.starts_on = found[0].ends_on + ONE_DAY
    register.record(session, observation(session, found[0], procurement, on), on)
