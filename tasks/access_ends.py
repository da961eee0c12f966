"""Ending what a person holds of her access: one-time links, open sessions, tokens of the API."""

from datetime import datetime

from sqlmodel import Session, col, select

from models.accounts import Invitation, LoginSession
from models.tokens import ApiToken


def end_links(session: Session, email: str, now: datetime) -> None:
    """Make the links of a person useless."""
    for link in session.exec(
        select(Invitation).where(Invitation.person_email == email, col(Invitation.used_at).is_(None))
    ):
        link.used_at = now


def end_sessions(session: Session, email: str) -> int:
    """Close the sessions of a person; return how many were open."""
    open_sessions = session.exec(select(LoginSession).where(LoginSession.person_email == email)).all()
    for one in open_sessions:
        session.delete(one)
    return len(open_sessions)


def end_tokens(session: Session, email: str, now: datetime) -> None:
    """Withdraw the tokens of a person."""
    live = select(ApiToken).where(ApiToken.person_email == email, col(ApiToken.revoked_at).is_(None))
    for token in session.exec(live):
        token.revoked_at = now
