"""Telling people of risks, degree by degree, until somebody takes them in hand. Each degree is told once."""

import hashlib
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.journal import Fact
from models.organisation.group import Person, Role
from models.risks.escalation import (
    OWNER,
    Channel,
    EscalationOverride,
    EscalationPolicy,
    Ladder,
    LadderStep,
    Policy,
    default_policy,
    due_at,
    read_policy,
)
from models.risks.register import Risk
from tasks import clock, journal
from tasks.organisation import people
from tasks.outgoing import deliveries, mail, outbox
from tasks.risks import register
from tasks.steps import step
from tasks.store import transaction
from tasks.tables.tabular import decoded, read_bytes

MOST_LINES = 40


class Climbed(BaseModel):
    """What a round of escalation did."""

    risques: int = 0
    messages: int = 0
    retenus: int = 0


class Notice(BaseModel):
    """What one person is told of one risk at one degree."""

    key: str
    degree: int
    line: str
    is_call: bool
    is_vital: bool


def policy(session: Session) -> Policy:
    """Return the policy in force: that of the group or of the product, after what the organisation overrides."""
    own = session.get(EscalationPolicy, 1)
    base = Policy.model_validate(own.content) if own else default_policy()
    return base.with_overrides([one.ladder for one in session.exec(select(EscalationOverride))])


def import_policy(path: Path) -> Policy:
    """Replace the policy by the one of a file; it is taken whole or refused with every fault."""
    found = read_policy(decoded(read_bytes(path), path.name), path.name)
    content = found.model_dump(mode="json", by_alias=True)
    with transaction() as session:
        session.merge(EscalationPolicy(id=1, content=content, imported_at=clock.now()))
        entry = journal.Entry(fact=Fact.IMPORT, subject="escalades", after=path.name)
        journal.write(session, entry)
    return found


def climb(at: datetime) -> Climbed:
    """Tell the people of every degree reached at an instant; outside quiet hours, except for what is vital.

    The messages and the degrees are written in one transaction: killed before it, nothing was told; after it,
    nothing is told twice.
    """
    done = Climbed()
    notices: dict[str, list[Notice]] = defaultdict(list)
    with transaction() as session:
        reached = _reached(session, at)
        if not reached:
            return done
        rules = policy(session)
        quiet = rules.quiet.hold(at.astimezone(clock.PARIS))
        for risk in reached:
            if quiet and not risk.is_vital:
                done.retenus += 1
                continue
            done.risques += 1
            _climb(session, risk, rules.ladder_of(risk), at, notices)
        for email in sorted(notices):
            done.messages += _write(session, session.get_one(Person, email), notices[email], at)
    return done


def _reached(session: Session, at: datetime) -> list[Risk]:
    query = select(Risk).where(col(Risk.climbs_at) <= at, col(Risk.closed_at).is_(None))
    return sorted(session.exec(query), key=lambda one: (not one.is_vital, -one.level.rank, one.key))


def _climb(
    session: Session, risk: Risk, ladder: Ladder | None, at: datetime, notices: dict[str, list[Notice]]
) -> None:
    """Take a risk through the degrees that it has reached; a degree that nobody holds passes to the next one."""
    on, degree, vacant = at.astimezone(clock.PARIS).date(), risk.step, False
    steps = ladder.steps if ladder else ()
    while degree < len(steps) and (vacant or due_at(risk, steps[degree]) <= at):
        told = _people(session, risk, steps[degree], on)
        vacant = not told
        who = ", ".join(steps[degree].roles)
        reason = f"{who} : {', '.join(told) if told else 'personne ne tient ce rôle'}"
        register.note(session, risk, f"degré {degree + 1}", on, reason)
        for email in told:
            if steps[degree].channel is not Channel.BOARD:
                notices[email].append(_notice(risk, degree, steps[degree]))
        degree += 1
    risk.step = degree
    risk.climbs_at = due_at(risk, steps[degree]) if degree < len(steps) else None
    session.add(risk)


def _people(session: Session, risk: Risk, degree: LadderStep, on: date) -> list[str]:
    roles = [role for role in degree.roles if isinstance(role, Role)]
    found = [one.email for one in people.holders(session, roles, on)] if roles else []
    if OWNER in degree.roles and risk.owner_email and risk.owner_email not in found:
        found.append(risk.owner_email)
    return found


def _notice(risk: Risk, degree: int, reached: LadderStep) -> Notice:
    due = f", échéance le {risk.due_on:%d/%m/%Y}" if risk.due_on else ""
    return Notice(
        key=f"{risk.key}:{risk.level}:{risk.level_since.isoformat()}:{degree}",
        degree=degree + 1,
        line=f"[{risk.level}] {risk.title}{due}. À faire : {risk.action or 'à décider'}. Clé : {risk.key}",
        is_call=reached.channel is Channel.CALL,
        is_vital=risk.is_vital,
    )


def _write(session: Session, someone: Person, notices: list[Notice], at: datetime) -> int:
    """Write one message for each vital risk, and one for all the others together; return how many."""
    batches = [[one] for one in notices if one.is_vital]
    rest = [one for one in notices if not one.is_vital]
    return sum(_write_one(session, someone, batch, at) for batch in (*batches, *([rest] if rest else [])))


def _write_one(session: Session, someone: Person, batch: list[Notice], at: datetime) -> bool:
    digest = hashlib.sha256("\n".join(sorted(one.key for one in batch)).encode()).hexdigest()[:24]
    values: dict[str, str | int | list[str] | None] = {
        "nom": someone.name,
        "jour": at.astimezone(clock.PARIS).strftime("%d/%m/%Y"),
        "nombre": len(batch),
        "lignes": [one.line for one in batch[:MOST_LINES]],
        "autres": max(0, len(batch) - MOST_LINES),
        "degre": max(one.degree for one in batch),
        "appel": "oui" if any(one.is_call for one in batch) else None,
        "vital": "oui" if batch[0].is_vital else None,
        "courriel": someone.email,
    }
    letter = outbox.Letter(
        key=f"risques:{someone.email}:{digest}",
        to=someone.email,
        template="risques",
        values=values,
        at_once=any(one.is_vital or one.is_call for one in batch),
        lines=[one.line for one in batch],
    )
    return outbox.write_message(session, letter)


@step("Escalade des risques")
def escalate(on: date | None = None) -> Climbed:
    """Tell people of the risks that reached a degree, then send what is waiting."""
    done = climb(clock.at(on) if on else clock.now())
    mail.send_pending()
    deliveries.send_due()
    return done
