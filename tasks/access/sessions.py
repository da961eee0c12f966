"""Sessions of the pages: opened by a login, found by their cookie, closed by time, by hand or by the administrator."""

import secrets
from datetime import datetime, timedelta
from decimal import Decimal

from pydantic import BaseModel
from sqlalchemy import bindparam
from sqlmodel import Session, col, delete, select

from models.access.accounts import Account, LoginMeans, LoginOutcome, LoginSession
from models.access.sight import Held, Viewer
from models.organisation.group import Establishment, EstablishmentKind, Person, RoleGrant
from models.signing.acts import Act, Delegation
from models.signing.authority import may_sign
from models.signing.questions import Question
from tasks import clock
from tasks.access import accounts
from tasks.signing import power
from tasks.store import reading, transaction

LONGEST = timedelta(hours=12)
IDLE = timedelta(hours=2)
NOTED_EVERY = timedelta(minutes=5)


class Opened(BaseModel):
    """A session just opened: its token goes into the cookie and nowhere else."""

    token: str
    form_token: str
    seconds: int


class Entry(BaseModel):
    """How a person has just proven who she is; by the provider, until when that spares her the code to sign."""

    means: LoginMeans = LoginMeans.PASSWORD
    strong_until: datetime | None = None
    sealed_id_token: str | None = None


class Present(BaseModel):
    """A session in use: who is there, and the token that her forms carry."""

    viewer: Viewer
    form_token: str
    is_strong: bool = False  # the provider's own two factors were used a short while ago
    is_to_note: bool = False  # last noted some minutes ago: see `note_seen`


PASSWORD = Entry()


def open_session(email: str, address: str, former: str | None = None, entry: Entry = PASSWORD) -> Opened:
    """Open a session with a new token, whatever the browser sent before (no fixation)."""
    token, form_token = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    now = accounts.real_now()
    with transaction() as session:
        if former:
            _delete(session, former)
        session.exec(delete(LoginSession).where(col(LoginSession.expires_at) < now))
        session.add(
            LoginSession(
                hashed_token=accounts.hashed(token),
                person_email=email,
                form_token=form_token,
                created_at=now,
                seen_at=now,
                expires_at=now + LONGEST,
                strong_until=entry.strong_until,
                sealed_id_token=entry.sealed_id_token,
            )
        )
        session.get_one(Account, email).last_login_at = now
        accounts.log(session, email, address, LoginOutcome.IN, entry.means)
    return Opened(token=token, form_token=form_token, seconds=int(LONGEST.total_seconds()))


def close_session(token: str, email: str, address: str) -> str | None:
    """Close a session; return the sealed token of the provider that opened it, None when none did."""
    with transaction() as session:
        row = session.get(LoginSession, accounts.hashed(token))
        sealed = row.sealed_id_token if row else None
        _delete(session, token)
        accounts.log(session, email, address, LoginOutcome.OUT)
    return sealed


def _delete(session: Session, token: str) -> None:
    session.exec(delete(LoginSession).where(col(LoginSession.hashed_token) == accounts.hashed(token)))


def present(token: str) -> Present | None:
    """Return who holds a live session of that token, or None."""
    now = accounts.real_now()
    with reading() as session:
        found = session.exec(OPENED, params={"token": accounts.hashed(token)}).first()
        if found is None:
            return None
        row, account = found
        if row.expires_at < now or row.seen_at + IDLE < now or account.is_ended(clock.today()):
            return None
        viewer = viewer_of(session, row.person_email)
    if viewer is None:
        return None
    return Present(
        viewer=viewer,
        form_token=row.form_token,
        is_strong=row.strong_until is not None and now < row.strong_until,
        is_to_note=row.seen_at + NOTED_EVERY < now,
    )


def note_seen(token: str) -> None:
    """Write that a session has just been used, so that it does not end for being idle."""
    with transaction() as session:
        if kept := session.get(LoginSession, accounts.hashed(token)):
            kept.seen_at = accounts.real_now()


# Asked at every page: built once, their values bound at each call.
OPENED = (
    select(LoginSession, Account)
    .join(Account, col(Account.person_email) == col(LoginSession.person_email))
    .where(col(LoginSession.hashed_token) == bindparam("token"))
)
SUPPORT = select(Establishment.siret).where(Establishment.kind == EstablishmentKind.SUPPORT).limit(1)
HELD = (
    select(Person, RoleGrant, SUPPORT.scalar_subquery())
    .join(RoleGrant, col(RoleGrant.person_email) == col(Person.email), isouter=True)
    .where(col(Person.email) == bindparam("email"))
    .order_by(col(RoleGrant.id))
)


def viewer_of(session: Session, email: str) -> Viewer | None:
    """Return a person of the organisation as the rules of access see her, or None when she has left."""
    rows = session.exec(HELD, params={"email": email}).all()
    if not rows:
        return None
    someone, _, support = rows[0]
    if someone.active_until is not None and someone.active_until < clock.today():
        return None
    grants: list[RoleGrant | None] = [grant for _, grant, _ in rows]
    viewer = Viewer(
        email=email,
        name=someone.name,
        siret=someone.establishment_siret,
        support_siret=support or "",
        held=tuple(Held(role=one.role, siret=one.establishment_siret) for one in grants if one),
    )
    if viewer.runs_purchases or not _signs(session, email, viewer.support_siret):
        return viewer
    return viewer.model_copy(update={"signs": True})


SIGNED_FOR_THE_GROUP = (Act.LAUNCH, Act.AWARD, Act.CONTRACT)


def _signs(session: Session, email: str, support: str) -> bool:
    """Return whether a delegation suffices that day for an act of the support establishment, be it the smallest.

    A delegation of another establishment, or one that is not in effect yet, shows nothing of the tenders.
    """
    today = clock.today()
    given = [one for one in power.running(session, email, today) if _concerns(one)]
    if not given or not support:
        return False
    known = power.register(session)
    return any(
        may_sign(
            email,
            Question(act=act, amount=Decimal(0), family=family, establishment=support, day=today),
            known,
        ).allowed
        for one in given
        for act in SIGNED_FOR_THE_GROUP
        if act in one.acts
        for family in one.families or [""]
    )


def _concerns(one: Delegation) -> bool:
    return any(act in one.acts for act in SIGNED_FOR_THE_GROUP)
