"""The application that serves the pages: routes, guards, and what people read when something is refused."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.errors import AlreadyDone, BadInput, Failure, NotAllowed, TooMany, Unavailable
from portal import (
    accesses,
    administration,
    contracts,
    decide,
    delegations,
    files,
    login,
    needs,
    passkeys,
    personal,
    provider,
    purchases,
    risks,
    system,
    versions,
    work,
)
from portal.api import deposits
from portal.api.routes import api, gone
from portal.frame import forward
from portal.frame.pages import STATIC, page
from portal.frame.security import Guarded, LoginNeeded, add_headers, guest
from portal.frame.turns import take_turns

LOG = logging.getLogger("achats.pages")
STATUS: dict[type[Failure], int] = {
    BadInput: 400,
    NotAllowed: 403,
    AlreadyDone: 409,
    TooMany: 429,
    Unavailable: 503,
}
SAID = {
    403: "Cette page ne vous est pas ouverte.",
    404: "Cette page n'existe pas, ou elle ne vous est pas ouverte.",
    405: "Cette action n'existe pas.",
    413: "Ce que vous envoyez est trop volumineux (6 Mo au plus).",
}
api.include_router(deposits.router)
ROUTERS = (
    login,
    provider,
    personal,
    passkeys,
    work,
    purchases,
    files,
    versions,
    decide,
    needs,
    contracts,
    risks,
    delegations,
    administration,
    accesses,
    system,
)


class Answered:
    """Keeps a fault that the API has logged and answered from being answered and logged again by what is around it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        is_answered = False

        async def noted(message: Message) -> None:
            nonlocal is_answered
            is_answered = True
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception:
            if not is_answered:
                raise


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    take_turns()
    forward.warm()
    with forward.sending_webhooks():
        yield


def create_app() -> FastAPI:
    """Return the application."""
    app = FastAPI(
        title="Achats du groupement", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan
    )
    for module in ROUTERS:
        app.include_router(module.router)
    app.mount("/api/v1", Answered(api))
    app.mount("/statique", StaticFiles(directory=STATIC), name="statique")
    app.add_exception_handler(LoginNeeded, _to_login)
    app.add_exception_handler(Failure, _failed)
    app.add_exception_handler(HTTPException, _not_served)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(ClientDisconnect, gone)
    app.add_exception_handler(Exception, _broken)
    app.add_middleware(Guarded)
    return app


def _to_login(request: Request, _: Exception) -> Response:
    """Lead to the login page and back; whoever sent a form is told that nothing was recorded."""
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method == "GET":
        target = "/connexion" + (f"?suite={quote(path)}" if path != "/" else "")
    else:
        form = urlsplit(request.headers.get("referer", ""))
        is_ours = form.netloc == request.headers.get("host")
        target = f"/connexion?perdu=oui&suite={quote(form.path if is_ours else '/')}"
    if "hx-request" in request.headers:  # a list that filters itself: the whole page goes, not the list alone
        return Response(status_code=204, headers={"HX-Redirect": target})
    return RedirectResponse(target, 303)


def _failed(request: Request, failure: Exception) -> Response:
    status = next((code for kind, code in STATUS.items() if isinstance(failure, kind)), 400)
    return page(guest(request), "refus.html", status, motif=str(failure))


def _not_served(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 400
    said = SAID.get(status, "Cette demande n'a pas pu être traitée.")
    return page(guest(request), "refus.html", status, motif=said)


def _not_understood(request: Request, _: Exception) -> Response:
    return page(guest(request), "refus.html", 404, motif=SAID[404])


def _broken(request: Request, error: Exception) -> Response:
    """Answer without a word of the cause, which goes to the technical log."""
    LOG.error("page %s en erreur", request.url.path, exc_info=error)
    answer = page(
        guest(request),
        "refus.html",
        500,
        motif="L'application a rencontré une erreur. Rien n'a été enregistré ; l'administrateur peut lire "
        "les journaux techniques.",
    )
    add_headers(answer.headers, request.url.path, request.url.scheme)  # this answer leaves outside `Guarded`
    return answer
