"""Disputes: opened, decided, listed. A référé précontractuel locks the signature until the decision is recorded."""

from datetime import date
from decimal import Decimal

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.disputes.ruling import Dispute, DisputeKind, DisputeOutcome, Events, dates_of
from models.errors import AlreadyDone, BadInput
from models.journal import Fact, JournalHead
from models.process.procurement import Lock, Notice, Procurement
from models.risks.register import Risk
from tasks import clock, journal
from tasks.contracts import terms
from tasks.disputes import dates as dispute_dates
from tasks.disputes import register
from tasks.disputes.register import DisputeLine, line_of
from tasks.organisation import people
from tasks.outgoing import dispatch, events, telling
from tasks.process import leaving, transitions
from tasks.risks import register as risk_register
from tasks.store import transaction

AFTER_SIGNATURE = ("notification", "notified")
OVER = ("without_follow_up", "unsuccessful", "joined", "abandoned", *AFTER_SIGNATURE)


class Filing(BaseModel):
    """A dispute to open, on a procurement or on a contract."""

    kind: DisputeKind
    applicant: str
    filed_on: date
    person: str
    ref: str | None = None
    contract: str | None = None
    amount: Decimal | None = None
    due_on: date | None = None


class Ruling(BaseModel):
    """How a dispute ends; `back_to` says where an annulled procedure is taken up again."""

    outcome: DisputeOutcome
    decided_on: date
    person: str
    text: str = ""
    back_to: str | None = None


def open_dispute(filing: Filing) -> DisputeLine:
    """Open a dispute; a référé précontractuel locks the signature of its procurement in the same transaction."""
    if filing.filed_on > clock.today():
        raise BadInput(f"--date : {filing.filed_on:%d/%m/%Y} est dans l'avenir.")
    with transaction() as session:
        someone = people.person(session, filing.person)
        procurement = transitions.load(session, filing.ref) if filing.ref else None
        contract = terms.find_term(session, filing.contract).key if filing.contract else None
        _check(session, filing, procurement)
        dates = dates_of(filing.kind, _events(session, filing, procurement))
        dispute = Dispute(
            key=_next_key(session, filing.filed_on.year),
            kind=filing.kind,
            ref=filing.ref,
            contract=contract,
            subject=filing.ref or contract or "",
            applicant=filing.applicant.strip(),
            amount=filing.amount,
            filed_on=filing.filed_on,
            opened_by=someone.email,
            opened_at=clock.now(),
            **dates._replace(expected_by=filing.due_on or dates.expected_by)._asdict(),
        )
        if procurement and filing.kind is DisputeKind.PRE_CONTRACT:
            _lock(session, procurement, dispute)
        session.add(dispute)
        session.flush()
        _journal(session, dispute, someone.email, "ouvert", dispute.kind.label)
        telling.dispute_opened(session, dispute)
        risk_register.record(
            session, register.observation(dispute, procurement, clock.today()), clock.today()
        )
        line = line_of(dispute, procurement)
    _announce(line)
    return line


def _check(session: Session, filing: Filing, procurement: Procurement | None) -> None:
    if not filing.applicant.strip():
        raise BadInput("--requerant : le nom du requérant est vide.")
    if bool(filing.ref) == bool(filing.contract):
        raise BadInput("Un litige porte sur un achat (--achat) ou sur un marché (--marche), l'un des deux.")
    if filing.kind is DisputeKind.PRE_CONTRACT:
        if procurement is None:
            raise BadInput("Un référé précontractuel porte sur un achat : donnez --achat RÉFÉRENCE.")
        if procurement.stage in OVER or procurement.signed_on:
            raise BadInput(
                f"{procurement.ref} n'est plus avant sa signature : un référé précontractuel n'est plus "
                "recevable (CJA art. L. 551-1), voyez le référé contractuel."
            )
    same = session.exec(
        select(Dispute).where(
            Dispute.kind == filing.kind,
            Dispute.applicant == filing.applicant.strip(),
            Dispute.filed_on == filing.filed_on,
            col(Dispute.subject).startswith(filing.ref or filing.contract or ""),
        )
    ).first()
    if same:
        raise AlreadyDone(f"Ce litige est déjà ouvert sous la clé {same.key}.")


def _events(session: Session, filing: Filing, procurement: Procurement | None) -> Events:
    if procurement is None:
        return Events(filing.filed_on)
    notice = session.exec(
        select(Notice).where(Notice.ref == procurement.ref, col(Notice.kind).contains("attribution"))
    ).first()
    return Events(
        filing.filed_on,
        procurement.rejection_sent_on,
        procurement.signed_on,
        notice.published_at.astimezone(clock.PARIS).date() if notice else None,
    )


def _next_key(session: Session, year: int) -> str:
    session.get(JournalHead, 1, with_for_update=True)
    keys = session.exec(select(Dispute.key).where(col(Dispute.key).startswith(f"L{year}-"))).all()
    return f"L{year}-{max((int(key.split('-')[1]) for key in keys), default=0) + 1:03d}"


def _lock(session: Session, procurement: Procurement, dispute: Dispute) -> None:
    """Forbid the signature, and move the dates to the day by which the judge should have ruled."""
    lock = Lock(
        ref=procurement.ref,
        reason=f"référé précontractuel {dispute.key} de {dispute.applicant} déposé le {dispute.filed_on:%d/%m/%Y}",
        placed_at=clock.now(),
        placed_by=dispute.opened_by,
    )
    session.add(lock)
    session.flush()
    dispute.lock_id = lock.id
    if dispute.expected_by:
        dispute.moved_from = dispute_dates.hold_until(session, procurement, dispute.expected_by)
    entry = journal.Entry(
        fact=Fact.LOCK,
        ref=procurement.ref,
        actor=dispute.opened_by,
        subject=dispute.key,
        after="signature interdite",
        reason="CJA art. L. 551-4",
    )
    journal.write(session, entry)


def decide(key: str, ruling: Ruling) -> DisputeLine:
    """Record how a dispute ends; the lock is lifted and the dates are set again."""
    with transaction() as session:
        dispute = _find(session, key)
        someone = people.person(session, ruling.person)
        if dispute.decided_on:
            raise AlreadyDone(
                f"Litige {key} déjà décidé le {dispute.decided_on:%d/%m/%Y} : {dispute.outcome}."
            )
        _check_ruling(dispute, ruling)
        procurement = transitions.load(session, dispute.ref) if dispute.ref else None
        dispute.decided_on, dispute.outcome = ruling.decided_on, ruling.outcome.value
        dispute.decision, dispute.decided_by = ruling.text.strip(), someone.email
        session.add(dispute)
        _journal(session, dispute, someone.email, ruling.outcome.value, dispute.decision)
        if procurement and dispute.lock_id:
            _unlock(session, procurement, dispute, ruling, someone.email)
        if risk := session.get(Risk, f"litige:{dispute.key}"):
            risk_register.settle(
                session, risk, f"décision du {ruling.decided_on:%d/%m/%Y}", clock.today(), told=True
            )
        line = line_of(dispute, procurement)
    if dispute.ref:
        dispatch.deliver(dispute.ref)
    return line


def _check_ruling(dispute: Dispute, ruling: Ruling) -> None:
    if not dispute.filed_on <= ruling.decided_on <= clock.today():
        raise BadInput(
            f"--date : la décision est notifiée entre le {dispute.filed_on:%d/%m/%Y} et aujourd'hui."
        )
    annulled = ruling.outcome is DisputeOutcome.ANNULLED and dispute.lock_id is not None
    if annulled and ruling.back_to not in ("analysis", "without_follow_up"):
        raise BadInput(
            "--reprise : après une annulation, dites où la procédure reprend : analyse ou sans_suite."
        )


def _unlock(
    session: Session, procurement: Procurement, dispute: Dispute, ruling: Ruling, person: str
) -> None:
    lock = session.get_one(Lock, dispute.lock_id)
    lock.lifted_at, lock.lifted_by = clock.now(), person
    session.add(lock)
    session.flush()
    entry = journal.Entry(
        fact=Fact.LOCK,
        ref=procurement.ref,
        actor=person,
        subject=dispute.key,
        before="signature interdite",
        after="verrou levé",
        reason=f"décision notifiée le {ruling.decided_on:%d/%m/%Y} : {ruling.outcome.value}",
    )
    journal.write(session, entry)
    if _other_locks(session, procurement.ref):
        return
    if ruling.outcome is DisputeOutcome.ANNULLED and ruling.back_to:
        step = leaving.Step(
            leaving=leaving.Stay.of(procurement),
            cause=leaving.Cause.RULING,
            actor=person,
            answer="annulation",
            reason=f"litige {dispute.key}",
        )
        transitions.move(session, procurement, ruling.back_to, step)
        return
    dispute_dates.release(session, procurement, dispute.moved_from, ruling.decided_on)


def _other_locks(session: Session, ref: str) -> bool:
    query = select(Lock).where(Lock.ref == ref, col(Lock.lifted_at).is_(None))
    return session.exec(query).first() is not None


def _find(session: Session, key: str) -> Dispute:
    dispute = session.get(Dispute, key.strip(), with_for_update=True)
    if dispute is None:
        raise BadInput(f"Litige inconnu : {key} (liste : achats litige liste).")
    return dispute


def _journal(session: Session, dispute: Dispute, actor: str, what: str, reason: str) -> None:
    entry = journal.Entry(
        fact=Fact.DISPUTE, ref=dispute.ref, actor=actor, subject=dispute.key, after=what, reason=reason
    )
    journal.write(session, entry)


def _announce(line: DisputeLine) -> None:
    """Ring `ght.dispute.opened` when a server listens, and have moved dates known to Prefect."""
    if dispatch.silence():
        return
    events.dispute_opened(line.cle, line.intitule, line.achat or line.marche or "")
    if line.achat:
        dispatch.deliver(line.achat)
