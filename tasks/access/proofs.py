"""Proving who signs: one-time codes that work once, personal keys for the command line.

Codes are checked in a transaction of their own, so that a wrong try counts even though the decision is refused; do
not call `check_code` inside an open writing transaction. Codes follow the real clock, also during a rehearsal.
"""

import secrets
from datetime import datetime, timedelta
from pathlib import Path

import pyotp
from pydantic import BaseModel, SecretStr
from pyotp.utils import strings_equal
from sqlmodel import Session, col, select

from models.access.proofs import CodeEnrolment, Means, PersonalKey, Proof, SignaturePolicy
from models.access.service import InService
from models.errors import BadInput, NotAllowed
from models.journal import Fact
from models.organisation.group import Person
from tasks import clock, journal
from tasks.access import ends, hashing, passkey_rules, sealed_secrets
from tasks.settings import settings
from tasks.store import reading, transaction

STEP_SECONDS = 30
DRIFT_STEPS = 1  # RFC 6238 § 5.2: at most one step of delay or of clock drift
TRIES = 5
LOCK = timedelta(minutes=15)
ISSUER = "Achats GHT"
KEY_PREFIX = "achats"
WRONG_KEY = "Clé personnelle inconnue, retirée ou d'une autre personne."

BY_HERSELF = (
    "Ce groupement est en service : on répond dans ses propres pages, ou ici avec sa clé personnelle (--cle), "
    "et pour signer son code (--code). La clé et le téléphone s'inscrivent page « Mon compte »."
)
PASSKEY_ASKED = (
    "Le groupement demande une clé de sécurité à cette personne pour signer : elle signe dans ses pages, "
    "avec la clé inscrite page « Mon compte »."
)
CODE_ASKED = "Ce groupement demande un code à usage unique pour signer : donnez celui de votre téléphone."
KEY_AND_CODE_ASKED = (
    "Ce groupement demande une preuve d'identité pour signer : donnez --cle (clé personnelle) "
    "et --code (code à usage unique)."
)


class Credentials(BaseModel):
    """What a person gives to prove who she is; never shown by a log or an error.

    `has_logged_in` is set by the pages alone: this very person opened the session. `has_strong_login` too: she did
    so a short while ago through the identity provider, by means that the group accepts instead of a code. `has_token`:
    a token of the API, which answers and never signs.
    """

    key: SecretStr | None = None
    code: SecretStr | None = None
    has_logged_in: bool = False
    has_strong_login: bool = False
    has_token: bool = False
    has_passkey: bool = False  # she has just proven a security key, in the pages


class Enrolment(BaseModel):
    """What the person's phone needs, once: the secret and the address that its camera reads."""

    secret: SecretStr
    uri: SecretStr


def given(key: str | None, code: str | None) -> Credentials:
    """Return what was given on the command line; `@FICHIER` reads the key from a file, so that no list shows it."""
    if key is not None and key.startswith("@"):
        try:
            key = Path(key[1:]).expanduser().read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadInput(f"--cle : fichier illisible ({error.strerror}).") from error
    kept = SecretStr(key) if key else settings().personal_key
    return Credentials(key=kept, code=SecretStr(code) if code else None)


def policy(session: Session) -> Proof:
    """Return the proof of identity that the group asks of a signatory."""
    kept = session.get(SignaturePolicy, 1)
    return kept.proof if kept else Proof.DECLARATION


def enrol_totp(session: Session, person_email: str, is_own: bool = False) -> Enrolment:
    """Return a new secret of one-time codes for a person; the former one stops working.

    `is_own`: the person herself asks for it, in the pages.
    """
    person = _person(session, person_email)
    secret = pyotp.random_base32()
    row = CodeEnrolment(
        person_email=person.email,
        sealed_secret=sealed_secrets.seal(secret),
        enrolled_at=clock.real(clock.now()),
        is_own=is_own,
    )
    session.merge(row)
    _note(session, person.email, "inscription aux codes à usage unique")
    uri = pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name=ISSUER)
    return Enrolment(secret=SecretStr(secret), uri=SecretStr(uri))


def _person(session: Session, email: str) -> Person:
    found = session.get(Person, email.strip().lower())
    if found is None:
        raise BadInput(f"Personne inconnue : {email}.")
    return found


def _note(session: Session, email: str, reason: str) -> None:
    journal.write(session, journal.Entry(fact=Fact.IDENTITY, actor=email, subject=email, reason=reason))


def check_code(person_email: str, code: SecretStr, at: datetime | None = None) -> None:
    """Accept a one-time code once, or refuse; five wrong ones lock the person's codes for fifteen minutes."""
    moment = at or clock.real(clock.now())
    with transaction() as session:
        refusal = _try(session, person_email.strip().lower(), code, moment)
    if refusal:
        raise NotAllowed(refusal)


def _try(session: Session, email: str, code: SecretStr, at: datetime) -> str | None:
    """Return why a code is refused, or None; the count of wrong tries is kept either way."""
    row = session.get(CodeEnrolment, email, with_for_update=True, populate_existing=True)
    if row is None:
        return "Aucun code à usage unique n'est inscrit pour cette personne."
    if row.locked_until is not None and at < row.locked_until:
        return f"Trop de codes faux : nouvel essai possible à {_paris_time(row.locked_until)}."
    step = _matching_step(sealed_secrets.unseal(row.sealed_secret), code.get_secret_value(), at)
    if step is not None and (row.last_step is None or step > row.last_step):
        row.last_step, row.failures, row.locked_until = step, 0, None
        return None
    return _count_failure(session, row, at, used=step is not None)


def _matching_step(secret: str, code: str, at: datetime) -> int | None:
    """Return the step whose code this is, the newest first, within the drift allowed."""
    totp = pyotp.TOTP(secret)
    present = int(at.timestamp()) // STEP_SECONDS
    given = "".join(code.split())
    matches = [
        step
        for step in range(present + DRIFT_STEPS, present - DRIFT_STEPS - 1, -1)
        if strings_equal(totp.generate_otp(step), given)
    ]
    return matches[0] if matches else None


def _count_failure(session: Session, row: CodeEnrolment, at: datetime, used: bool) -> str:
    row.failures += 1
    if row.failures >= TRIES:
        row.failures, row.locked_until = 0, at + LOCK
        _note(session, row.person_email, f"codes verrouillés un quart d'heure après {TRIES} essais faux")
        return f"Code faux : {TRIES} essais manqués, nouvel essai possible à {_paris_time(row.locked_until)}."
    said = "Code déjà utilisé : attendez le suivant" if used else "Code faux"
    return f"{said} ({TRIES - row.failures} essais restants)."


def _paris_time(instant: datetime) -> str:
    return instant.astimezone(clock.PARIS).strftime("%H:%M")


def issue_key(session: Session, person_email: str, is_own: bool = False) -> SecretStr:
    """Return a new personal key for the command line, shown this once; `is_own` when she takes it in the pages."""
    person = _person(session, person_email)
    number, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    session.add(
        PersonalKey(
            id=number,
            person_email=person.email,
            hashed_secret=hashing.protected(secret),
            issued_at=clock.real(clock.now()),
            is_own=is_own,
        )
    )
    _note(session, person.email, f"clé personnelle {number} remise")
    return SecretStr(f"{KEY_PREFIX}.{number}.{secret}")


class Access(BaseModel):
    """How a person can prove who she is on this day: the numbers of her keys (never their secrets), her codes."""

    personne: str
    cles: list[str]
    codes: bool


def access(session: Session, person_email: str) -> Access:
    """Return the means of proof that a person holds."""
    person = _person(session, person_email)
    held = select(PersonalKey).where(
        PersonalKey.person_email == person.email, col(PersonalKey.revoked_at).is_(None)
    )
    keys = session.exec(held.order_by(col(PersonalKey.issued_at)))
    has_codes = session.get(CodeEnrolment, person.email) is not None
    return Access(personne=person.email, cles=[key.id for key in keys], codes=has_codes)


def revoke_code(session: Session, person_email: str) -> None:
    """Make a person's one-time codes useless from now on; the secret is erased."""
    person = _person(session, person_email)
    row = session.get(CodeEnrolment, person.email)
    if row is None:
        raise BadInput(f"{person.name} n'est pas inscrite aux codes à usage unique.")
    session.delete(row)
    _note(session, person.email, "codes à usage unique retirés")


def revoke_key(session: Session, number: str) -> None:
    """Make a personal key useless from now on."""
    row = session.get(PersonalKey, number)
    if row is None:
        raise BadInput(f"Clé personnelle {number} inconnue.")
    row.revoked_at = clock.real(clock.now())
    _note(session, row.person_email, f"clé personnelle {number} retirée")


def check_key(session: Session, person_email: str, key: SecretStr) -> None:
    """Accept a personal key of that person, or refuse without saying which part was wrong.

    The key of somebody whose access has ended proves nothing.
    """
    ends.check_open(session, person_email)
    prefix, _, rest = key.get_secret_value().strip().partition(".")
    number, _, secret = rest.partition(".")
    row = session.get(PersonalKey, number)
    kept = row.hashed_secret if row else hashing.decoy()
    usable = row is not None and row.revoked_at is None and row.person_email == person_email.strip().lower()
    if not hashing.matches(kept, secret) or not usable or prefix != KEY_PREFIX:
        raise NotAllowed(WRONG_KEY)


def prove(person_email: str, given: Credentials) -> Means:
    """Return how the person was identified under the group's policy, or refuse.

    Under `declaration` nothing is asked, and the record says that nothing was proven; what is given is checked.
    """
    with reading() as session:
        ends.check_open(session, person_email)
        asked = policy(session)
        check_herself(session, given, signs=True)
        if passkey_rules.is_required(session, person_email.strip().lower()) and not given.has_passkey:
            raise NotAllowed(PASSKEY_ASKED)
        if given.key is not None:
            check_key(session, person_email, given.key)
    is_known = given.key is not None or given.has_logged_in
    has_second_factor = given.code is not None or given.has_strong_login or given.has_passkey
    if asked is Proof.CODE and not (is_known and has_second_factor):
        raise NotAllowed(CODE_ASKED if given.has_logged_in else KEY_AND_CODE_ASKED)
    if given.code is not None:
        check_code(person_email, given.code)
    return _means(given)


def check_herself(session: Session, given: Credentials, signs: bool) -> None:
    """Refuse, once the group is in service, an answer that the person does not give herself.

    In the pages she is logged in; elsewhere she holds her own key, and a code when she signs. A trial asks nothing.
    """
    if given.has_logged_in or session.get(InService, 1) is None or (given.has_token and not signs):
        return
    if given.key is None or (signs and given.code is None):
        raise NotAllowed(BY_HERSELF)


def _means(given: Credentials) -> Means:
    if given.has_passkey:
        return Means.LOGIN_AND_KEY
    if given.has_logged_in and given.code is None:
        return Means.STRONG_LOGIN if given.has_strong_login else Means.LOGIN
    if given.has_logged_in:
        return Means.LOGIN_AND_CODE
    return Means.KEY_AND_CODE if given.key is not None and given.code is not None else Means.DECLARED
