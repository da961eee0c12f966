"""Logging in through the identity provider: leaving for it, and coming back."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from models.errors import Failure, Unavailable
from portal.frame.security import Here, address_of, guest, is_secure, local_path
from portal.frame.turns import apart
from portal.login import enter, login_page
from tasks.access import openid, provider

router = APIRouter(prefix="/connexion/etablissement")
TICKET_COOKIE = "achats_fournisseur"
LONGEST_PATH = 500


@router.get("")
@apart
def leave(request: Request, visitor: Annotated[Here, Depends(guest)], suite: str = "/") -> Response:
    """Send the browser to the provider; a person already logged in is asked again who she is."""
    wanted = local_path(suite)
    try:
        departure = openid.depart(
            wanted if len(wanted) <= LONGEST_PATH else "/", again=visitor.viewer is not None
        )
    except Failure as fault:
        return _refused(request, visitor, fault, wanted)
    response = RedirectResponse(departure.url, 303)
    response.set_cookie(
        TICKET_COOKIE,
        departure.ticket,
        max_age=int(openid.TRAVEL.total_seconds()),
        httponly=True,
        samesite="lax",  # the provider's redirection comes from another site
        secure=is_secure(request),
        path=router.prefix,
    )
    return response


@router.get("/retour")
@apart
def come_back(request: Request, visitor: Annotated[Here, Depends(guest)]) -> Response:
    """Open a session for whom the provider vouches, or say why not."""
    asked = request.query_params
    answer = openid.Answer(
        ticket=request.cookies.get(TICKET_COOKIE, ""),
        code=asked.get("code", ""),
        state=asked.get("state", ""),
        error=asked.get("error", ""),
        issuer=asked.get("iss", ""),
    )
    try:
        arrival = openid.arrive(answer)
        email = provider.enter(arrival, address_of(request))
    except Failure as fault:
        response = _refused(request, visitor, fault, "/")
    else:
        response = enter(request, email, local_path(arrival.suite), provider.entry(arrival))
    response.delete_cookie(TICKET_COOKIE, path=router.prefix)
    return response


def _refused(request: Request, visitor: Here, fault: Failure, suite: str) -> Response:
    status = 503 if isinstance(fault, Unavailable) else 403
    return login_page(request, visitor, suite, status=status, fault=str(fault))
