"""What a person settles for herself: her one-time codes, and how often she is written to."""

from datetime import datetime

from pydantic import BaseModel, SecretStr

from models.accounts import Account
from models.identity import CodeEnrolment, Proof
from tasks import accounts, digest, identity
from tasks.access import fresh_proof
from tasks.identity import Enrolment
from tasks.store import reading, transaction


class Mine(BaseModel):
    """What the person's own page shows."""

    has_codes: bool  # a first code was accepted
    is_enrolling: bool  # a secret was shown, no code accepted yet
    codes_are_asked: bool
    wants_digest: bool
    last_login_at: datetime | None


def of(email: str) -> Mine:
    """Return the settings of a person."""
    with reading() as session:
        account = session.get_one(Account, email)
        enrolment = session.get(CodeEnrolment, email)
        return Mine(
            has_codes=fresh_proof.has_phone(session, email),
            is_enrolling=enrolment is not None and enrolment.last_step is None,
            codes_are_asked=identity.policy(session) is Proof.CODE,
            wants_digest=account.wants_digest,
            last_login_at=account.last_login_at,
        )


def enrol(email: str, password: SecretStr, code: SecretStr, address: str) -> Enrolment:
    """Return a new secret of one-time codes, for whoever proves the password and the former code if there is one."""
    accounts.check_own_password(email, password, address)
    with reading() as session:
        known = fresh_proof.has_phone(session, email)
    if known:
        identity.check_code(email, code)
    with transaction() as session:
        return identity.enrol_totp(session, email, is_own=True)


def try_code(email: str, code: SecretStr) -> None:
    """Accept a code, or refuse; it cannot serve again."""
    identity.check_code(email, code)


def choose_digest(email: str, wanted: bool) -> None:
    """Keep the choice of one message a day; what was gathered leaves at once when it is given up."""
    with transaction() as session:
        session.get_one(Account, email).wants_digest = wanted
        if not wanted:
            digest.release(session, email)
