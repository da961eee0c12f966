"""A fresh proof, asked from a person who is logged in before what gives power: her password again, and a code.

A session left open, or stolen, gives no delegation, no token, no telephone.
"""

from pydantic import BaseModel, SecretStr
from sqlmodel import Session

from models.access.accounts import Account
from models.access.proofs import CodeEnrolment
from models.errors import NotAllowed
from tasks.access import accounts, ends, proofs
from tasks.store import reading

NO_SECOND = (
    "Cette action demande un code à usage unique : inscrivez d'abord votre téléphone, page « Mon compte »."
)
CODE_TOO = "Donnez aussi un code à usage unique de votre téléphone."


class Given(BaseModel):
    """What the person typed again; `has_strong_login`: the provider's two factors were used a short while ago."""

    password: SecretStr = SecretStr("")
    code: SecretStr = SecretStr("")
    has_strong_login: bool = False


class Asked(BaseModel):
    """What a page asks of a person."""

    password: bool
    code: bool  # she has a telephone: its code is asked


def asked_of(email: str) -> Asked:
    """Return what the person can be asked."""
    with reading() as session:
        account = session.get(Account, email)
        has_password = account is not None and account.hashed_password is not None
        return Asked(password=has_password, code=has_phone(session, email))


def has_phone(session: Session, email: str) -> bool:
    """Return whether a telephone of the person gave a good code once."""
    enrolment = session.get(CodeEnrolment, email)
    return enrolment is not None and enrolment.last_step is not None


def prove(email: str, given: Given, address: str, needs_code: bool = False) -> None:
    """Refuse unless the person proves again who she is; `needs_code` refuses whoever has no telephone yet."""
    with reading() as session:
        ends.check_open(session, email)
    if asked_of(email).password or not given.has_strong_login:
        accounts.check_own_password(email, given.password, address)
    prove_second(email, given, needs_code)


def prove_second(email: str, given: Given, needs_code: bool = False) -> None:
    """Refuse unless the person gives a code of her telephone, when she has one."""
    if not asked_of(email).code:
        if needs_code:
            raise NotAllowed(NO_SECOND)
        return
    if not given.code.get_secret_value().strip():
        raise NotAllowed(CODE_TOO)
    proofs.check_code(email, given.code)
