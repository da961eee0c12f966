"""Logging in and out, and choosing a password through a one-time link."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import SecretStr

from models.access.accounts import LoginMeans
from models.errors import BadInput, NotAllowed
from portal.frame.pages import page
from portal.frame.security import (
    SESSION_COOKIE,
    Here,
    Sent,
    address_of,
    guest,
    here,
    is_secure,
    local_path,
    put_guest,
    put_session,
    sent,
)
from portal.frame.turns import apart
from tasks.access import accounts, openid, sessions, tries

router = APIRouter()
BROWSER_COOKIE = "achats_navigateur"
LOST = "Votre session était fermée : rien n'a été enregistré. Connectez-vous, puis recommencez."


@router.get("/connexion")
def show(
    request: Request, visitor: Annotated[Here, Depends(guest)], suite: str = "/", perdu: str = ""
) -> Response:
    """Show the login form; `perdu` says that a form came when the session had ended."""
    if visitor.viewer:
        return RedirectResponse(local_path(suite), 303)
    return login_page(request, visitor, local_path(suite), fault=LOST if perdu else "")


def login_page(
    request: Request, visitor: Here, suite: str, status: int = 200, fault: str = "", email: str = ""
) -> Response:
    """Return the login form, with the button of the identity provider when there is one."""
    response = page(
        visitor,
        "connexion.html",
        status,
        suite=suite,
        faute=fault,
        courriel=email,
        fournisseur=openid.label(),
    )
    put_guest(request, response, visitor)
    return response


@router.post("/connexion")
@apart
def log_in(
    request: Request, visitor: Annotated[Here, Depends(guest)], form: Annotated[Sent, Depends(sent)]
) -> Response:
    """Open a session, or say that the address or the password is wrong."""
    suite, typed = local_path(form.get("suite") or "/"), form.get("courriel")
    known = tries.known_browser(typed, request.cookies.get(BROWSER_COOKIE, ""))
    place = tries.Place(address=address_of(request), device=known)
    try:
        email = accounts.check_password(typed, SecretStr(form.get("mot_de_passe")), place)
    except NotAllowed as refusal:
        return login_page(request, visitor, suite, 403, str(refusal), typed)
    return enter(request, email, suite)


def enter(request: Request, email: str, suite: str, entry: sessions.Entry = sessions.PASSWORD) -> Response:
    """Open a session, the former one of this browser closed, and go to the page that was wanted."""
    opened = sessions.open_session(email, address_of(request), request.cookies.get(SESSION_COOKIE), entry)
    response = RedirectResponse(suite, 303)
    put_session(request, response, opened)
    _put_browser(request, response, email)
    return response


def _put_browser(request: Request, response: Response, email: str) -> None:
    """Let this browser be known again to the person: wrong passwords typed elsewhere do not delay her here."""
    former = tries.known_browser(email, request.cookies.get(BROWSER_COOKIE, ""))
    response.set_cookie(
        BROWSER_COOKIE,
        tries.mark_browser(email, former or secrets.token_hex(8)),
        max_age=int(tries.KNOWN_FOR.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=is_secure(request),
        path="/connexion",
    )


@router.post("/deconnexion")
@apart
def log_out(
    request: Request, me: Annotated[Here, Depends(here)], form: Annotated[Sent, Depends(sent)]
) -> Response:
    """Close the session, and lead to the provider that opened it so that it closes its own.

    By a header rather than a redirection: the policy of our forms lets none of them end at another site.
    """
    sealed = sessions.close_session(request.cookies[SESSION_COOKIE], me.person.email, address_of(request))
    response: Response = RedirectResponse("/connexion", 303)
    if elsewhere := openid.leave(sealed):
        gone = Here(form_token="", path="/deconnexion")
        response = page(gone, "deconnexion.html", adresse=elsewhere, fournisseur=openid.label())
        response.headers["Refresh"] = f"0; url={elsewhere}"
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


def chosen_password(form: Sent) -> accounts.Chosen:
    """Return the password typed twice in a form."""
    return accounts.Chosen(once=SecretStr(form.get("mot_de_passe")), again=SecretStr(form.get("encore")))


@router.get("/invitation/{token}")
def invitation(request: Request, token: str, visitor: Annotated[Here, Depends(guest)]) -> Response:
    """Show the form in which an invited person chooses her password."""
    someone = accounts.invited(token)
    response = page(visitor, "invitation.html", personne=someone, faute="")
    put_guest(request, response, visitor)
    return response


@router.post("/invitation/{token}")
@apart
def accept(
    request: Request,
    token: str,
    visitor: Annotated[Here, Depends(guest)],
    form: Annotated[Sent, Depends(sent)],
) -> Response:
    """Keep the password chosen and log in."""
    someone = accounts.invited(token)
    try:
        email = accounts.accept(token, chosen_password(form), address_of(request))
    except BadInput as fault:
        return page(visitor, "invitation.html", 400, personne=someone, faute=str(fault))
    return enter(request, email, "/", sessions.Entry(means=LoginMeans.LINK))
