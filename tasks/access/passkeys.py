"""Passkeys and security keys as second factor: enrolled by the person, asked for what gives power.

What the browser answers is bound to the address of the pages: a copied page learns nothing that serves here.
"""

import json
from datetime import datetime, timedelta

from pydantic import BaseModel
from sqlmodel import Session, col, delete, func, select
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from models.access.passkeys import Passkey, PasskeyChallenge, Purpose
from models.errors import BadInput, NotAllowed
from models.journal import Fact
from tasks import clock, journal
from tasks.store import reading, transaction

NAME = "Achats du groupement"
LASTS = timedelta(minutes=5)
MOST = 10
REFUSED = "La clé de sécurité n'a pas été reconnue : recommencez."
FAULTS = (WebAuthnException, ValueError, KeyError, TypeError)


class Site(BaseModel):
    """The pages as the browser sees them: the host that a key is bound to, and the whole origin."""

    host: str
    origin: str


class Held(BaseModel):
    """A key as its owner sees it."""

    id: str
    name: str
    made_at: datetime
    last_used_at: datetime | None


def _now() -> datetime:
    return clock.real(clock.now())


def held(email: str) -> list[Held]:
    """Return the keys of a person."""
    with reading() as session:
        rows = session.exec(
            select(Passkey).where(Passkey.person_email == email).order_by(col(Passkey.made_at))
        )
        return [Held.model_validate(row, from_attributes=True) for row in rows]


def enrolment_options(email: str, site: Site) -> str:
    """Return what the browser needs to make a key (JSON); whoever calls has proven the person afresh."""
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=NAME,
        user_name=email,
        user_id=email.encode(),
        exclude_credentials=_descriptors(email),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    _keep(email, options.challenge, Purpose.ENROL)
    return str(options_to_json(options))


def proof_options(email: str, site: Site) -> str:
    """Return what the browser needs to prove a key that the person holds (JSON)."""
    options = generate_authentication_options(
        rp_id=site.host,
        allow_credentials=_descriptors(email),
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    _keep(email, options.challenge, Purpose.PROVE)
    return str(options_to_json(options))


def _descriptors(email: str) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.id)) for one in held(email)]


def _keep(email: str, challenge: bytes, purpose: Purpose) -> None:
    with transaction() as session:
        session.exec(delete(PasskeyChallenge).where(col(PasskeyChallenge.expires_at) < _now()))
        session.add(
            PasskeyChallenge(
                challenge=bytes_to_base64url(challenge),
                person_email=email,
                purpose=purpose,
                expires_at=_now() + LASTS,
            )
        )


def _taken(email: str, answer: str, purpose: Purpose) -> bytes:
    """Return the challenge that an answer answers, which serves no more; refuse one that is not hers, or too old."""
    try:
        client = json.loads(base64url_to_bytes(json.loads(answer)["response"]["clientDataJSON"]))
        named = str(client["challenge"])
    except FAULTS as error:
        raise NotAllowed(REFUSED) from error
    with transaction() as session:
        row = session.get(PasskeyChallenge, named, with_for_update=True)
        is_hers = row is not None and row.person_email == email and row.purpose is purpose
        if row is not None and is_hers:
            session.delete(row)
        is_live = row is not None and row.expires_at >= _now()
    if not is_hers or not is_live:
        raise NotAllowed(REFUSED)
    return base64url_to_bytes(named)


def enrol(email: str, name: str, answer: str, site: Site) -> None:
    """Keep the key that the browser made."""
    if not 1 <= len(name.strip()) <= 100:
        raise BadInput("Nom de la clé : de 1 à 100 caractères, pour la reconnaître.")
    challenge = _taken(email, answer, Purpose.ENROL)
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
    except FAULTS as error:
        raise NotAllowed(REFUSED) from error
    with transaction() as session:
        count = session.exec(select(func.count()).where(col(Passkey.person_email) == email)).one()
        number = bytes_to_base64url(made.credential_id)
        if count >= MOST or session.get(Passkey, number) is not None:
            raise BadInput(f"Cette clé est déjà inscrite, ou vous en avez {MOST}.")
        session.add(
            Passkey(
                id=number,
                person_email=email,
                name=name.strip(),
                public_key=made.credential_public_key.hex(),
                sign_count=made.sign_count,
                made_at=_now(),
            )
        )
        _note(session, email, f"clé de sécurité « {name.strip()} » inscrite")


def prove(email: str, answer: str, site: Site) -> None:
    """Accept once what the browser answers with a key of the person, or refuse."""
    challenge = _taken(email, answer, Purpose.PROVE)
    try:
        number = str(json.loads(answer)["id"])
    except FAULTS as error:
        raise NotAllowed(REFUSED) from error
    with transaction() as session:
        row = session.get(Passkey, number, with_for_update=True)
        if row is None or row.person_email != email:
            raise NotAllowed(REFUSED)
        try:
            proven = verify_authentication_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=site.host,
                expected_origin=site.origin,
                credential_public_key=bytes.fromhex(row.public_key),
                credential_current_sign_count=row.sign_count,
            )
        except FAULTS as error:
            raise NotAllowed(REFUSED) from error
        row.sign_count, row.last_used_at = proven.new_sign_count, _now()


def withdraw(email: str, number: str) -> None:
    """Withdraw a key of the person."""
    with transaction() as session:
        row = session.get(Passkey, number)
        if row is None or row.person_email != email:
            raise BadInput("Clé de sécurité inconnue.")
        session.delete(row)
        _note(session, email, f"clé de sécurité « {row.name} » retirée")


def _note(session: Session, email: str, reason: str) -> None:
    journal.write(session, journal.Entry(fact=Fact.IDENTITY, actor=email, subject=email, reason=reason))
