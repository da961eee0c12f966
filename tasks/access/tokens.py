"""Personal tokens of the API: given once, checked at each call, withdrawn at any time."""

import hmac
import secrets
from datetime import datetime, timedelta

from pydantic import BaseModel, SecretStr
from sqlmodel import Session, col, select

from models.access.accounts import Account, ApiToken
from models.access.sight import Scope, Viewer, deposits_tenders
from models.errors import BadInput, NotAllowed
from models.journal import Fact
from tasks import clock, journal
from tasks.access import accounts, sessions
from tasks.store import reading, transaction

PREFIX = "api"
LONGEST_DAYS = 366
USED_EVERY = timedelta(hours=1)


class Shown(BaseModel):
    """A token as its owner sees it, without its secret."""

    id: str
    label: str
    scopes: list[str]
    expires_at: datetime
    is_live: bool


def issue(email: str, label: str, scopes: list[str], days: int) -> SecretStr:
    """Return a new token, shown this once."""
    unknown = sorted(set(scopes) - set(Scope))
    if unknown or not scopes:
        raise BadInput(
            "Choisissez au moins une chose que le jeton permet.",
            fields={"portee": "choisissez-en au moins une"},
        )
    if Scope.PROFILE in scopes:
        _check_profile(email, scopes)
    if not 1 <= days <= LONGEST_DAYS:
        raise BadInput(
            f"Durée du jeton : de 1 à {LONGEST_DAYS} jours.", fields={"jours": f"de 1 à {LONGEST_DAYS} jours"}
        )
    if not label.strip() or len(label) > 100:
        raise BadInput(
            "Nom du jeton : de 1 à 100 caractères, pour le reconnaître.",
            fields={"nom": "de 1 à 100 caractères"},
        )
    number, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    now = accounts.real_now()
    with transaction() as session:
        session.add(
            ApiToken(
                id=number,
                person_email=email,
                label=label.strip(),
                hashed_secret=accounts.hashed(secret),
                scopes=sorted(set(scopes)),
                created_at=now,
                expires_at=now + timedelta(days=days),
            )
        )
        _note(session, email, f"jeton {number} remis ({', '.join(sorted(set(scopes)))}, {days} jours)")
    return SecretStr(f"{PREFIX}.{number}.{secret}")


def _check_profile(email: str, scopes: list[str]) -> None:
    """Refuse the credential of the buyer profile to whoever evaluates tenders, and beside any other scope."""
    with reading() as session:
        viewer = sessions.viewer_of(session, email)
    if viewer is None or not deposits_tenders(viewer):
        raise NotAllowed(
            "Le jeton du profil d'acheteur est donné par l'administrateur, qui n'évalue aucune offre."
        )
    if set(scopes) != {Scope.PROFILE}:
        raise BadInput(
            "Le jeton du profil d'acheteur ne permet rien d'autre.",
            fields={"portee": "cochez le profil d'acheteur seul"},
        )


def revoke(email: str, number: str) -> None:
    """Withdraw a token of a person."""
    with transaction() as session:
        row = session.get(ApiToken, number)
        if row is None or row.person_email != email:
            raise BadInput("Jeton inconnu.")
        row.revoked_at = accounts.real_now()
        _note(session, email, f"jeton {number} retiré")


def _note(session: Session, email: str, reason: str) -> None:
    journal.write(session, journal.Entry(fact=Fact.ACCESS, actor=email, subject=email, reason=reason))


def listed(email: str) -> list[Shown]:
    """Return the tokens of a person, the newest first."""
    now = accounts.real_now()
    with reading() as session:
        rows = session.exec(
            select(ApiToken).where(ApiToken.person_email == email).order_by(col(ApiToken.created_at).desc())
        ).all()
    return [
        Shown(
            id=row.id,
            label=row.label,
            scopes=row.scopes,
            expires_at=row.expires_at,
            is_live=row.revoked_at is None and row.expires_at > now,
        )
        for row in rows
    ]


def number_of(token: str) -> str:
    """Return the number of a token, which is no secret.

    >>> number_of("api.0123456789abcdef.secret")
    '0123456789abcdef'
    """
    return token.strip().partition(".")[2].partition(".")[0][:16]


def check(token: str, *scopes: Scope) -> Viewer | None:
    """Return whose token this is, None when it is unknown, withdrawn or expired, or her access has ended.

    A token that lives and was made for something else than one of those scopes is refused.
    """
    prefix, _, rest = token.strip().partition(".")
    number, secret = number_of(token), rest.partition(".")[2]
    with reading() as session:
        row = session.get(ApiToken, number)
        known = row.hashed_secret if row else accounts.hashed("")
        matches = hmac.compare_digest(known, accounts.hashed(secret))
        if row is None or not matches or prefix != PREFIX or not _is_live(session, row):
            return None
        if not set(scopes) & set(row.scopes):
            raise NotAllowed(
                f"Ce jeton ne permet pas « {scopes[0]} » : ses portées sont {', '.join(row.scopes)}."
            )
        return sessions.viewer_of(session, row.person_email)


def _is_live(session: Session, row: ApiToken) -> bool:
    account = session.get(Account, row.person_email)
    is_open = account is not None and not account.is_ended(clock.today())
    return is_open and row.revoked_at is None and row.expires_at > accounts.real_now()


def note_used(number: str) -> None:
    """Write that a token has just been used, once an hour at most."""
    now = accounts.real_now()
    with reading() as session:
        row = session.get(ApiToken, number)
        if row is None or (row.last_used_at is not None and now - row.last_used_at < USED_EVERY):
            return
    with transaction() as session:
        session.get_one(ApiToken, number).last_used_at = now
