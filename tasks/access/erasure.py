"""Personal data that serves no more is erased by rule: logins, links, sessions, tokens, deliveries (GDPR art. 5).

What proves a purchase (decisions, signatures, journal) is kept with it: the archives of the hospital say for how long.
"""

from datetime import date, datetime, timedelta

from sqlmodel import Session, SQLModel, col, delete

from models.access.accounts import ApiToken, Invitation, LoginEvent, LoginSession, WrongTries
from models.access.passkeys import PasskeyChallenge
from models.access.proofs import PersonalKey
from models.outgoing.subscriptions import WebhookDelivery
from tasks import clock
from tasks.settings import settings
from tasks.store import transaction


def erase(on: date) -> list[str]:
    """Erase what is older than the periods of the settings; the watch does it each morning, without remark."""
    now = clock.real(clock.now())
    chosen = settings()
    logins, proofs = timedelta(days=chosen.keep_logins_days), timedelta(days=chosen.keep_proofs_days)
    with transaction() as session:
        _gone(session, LoginEvent, LoginEvent.at, now - logins)
        _gone(session, LoginSession, LoginSession.expires_at, now)
        _gone(session, WrongTries, WrongTries.last_at, now - timedelta(days=1))
        _gone(session, PasskeyChallenge, PasskeyChallenge.expires_at, now)
        _gone(session, Invitation, Invitation.expires_at, now - logins)
        _gone(session, ApiToken, ApiToken.expires_at, now - proofs)
        _gone(session, ApiToken, ApiToken.revoked_at, now - proofs)
        _gone(session, PersonalKey, PersonalKey.revoked_at, now - proofs)
        _gone(session, WebhookDelivery, WebhookDelivery.delivered_at, now - logins)
    return []


def _gone(session: Session, kind: type[SQLModel], dated: datetime | None, before: datetime) -> None:
    """Delete the rows dated before an instant; those that have no date stay."""
    session.exec(delete(kind).where(col(dated) < before))
