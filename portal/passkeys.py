"""Security keys and passkeys: challenges for the browser, enrolling one, withdrawing one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from models.errors import Refused
from portal.frame.security import Here, Sent, here, sent
from portal.frame.turns import apart
from portal.proof import prove, site_of
from tasks.access import passkeys

router = APIRouter(prefix="/compte/cles-securite")
Me = Annotated[Here, Depends(here)]
Form = Annotated[Sent, Depends(sent)]


@router.post("/defi")
@apart
def challenge(request: Request, me: Me, form: Form) -> Response:
    """Give the browser what it needs to prove a key that the person holds."""
    return Response(passkeys.proof_options(me.person.email, site_of(request)), media_type="application/json")


@router.post("/nouvelle")
@apart
def begin(request: Request, me: Me, form: Form) -> Response:
    """Give the browser what it needs to make a key, after a fresh proof."""
    try:
        prove(request, me, form, enrols=True)
    except Refused as refusal:
        return JSONResponse({"motif": str(refusal)}, 403)
    return Response(
        passkeys.enrolment_options(me.person.email, site_of(request)), media_type="application/json"
    )


@router.post("")
@apart
def enrol(request: Request, me: Me, form: Form) -> Response:
    """Keep the key that the browser has made."""
    passkeys.enrol(me.person.email, form.get("nom"), form.get("inscription"), site_of(request))
    return RedirectResponse("/compte", 303)


@router.post("/retirer")
@apart
def withdraw(request: Request, me: Me, form: Form) -> Response:
    """Withdraw a key, after a fresh proof."""
    prove(request, me, form)
    passkeys.withdraw(me.person.email, form.get("numero"))
    return RedirectResponse("/compte", 303)
