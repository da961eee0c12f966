"""The fresh proof that a form carries: password and code typed again before what gives power."""

from fastapi import Request
from pydantic import SecretStr

from portal.frame.security import Here, Sent, address_of
from tasks.access import fresh_proof

PROOF_FIELDS = ("preuve_mot_de_passe", "preuve_code")


def prove(request: Request, me: Here, form: Sent, needs_code: bool = False) -> None:
    """Refuse unless the form proves again who the person is."""
    given = fresh_proof.Given(
        password=SecretStr(form.get("preuve_mot_de_passe")),
        code=SecretStr(form.get("preuve_code")),
        has_strong_login=me.is_strong,
    )
    fresh_proof.prove(me.person.email, given, address_of(request), needs_code)
