"""What a person settles for herself: her one-time codes, and how often she is written to."""

from datetime import datetime

from pydantic import BaseModel, SecretStr

from models.access.accounts import Account
from models.access.proofs import CodeEnrolment, Proof
from models.errors import BadInput
from tasks.access import accounts, fresh_proof, proofs
from tasks.access.proofs import Enrolment
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
            codes_are_asked=proofs.policy(session) is Proof.CODE,
            wants_digest=account.wants_digest,
            last_login_at=account.last_login_at,
        )


def enrol(email: str, password: SecretStr, code: SecretStr, address: str) -> Enrolment:
    """Return a new secret of one-time codes, for whoever proves the password and the former code if there is one."""
    accounts.check_own_password(email, password, address)
    with reading() as session:
        known = fresh_proof.has_phone(session, email)
    if known:
        proofs.check_code(email, code)
    with transaction() as session:
        return proofs.enrol_totp(session, email, is_own=True)


def try_code(email: str, code: SecretStr) -> None:
    """Accept a code, or refuse; it cannot serve again."""
    proofs.check_code(email, code)


def keys(email: str) -> list[str]:
    """Return the numbers of the keys by which the person acts at the command line."""
    with reading() as session:
        return proofs.access(session, email).cles


def take_key(email: str) -> SecretStr:
    """Return a new key of the person's own, shown this once."""
    with transaction() as session:
        return proofs.issue_key(session, email, is_own=True)


def drop_key(email: str, number: str) -> None:
    """Withdraw a key of the person's own."""
    with transaction() as session:
        if number not in proofs.access(session, email).cles:
            raise BadInput("Clé inconnue.")
        proofs.revoke_key(session, number)
