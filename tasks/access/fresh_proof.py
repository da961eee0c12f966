"""A fresh proof, asked from a person who is logged in before what gives power: her password again, and a code.

A session left open, or stolen, gives no delegation, no token, no telephone.
"""

from pydantic import BaseModel, SecretStr
from sqlmodel import Session

from models.access.accounts import Account
from models.access.proofs import CodeEnrolment
from models.errors import NotAllowed
from tasks.access import accounts, ends, passkey_rules, proofs
from tasks.store import reading

NO_SECOND = (
    "Cette action demande un second facteur : inscrivez d'abord votre téléphone ou une clé de sécurité, "
    "page « Mon compte »."
)
CODE_TOO = "Donnez aussi un code à usage unique de votre téléphone, ou prouvez votre clé de sécurité."
KEY_NEEDED = (
    "Le groupement vous demande une clé de sécurité : prouvez-la, ou inscrivez-en une, page « Mon compte »."
)


class Given(BaseModel):
    """What the person typed again; `has_strong_login`: the provider's two factors were used a short while ago.

    `has_passkey`: she has just proven a security key, in place of the code. `enrols`: to enrol her first one.
    """

    password: SecretStr = SecretStr("")
    code: SecretStr = SecretStr("")
    has_strong_login: bool = False
    has_passkey: bool = False
    enrols: bool = False


class Asked(BaseModel):
    """What a page asks of a person."""

    password: bool
    code: bool  # she has a telephone: its code is asked
    passkey: bool = False  # she has a security key, which stands for the code
    needs_passkey: bool = False  # the group asks it of her: no code stands for it


def asked_of(email: str, enrols: bool = False) -> Asked:
    """Return what the person can be asked; `enrols`: for her first security key she gives what she has."""
    with reading() as session:
        account = session.get(Account, email)
        has_key = passkey_rules.has_any(session, email)
        is_required = passkey_rules.is_required(session, email) and (has_key or not enrols)
        return Asked(
            password=account is not None and account.hashed_password is not None,
            code=has_phone(session, email) and not is_required,
            passkey=has_key,
            needs_passkey=is_required,
        )


def has_phone(session: Session, email: str) -> bool:
    """Return whether a telephone of the person gave a good code once."""
    enrolment = session.get(CodeEnrolment, email)
    return enrolment is not None and enrolment.last_step is not None


def prove(email: str, given: Given, address: str, needs_code: bool = False) -> None:
    """Refuse unless the person proves again who she is; `needs_code` refuses whoever has no second factor yet."""
    with reading() as session:
        ends.check_open(session, email)
    if asked_of(email).password or not given.has_strong_login:
        accounts.check_own_password(email, given.password, address)
    prove_second(email, given, needs_code)


def prove_second(email: str, given: Given, needs_code: bool = False) -> None:
    """Refuse unless the person gives her second factor, when she has one: a security key, or a code."""
    if given.has_passkey:
        return
    asked = asked_of(email, given.enrols)
    if asked.needs_passkey:
        raise NotAllowed(KEY_NEEDED)
    if not asked.code and not asked.passkey:
        if needs_code:
            raise NotAllowed(NO_SECOND)
        return
    if not given.code.get_secret_value().strip():
        raise NotAllowed(CODE_TOO)
    proofs.check_code(email, given.code)
