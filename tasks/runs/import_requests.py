"""Imports asked through the API: received at once, done by a run of the worker, one of a person after the other.

The pages only receive: the file is written, its row and the run asked are one transaction. The run takes the row by
compare-and-set; a run that finds another import at work ends « Sans objet », for the end of that one asks for the next.
"""

import secrets
from datetime import datetime, timedelta

from pydantic import BaseModel
from sqlmodel import Session, col, func, select

from models.access.sight import Viewer
from models.columns import Euros
from models.errors import BadInput, Refused, TooMany, Unavailable
from models.outbox import Dispatch
from models.outgoing.import_requests import A_DAY, MOST_WAITING, ImportRequest, ImportState, SpendOptions
from models.reading.refusals import RefusedLine
from models.spend.lines import ImportReport
from tasks import clock, leases, storage
from tasks.access import accounts, sessions
from tasks.outgoing import outbox
from tasks.settings import settings
from tasks.spend import deposit
from tasks.store import reading, transaction

DEPLOYMENT = "importing/import"
ADDRESS = "/api/v1/depenses/"
MOST_ATTEMPTS = 3  # an import whose run dies again and again is given up
LONGEST_RUN = timedelta(hours=1)
LISTED = 50
GIVEN_UP = "L'import s'est arrêté trois fois en route : le fichier est à vérifier, puis à envoyer de nouveau."
BROKEN = "L'import a rencontré une erreur de l'application ; rien n'a été enregistré."


class Followed(BaseModel):
    """An import as the one who asked for it follows it; what it did is there once it is over."""

    numero: str
    etat: ImportState
    adresse: str
    fichier: str
    demande_le: datetime
    fini_le: datetime | None = None
    motif: str | None = None
    lus: int | None = None
    acceptes: int | None = None
    ignores: int | None = None
    refuses: list[RefusedLine] | None = None
    remarques: list[str] | None = None
    deja_importe: bool | None = None
    total_lu: Euros | None = None
    total_accepte: Euros | None = None
    total_refuse: Euros | None = None


def ask(sender: Viewer, token_id: str, upload: deposit.Upload) -> Followed:
    """Keep a file of spend lines to be imported and ask for the run; the same file asked twice waits once.

    Raises `NotAllowed`, `BadInput` for what is seen without reading the file, `TooMany` beyond the quota of the day.
    """
    upload.name = deposit.file_name(upload.name)
    deposit.check(sender, upload)
    options = SpendOptions(
        establishment=upload.establishment,
        family=upload.family,
        columns=upload.columns,
        replaces=upload.replaces,
    )
    number = f"imp_{secrets.token_hex(8)}"
    row = ImportRequest(
        number=number,
        person_email=sender.email,
        token_id=token_id,
        name=upload.name,
        path=f"imports/{number}",
        sha256=storage.sha256(upload.content),
        bytes=len(upload.content),
        options=options.model_dump(),
        state=ImportState.WAITING,
        asked_at=accounts.real_now(),
    )
    with reading() as session:
        if known := _same(session, row):
            return _followed(known)
        _check_quota(session, row)
    storage.write(row.path, upload.content)
    with transaction() as session:
        _check_quota(session, row)
        session.add(row)
        session.flush()
        _ask_run(session, row)
        return _followed(row)


def _same(session: Session, row: ImportRequest) -> ImportRequest | None:
    """Return the same file asked by the same person in the same way, which is not over."""
    going = session.exec(
        select(ImportRequest).where(
            ImportRequest.person_email == row.person_email,
            ImportRequest.sha256 == row.sha256,
            col(ImportRequest.state).in_((ImportState.WAITING, ImportState.RUNNING)),
        )
    )
    return next((one for one in going if one.options == row.options and one.name == row.name), None)


def _check_quota(session: Session, row: ImportRequest) -> None:
    waiting = select(func.count()).where(
        ImportRequest.person_email == row.person_email, ImportRequest.state == ImportState.WAITING
    )
    if session.exec(waiting).one() >= MOST_WAITING:
        raise TooMany(f"Vous avez {MOST_WAITING} imports en attente : attendez la fin de l'un d'eux.", 60)
    query = select(
        func.count(), func.coalesce(func.sum(ImportRequest.bytes), 0), func.min(ImportRequest.asked_at)
    )
    since = row.asked_at - A_DAY
    asked, sent, oldest = session.exec(
        query.where(ImportRequest.token_id == row.token_id, ImportRequest.asked_at > since)
    ).one()
    most, megabytes = settings().imports_per_day, settings().import_megabytes_per_day
    if asked < most and sent + row.bytes <= megabytes * 1_000_000:
        return
    first = oldest if isinstance(oldest, datetime) else row.asked_at
    raise TooMany(
        f"Ce jeton a envoyé {asked} imports en un jour ({most} et {megabytes} Mo au plus) : "
        "reprenez demain, ou importez par la ligne de commande.",
        max(60, int((first + A_DAY - row.asked_at).total_seconds())),
    )


def _ask_run(session: Session, row: ImportRequest) -> None:
    row.attempts += 1
    session.add(row)
    outbox.ask_run(
        session,
        Dispatch(
            key=f"{row.number}:{row.attempts}",
            ref=row.number,
            deployment=DEPLOYMENT,
            name=f"Import {row.number}",
            parameters={"number": row.number},
            tags=["import"],
            created_at=clock.now(),
        ),
    )


def followed(viewer: Viewer, number: str) -> Followed | None:
    """Return an import that the person asked for, None for any other."""
    with reading() as session:
        row = session.get(ImportRequest, number)
        return _followed(row) if row and row.person_email == viewer.email else None


def listed(viewer: Viewer) -> list[Followed]:
    """Return the last imports that the person asked for, the newest first, without their reports."""
    query = select(ImportRequest).where(ImportRequest.person_email == viewer.email)
    with reading() as session:
        rows = session.exec(query.order_by(col(ImportRequest.asked_at).desc()).limit(LISTED)).all()
    return [_followed(row, with_report=False) for row in rows]


def _followed(row: ImportRequest, *, with_report: bool = True) -> Followed:
    said = ImportReport.model_validate(row.report).model_dump() if row.report and with_report else {}
    return Followed(
        **{
            **said,
            "numero": row.number,
            "etat": row.state,
            "adresse": f"{ADDRESS}{row.number}",
            "fichier": row.name,
            "demande_le": row.asked_at,
            "fini_le": row.ended_at,
            "motif": row.refusal or None,
        }
    )


def carry_out(number: str) -> ImportState | None:
    """Do an import and return how it ended; None when it is not its turn, or no longer waits."""
    row = _take(number)
    if row is None:
        return None
    with leases.kept(row.worked_by):
        return _done(row)


def _done(row: ImportRequest) -> ImportState:
    number = row.number
    try:
        report, refusal = _imported(row), ""
    except Refused as reason:
        report, refusal = None, str(reason)
    except Unavailable:  # the run tries again
        with transaction() as session:
            session.get_one(ImportRequest, number).state = ImportState.WAITING
        raise
    except Exception:
        _close(number, None, BROKEN)
        raise
    return _close(number, report, refusal)


def _take(number: str) -> ImportRequest | None:
    with transaction() as session:
        row = session.get(ImportRequest, number, with_for_update=True)
        if row is None or row.state is not ImportState.WAITING:
            return None
        alive = [one for one in _running(session) if not _is_lost(session, one)]
        mine = any(one.person_email == row.person_email for one in alive)
        if mine or len(alive) >= settings().imports_at_once:
            return None
        token = leases.take(session, leases.Work(work="import", ref=number), None)
        if token is None:
            return None
        row.state, row.started_at, row.worked_by = ImportState.RUNNING, accounts.real_now(), token
        return row


def _running(session: Session) -> list[ImportRequest]:
    return list(session.exec(select(ImportRequest).where(ImportRequest.state == ImportState.RUNNING)))


def _is_lost(session: Session, row: ImportRequest) -> bool:
    started = row.started_at or row.asked_at
    return not leases.is_held(session, row.worked_by) or accounts.real_now() - started > LONGEST_RUN


def _imported(row: ImportRequest) -> ImportReport:
    with reading() as session:
        sender = sessions.viewer_of(session, row.person_email)
    if sender is None:
        raise BadInput("La personne qui a demandé cet import n'a plus d'accès.")
    options = SpendOptions.model_validate(row.options)
    upload = deposit.Upload(name=row.name, content=storage.read(row.path), **options.model_dump())
    return deposit.receive(sender, upload)


def _close(number: str, report: ImportReport | None, refusal: str) -> ImportState:
    with transaction() as session:
        row = session.get_one(ImportRequest, number)
        row.state = ImportState.DONE if report else ImportState.REFUSED
        row.ended_at, row.refusal = accounts.real_now(), refusal
        row.report = report.model_dump(mode="json") if report else None
        session.flush()
        _ask_next(session)
    storage.remove(row.path)
    return row.state


def _ask_next(session: Session) -> None:
    """Ask for the run of the oldest import that may start now."""
    busy = {one.person_email for one in _running(session) if not _is_lost(session, one)}
    waiting = select(ImportRequest).where(
        ImportRequest.state == ImportState.WAITING, col(ImportRequest.person_email).not_in(busy)
    )
    following = session.exec(waiting.order_by(col(ImportRequest.asked_at))).first()
    if following:
        _ask_run(session, following)


def resume() -> None:
    """Put back in line the imports whose run died, and ask again for what waits while nothing runs."""
    with transaction() as session:
        lost = [row for row in _running(session) if _is_lost(session, row)]
        for row in lost:
            given_up = row.attempts >= MOST_ATTEMPTS
            row.state = ImportState.REFUSED if given_up else ImportState.WAITING
            row.refusal = GIVEN_UP if given_up else ""
        session.flush()
        if len(_running(session)) < settings().imports_at_once:
            _ask_next(session)
