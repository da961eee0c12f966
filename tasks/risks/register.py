"""Keeping risks: seen, worse, better, gone, acknowledged, closed. An unchanged fact changes nothing."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from pydantic import BaseModel, Field
from sqlmodel import Session, col, or_, select

from models.errors import AlreadyDone, BadInput
from models.journal import Fact
from models.organisation.group import Family, Person
from models.risks.bells import TOLD
from models.risks.register import FACTS, Level, Observation, Risk, RiskAction, RiskEvent, RiskKind
from models.risks.watch import Finding
from tasks import clock, journal
from tasks.organisation import people
from tasks.outgoing import telling
from tasks.store import reading, transaction


class Ack(BaseModel):
    """An acknowledgement: by whom, and what is undertaken, by whom and when."""

    person: str
    action: str = ""
    owner: str | None = None
    due_on: date | None = None


class RiskLine(Finding):
    """A risk as the register shows it."""

    nature: RiskKind
    depuis: date
    responsable: str | None = None
    acquitte_par: str | None = None
    clos_le: date | None = None
    motif_cloture: str = ""
    vital: bool = False
    actions: list[str] = Field(default_factory=list)
    historique: list[str] = Field(default_factory=list)


def record(session: Session, seen: Observation, on: date) -> bool:
    """Keep a fact as seen that day; return whether it is news (new, another level, or back)."""
    risk = session.get(Risk, seen.key)
    if risk is None:
        _raise(session, seen, on)
        return True
    if risk.closed_at is not None:
        return _seen_after_closing(session, risk, seen, on)
    for name in FACTS:
        if getattr(risk, name) != getattr(seen, name):
            setattr(risk, name, getattr(seen, name))
    if risk.level is seen.level:
        return False
    _set_level(session, risk, seen.level, on)
    return True


def _raise(session: Session, seen: Observation, on: date) -> None:
    risk = Risk(
        **seen.model_dump(), raised_on=on, changed_on=on, level_since=clock.at(on), climbs_at=clock.at(on)
    )
    risk.owner_email = _owner(session, risk)
    session.add(risk)
    session.flush()
    note(session, risk, "levé", on)
    telling.risk_raised(session, risk)


def _owner(session: Session, risk: Risk) -> str | None:
    family = session.get(Family, risk.family_code) if risk.family_code else None
    return family.owner_email if family else None


def _set_level(session: Session, risk: Risk, level: Level, on: date) -> None:
    worse = level.rank > risk.level.rank
    risk.level, risk.changed_on, risk.is_listed = level, on, False
    risk.level_since, risk.step, risk.climbs_at = clock.at(on), 0, clock.at(on)
    if worse:
        risk.acknowledged_by = risk.acknowledged_at = None
    note(session, risk, "aggravé" if worse else "amélioré", on)
    if worse:
        telling.risk_raised(session, risk)


def _seen_after_closing(session: Session, risk: Risk, seen: Observation, on: date) -> bool:
    """Open a closed risk again when it is worse, or was closed only because its fact had gone."""
    by_person = risk.closed_by not in (None, journal.APPLICATION)
    if by_person and seen.level.rank <= risk.level.rank:
        return False
    for name in FACTS:
        setattr(risk, name, getattr(seen, name))
    risk.closed_at, risk.closed_by, risk.closed_reason = None, None, ""
    risk.acknowledged_by = risk.acknowledged_at = None
    _set_level(session, risk, seen.level, on)
    return True


def note(session: Session, risk: Risk, what: str, on: date, reason: str = "", actor: str = "") -> None:
    """Write a line of the history of a risk."""
    session.add(
        RiskEvent(
            key=risk.key,
            at=clock.now(),
            on_day=on,
            what=what,
            level=risk.level,
            actor=actor or journal.APPLICATION,
            reason=reason,
            is_rung=what not in TOLD,
        )
    )


def settle(session: Session, risk: Risk, reason: str, on: date, *, told: bool = False) -> None:
    """Close a risk whose fact is gone; `told` lists its end once, as green."""
    if risk.closed_at is not None:
        return
    risk.level, risk.changed_on, risk.is_listed = Level.GREEN, on, not told
    risk.closed_at, risk.closed_by, risk.closed_reason = clock.now(), journal.APPLICATION, reason
    risk.climbs_at = risk.next_on = None
    if told:
        risk.action = reason
    note(session, risk, "éteint", on, reason)


def settle_gone(
    session: Session, kinds: Collection[RiskKind], ends: Mapping[str, str], still: Collection[str], on: date
) -> None:
    """Close the open risks of some kinds whose fact is seen no more: `ends` says why by beginning of key."""
    begun = or_(*(col(Risk.key).startswith(prefix) for prefix in ends))
    query = select(Risk).where(col(Risk.kind).in_(kinds), col(Risk.closed_at).is_(None), begun)
    for risk in session.exec(query.order_by(col(Risk.key))):
        if risk.key not in still:
            reason = next(reason for prefix, reason in ends.items() if risk.key.startswith(prefix))
            settle(session, risk, reason, on)


def open_risks(session: Session, kind: RiskKind | None = None) -> list[Risk]:
    """Return the risks that stand, of one kind or all, the worst first."""
    query = select(Risk).where(col(Risk.closed_at).is_(None))
    if kind:
        query = query.where(Risk.kind == kind)
    return sorted(session.exec(query), key=lambda one: (-one.level.rank, one.due_on or date.max, one.key))


def find(session: Session, key: str) -> Risk:
    """Return the risk of that key, or refuse."""
    risk = session.get(Risk, key.strip())
    if risk is None:
        raise BadInput(f"Risque inconnu : {key} (liste : achats risque liste).")
    return risk


def acknowledge(key: str, ack: Ack) -> RiskLine:
    """Note that someone takes a risk in hand: it climbs no further unless it gets worse."""
    with transaction() as session:
        risk, someone = find(session, key), people.person(session, ack.person)
        _refuse_closed(risk)
        if risk.acknowledged_by:
            raise AlreadyDone(
                f"Risque {key} déjà acquitté par {risk.acknowledged_by} le {_day(risk.acknowledged_at)}."
            )
        risk.acknowledged_by, risk.acknowledged_at, risk.climbs_at = someone.email, clock.now(), None
        risk.owner_email = risk.owner_email or someone.email
        if ack.action.strip():
            _undertake(session, risk, ack, someone)
        note(session, risk, "acquitté", clock.today(), ack.action, someone.email)
        _journal(session, risk, someone.email, "acquitté", ack.action)
        return line(session, risk)


def undertake(key: str, ack: Ack) -> RiskLine:
    """Add an action against a risk that stands, acknowledged or not; the one who is named answers for it."""
    if not ack.action.strip():
        raise BadInput(
            "--action : dites ce qui est entrepris.", fields={"texte": "dites ce qui est entrepris"}
        )
    with transaction() as session:
        risk, someone = find(session, key), people.person(session, ack.person)
        _refuse_closed(risk)
        _undertake(session, risk, ack, someone)
        note(session, risk, "action", clock.today(), ack.action.strip(), someone.email)
        _journal(session, risk, someone.email, "action", ack.action.strip())
        return line(session, risk)


def _undertake(session: Session, risk: Risk, ack: Ack, someone: Person) -> None:
    owner = people.person(session, ack.owner or someone.email)
    if ack.due_on is not None and ack.due_on < clock.today():
        said = f"le {ack.due_on:%d/%m/%Y} est passé, donnez aujourd'hui ou un jour à venir"
        raise BadInput(f"--echeance : {said}.", fields={"echeance": said})
    session.add(
        RiskAction(
            key=risk.key,
            text=ack.action.strip(),
            owner_email=owner.email,
            due_on=ack.due_on,
            created_at=clock.now(),
        )
    )


def close(key: str, person: str, reason: str) -> RiskLine:
    """Close a risk with a reason; it comes back only if it gets worse."""
    if not reason.strip():
        raise BadInput(
            "--motif : la clôture d'un risque doit être motivée.",
            fields={"motif": "dites pourquoi il est clos"},
        )
    with transaction() as session:
        risk, someone = find(session, key), people.person(session, person)
        _refuse_closed(risk)
        risk.closed_at, risk.closed_by, risk.closed_reason = clock.now(), someone.email, reason.strip()
        risk.climbs_at = risk.next_on = None
        note(session, risk, "clos", clock.today(), reason.strip(), someone.email)
        _journal(session, risk, someone.email, "clos", reason.strip())
        return line(session, risk)


def _refuse_closed(risk: Risk) -> None:
    if risk.closed_at:
        raise AlreadyDone(f"Risque {risk.key} déjà clos le {_day(risk.closed_at)} : {risk.closed_reason}.")


def _journal(session: Session, risk: Risk, actor: str, what: str, reason: str) -> None:
    entry = journal.Entry(
        fact=Fact.RISK, ref=risk.ref, actor=actor, subject=risk.key, after=what, reason=reason
    )
    journal.write(session, entry)


def _day(at: datetime | None) -> str:
    return at.astimezone(clock.PARIS).strftime("%d/%m/%Y") if at else ""


def line(session: Session, risk: Risk) -> RiskLine:
    """Return a risk as the register shows it, with its history and its actions."""
    events = session.exec(select(RiskEvent).where(RiskEvent.key == risk.key).order_by(col(RiskEvent.id)))
    actions = session.exec(select(RiskAction).where(RiskAction.key == risk.key).order_by(col(RiskAction.id)))
    return RiskLine(
        **Finding.of(risk).model_dump(),
        nature=risk.kind,
        depuis=risk.raised_on,
        responsable=risk.owner_email,
        acquitte_par=risk.acknowledged_by,
        clos_le=risk.closed_at.astimezone(clock.PARIS).date() if risk.closed_at else None,
        motif_cloture=risk.closed_reason,
        vital=risk.is_vital,
        actions=[
            f"{one.text} ({one.owner_email}{f', pour le {one.due_on:%d/%m/%Y}' if one.due_on else ''})"
            for one in actions
        ],
        historique=[
            f"{one.on_day:%d/%m/%Y} {one.what} ({one.level}){f' : {one.reason}' if one.reason else ''}"
            for one in events
        ],
    )


def register(*, closed: bool = False) -> list[RiskLine]:
    """Return the risks that stand (with those closed when asked), the worst first."""
    with reading() as session:
        risks = open_risks(session)
        if closed:
            risks += session.exec(
                select(Risk).where(col(Risk.closed_at).is_not(None)).order_by(col(Risk.closed_at).desc())
            ).all()
        return [line(session, risk) for risk in risks]
