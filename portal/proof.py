"""The fresh proof that a form carries: password, and code or security key, before what gives power."""

from urllib.parse import urlsplit

from fastapi import Request
from pydantic import SecretStr

from portal.frame.security import Here, Sent, address_of
from tasks.access import fresh_proof, passkeys
from tasks.settings import settings

PROOF_FIELDS = ("preuve_mot_de_passe", "preuve_code", "preuve_cle")


def prove(request: Request, me: Here, form: Sent, needs_code: bool = False, enrols: bool = False) -> None:
    """Refuse unless the form proves again who the person is; `enrols`: to enrol her first security key."""
    given = fresh_proof.Given(
        password=SecretStr(form.get("preuve_mot_de_passe")),
        code=SecretStr(form.get("preuve_code")),
        has_strong_login=me.is_strong,
        has_passkey=has_passkey(request, me, form),
        enrols=enrols,
    )
    fresh_proof.prove(me.person.email, given, address_of(request), needs_code)


def has_passkey(request: Request, me: Here, form: Sent) -> bool:
    """Return whether the form carries the proof of a security key of the person; a wrong one is refused."""
    answer = form.get("preuve_cle")
    if answer:
        passkeys.prove(me.person.email, answer, site_of(request))
    return bool(answer)


def site_of(request: Request) -> passkeys.Site:
    """Return the pages as the browser sees them."""
    address = settings().public_url or f"{request.url.scheme}://{request.headers.get('host', '')}"
    parts = urlsplit(address)
    return passkeys.Site(host=parts.hostname or "", origin=f"{parts.scheme}://{parts.netloc}")
