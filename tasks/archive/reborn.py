"""The new life of a restored home: what happened since is said, nothing is sent, until one person confirms."""

from datetime import datetime

from pydantic import BaseModel
from sqlmodel import Session, col, delete, select, update

from models.access.accounts import LoginSession
from models.archive.manifest import JournalEnd, Manifest
from models.archive.restorations import Restoration, SentBefore, Waiting
from models.archive.since import FormerLife, RunSeen, Since
from models.errors import AlreadyDone, BadInput, NotAllowed, Unavailable
from models.journal import Fact
from models.leases import Lease
from models.organisation.group import Role
from models.outbox import Dispatch, Message
from models.process.procurement import StageVisit
from tasks import clock, journal, storage
from tasks.archive import aftermath, awaiting, memories
from tasks.organisation import people
from tasks.outgoing import dispatch, restored
from tasks.store import reading, transaction

SUBJECT = "restauration"


class Origin(BaseModel):
    """Where the content of a home comes from: a backup or an export, when it was made, the end of its journal."""

    name: str
    made_at: datetime
    journal: JournalEnd


class Confirmed(BaseModel):
    """What the confirmation did."""

    numero: int
    messages: int
    runs_retires: int
    a_relancer: list[str]


def begin(manifest: Manifest, former: str | None, remarks: list[str]) -> Since:
    """Open a new life after the database came back; return what happened since the copy."""
    life = memories.former_life(former) if former else None
    runs, source = memories.prefect_runs()
    origin = Origin(name=manifest.copie, made_at=manifest.faite_le, journal=manifest.journal)
    with transaction() as session:
        row = enter(session, origin, life, runs)
        found = aftermath.since(session, row, life, runs)
    found.remarques = remarks
    found.sources = [name for name in ("ancienne base" if life else "", source) if name]
    storage.write(awaiting.place_of(found.numero), found.model_dump_json(indent=1).encode())
    return found


def enter(session: Session, origin: Origin, life: FormerLife | None, runs: list[RunSeen]) -> Restoration:
    """Write that this home comes from elsewhere: nothing leaves it any more before a person confirms."""
    before = restored.last(session)
    row = Restoration(
        number=before.number + 1 if before else 1,
        copy_name=origin.name,
        copied_at=origin.made_at,
        journal_seq=origin.journal.lignes,
        journal_hash=origin.journal.empreinte,
        restored_at=clock.now(),
        first_numbers=aftermath.first_numbers(session, origin.made_at, life, runs),
    )
    session.add(row)
    session.exec(delete(LoginSession))
    session.exec(delete(Lease))  # whoever held them worked in the former life
    if life:
        _remember_sent(session, life)
    _ask_again(session)
    said = f"copie {row.copy_name}, {row.journal_seq} lignes, empreinte {row.journal_hash}"
    entry = journal.Entry(fact=Fact.RESTORED, subject=SUBJECT, after=str(row.number), reason=said)
    journal.write(session, entry)
    session.flush()
    return row


def report() -> Since | None:
    """Return the report of the restoration that waits, completed by what Prefect says now; None when none waits."""
    kept = awaiting.report()
    if kept is None:
        return None
    runs, source = memories.prefect_runs()
    with reading() as session:
        seen = aftermath.since(session, session.get_one(Restoration, kept.numero), None, runs)
    known = {one.ref for one in kept.avances}
    kept.avances += [one for one in seen.avances if one.ref not in known]
    kept.inconnus = sorted({*kept.inconnus, *seen.inconnus})
    kept.sources = list(dict.fromkeys([*kept.sources, *([source] if source else [])]))
    return kept


def confirm(email: str, messages: Waiting | None) -> Confirmed:
    """Let everything go on, at the word of an administrator: once, whatever is asked again.

    `messages` decides of those that the copy holds as not sent and of which nothing tells whether they left; it must be
    given when there are any. Raises `Unavailable` while Prefect does not answer: its former runs must go first.
    """
    found = _may_confirm(email, messages)
    runs, _ = memories.prefect_runs()
    removed = _remove(runs, found.restauree_le)
    with transaction() as session:
        row = restored.awaiting(session)
        if row is None:
            raise AlreadyDone("La restauration vient d'être confirmée.")
        someone = people.person(session, email)
        gone = [
            one.cle
            for one in found.messages
            if one.est_parti or (one.est_parti is None and messages is Waiting.GONE)
        ]
        _hold_as_sent(session, gone, row.number)
        row.first_numbers = aftermath.raised(row.first_numbers, runs)
        row.confirmed_at, row.confirmed_by = clock.now(), someone.email
        session.add(row)
        said = f"{len(gone)} messages tenus pour partis, {removed} runs d'avant retirés"
        entry = journal.Entry(
            fact=Fact.RESTORED,
            actor=someone.email,
            subject="confirmation",
            after=str(row.number),
            reason=said,
        )
        journal.write(session, entry)
        stopped = select(StageVisit.ref).where(
            col(StageVisit.left_at).is_(None), col(StageVisit.settled_at).is_(None)
        )
        waiting = sorted(session.exec(stopped))
    return Confirmed(numero=found.numero, messages=len(gone), runs_retires=removed, a_relancer=waiting)


def _may_confirm(email: str, messages: Waiting | None) -> Since:
    """Return the report of the restoration that waits, when that person may confirm it with that word now."""
    found = report()
    if found is None:
        raise AlreadyDone("Aucune restauration n'attend de confirmation.")
    doubtful = [one for one in found.messages if one.est_parti is None]
    if doubtful and messages is None:
        raise BadInput(
            f"{len(doubtful)} messages sont peut-être déjà partis : dites --messages envoyer, ou --messages partis "
            "(achats restaurer etat les montre)."
        )
    _check_person(email)
    if silence := dispatch.server_silence():
        raise Unavailable(f"Confirmez quand Prefect répond, pour retirer ses runs d'avant : {silence}.")
    return found


def _check_person(email: str) -> None:
    with reading() as session:
        someone = people.person(session, email)
        administrators = people.holders(session, [Role.ADMINISTRATOR], clock.today())
    if someone.email not in {one.email for one in administrators}:
        raise NotAllowed("Une restauration est confirmée par un administrateur de l'application.")


def _remember_sent(session: Session, life: FormerLife) -> None:
    """Keep what left after the copy, so that the same words do not leave again when the work is done again."""
    known = set(session.exec(select(Message.key)))
    for key, digest in life.sent.items():
        if key not in known:
            session.merge(SentBefore(key=key, digest=digest))


def _ask_again(session: Session) -> None:
    """Have every run of the present stays asked again, under a new key: those of the former life are not theirs."""
    here = select(StageVisit).where(col(StageVisit.left_at).is_(None))
    for stay in session.exec(here):
        prefix = f"{stay.ref}:{stay.stage}:{stay.visit}"
        rows = session.exec(
            select(Dispatch).where(Dispatch.ref == stay.ref, col(Dispatch.withdrawn_at).is_(None))
        )
        for row in rows:
            mine = row.key == prefix or row.key.startswith(f"{prefix}:")
            if mine and (row.due_at is not None or stay.settled_at is None):
                row.delivered_at, row.flow_run_id = None, None


def _remove(runs: list[RunSeen], restored_at: datetime) -> int:
    """Delete from Prefect the runs still to come that were asked for before the restoration."""
    from uuid import UUID

    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound

    stale = [one for one in runs if one.is_to_come and one.created <= aftermath.real(restored_at)]
    with get_client(sync_client=True) as client:
        for one in stale:
            try:
                client.delete_flow_run(UUID(one.id))
            except ObjectNotFound:
                continue
    return len(stale)


def _hold_as_sent(session: Session, keys: list[str], number: int) -> None:
    said = f"tenu pour parti avant la restauration {number}"
    for key in keys:
        session.exec(update(Message).where(col(Message.key) == key).values(sent_at=clock.now(), error=said))
