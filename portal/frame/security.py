"""What protects every page: who is there, forms that carry their token, headers, sizes, addresses to return to."""

import hmac
import re
import secrets
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from pydantic import BaseModel
from starlette.datastructures import FormData, Headers, MutableHeaders, UploadFile
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.access.sight import Viewer
from models.errors import NotAllowed
from models.reading.values import cleaned
from portal.frame import turns
from tasks.access import sessions
from tasks.settings import settings

SESSION_COOKIE = "achats_session"
GUEST_COOKIE = "achats_visite"
TOKEN_FIELD = "jeton"  # noqa: S105 (the name of a field)
LARGEST_BODY = 6_000_000
LARGEST_FIELDS = 1_000_000  # of a form without files: reading one costs a microsecond a byte
LARGEST_JSON = 2_000_000  # a tender of the longest catalogue
LARGEST_OF_GUESTS = 64_000
GUESTS = ("/connexion", "/invitation/")
API = "/api/"
MOST_FIELDS = 6000
FORGED = "Ce formulaire a expiré ou ne vient pas de cette page : rechargez-la et recommencez."
LOCAL_PATH = re.compile(r"/(?![/\\])[\w\-./?=&%+]*", re.ASCII)

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


class LoginNeeded(Exception):
    """Nobody is logged in: the browser goes to the login page."""


class Here(BaseModel):
    """Who asks for a page, and the token that the forms of the page carry."""

    viewer: Viewer | None = None
    form_token: str
    path: str = "/"
    is_new_guest: bool = False
    is_strong: bool = (
        False  # identified by the provider's two factors a short while ago: no code asked to sign
    )

    @property
    def person(self) -> Viewer:
        """Return the person logged in; a page that is for guests never asks."""
        if self.viewer is None:
            raise LoginNeeded
        return self.viewer


class Sent(BaseModel):
    """A form sent by a browser, its token checked and left out."""

    model_config = {"arbitrary_types_allowed": True}

    fields: list[tuple[str, str]]
    files: dict[str, UploadFile]

    def get(self, name: str) -> str:
        """Return the last value of a field, empty when it is not there."""
        return next((value for key, value in reversed(self.fields) if key == name), "")


def guest(request: Request) -> Here:
    """Return who asks, logged in or not (dependency)."""
    token = request.cookies.get(SESSION_COOKIE, "")
    path = request.url.path
    if token and (present := sessions.present(token)):
        if present.is_to_note:
            _note_seen(token)
        return Here(
            viewer=present.viewer, form_token=present.form_token, path=path, is_strong=present.is_strong
        )
    known = request.cookies.get(GUEST_COOKIE, "")
    if len(known) >= 32:
        return Here(form_token=known, path=path)
    return Here(form_token=secrets.token_urlsafe(32), path=path, is_new_guest=True)


_SEEN = ThreadPoolExecutor(max_workers=1, thread_name_prefix="vues")
_ASKED: set[str] = set()


def _note_seen(token: str) -> None:
    """Note that a session is in use, beside the page: a reader does not wait for a database that is busy writing."""
    if token not in _ASKED:
        _ASKED.add(token)
        _SEEN.submit(_write_seen, token)


def _write_seen(token: str) -> None:
    try:
        sessions.note_seen(token)
    finally:
        _ASKED.discard(token)


Visitor = Annotated[Here, Depends(guest)]  # asked once for each request


def here(visitor: Visitor) -> Here:
    """Return who is logged in, or send the browser to the login page (dependency)."""
    if visitor.viewer is None:
        raise LoginNeeded
    return visitor


async def sent(request: Request, visitor: Visitor) -> Sent:
    """Return the form sent, after checking that it comes from one of our pages (dependency)."""
    check_origin(request)
    form: FormData = await request.form(max_files=2, max_fields=MOST_FIELDS, max_part_size=LARGEST_BODY)
    fields = [(name, str(cleaned(value))) for name, value in form.multi_items() if isinstance(value, str)]
    token = next((value for name, value in fields if name == TOKEN_FIELD), "")
    if visitor.is_new_guest or not hmac.compare_digest(token.encode(), visitor.form_token.encode()):
        raise NotAllowed(FORGED)
    files = {name: value for name, value in form.multi_items() if isinstance(value, UploadFile)}
    return Sent(fields=[pair for pair in fields if pair[0] != TOKEN_FIELD], files=files)


def check_origin(request: Request) -> None:
    """Refuse a write that another site started, as the browser itself says."""
    if request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise NotAllowed(FORGED)
    origin = request.headers.get("origin")
    if origin and origin != "null" and urlsplit(origin).netloc != request.headers.get("host"):
        raise NotAllowed(FORGED)


def is_secure(request: Request) -> bool:
    """Return whether people reach the pages by TLS, here or at the proxy in front."""
    return request.url.scheme == "https" or (settings().public_url or "").startswith("https:")


def put_session(request: Request, response: Response, opened: sessions.Opened) -> None:
    """Give the browser its session: a cookie that no script reads and no other site sends."""
    response.set_cookie(
        SESSION_COOKIE,
        opened.token,
        max_age=opened.seconds,
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
        path="/",
    )
    response.delete_cookie(GUEST_COOKIE, path="/")


def put_guest(request: Request, response: Response, visitor: Here) -> None:
    """Give a browser that is not logged in the cookie against which its forms are checked."""
    if visitor.is_new_guest:
        response.set_cookie(
            GUEST_COOKIE,
            visitor.form_token,
            httponly=True,
            samesite="strict",
            secure=is_secure(request),
            path="/",
        )


def local_path(text: str, otherwise: str = "/") -> str:
    """Return a path of these pages, or another when the text leads elsewhere (no open redirect).

    >>> local_path("/achats/2026-001"), local_path("//evil.example"), local_path("https://evil.example")
    ('/achats/2026-001', '/', '/')
    """
    return text if LOCAL_PATH.fullmatch(text) else otherwise


def address_of(request: Request) -> str:
    """Return the network address of the browser (the one that a proxy on this machine gives, if there is one)."""
    return request.client.host if request.client else "inconnue"


class Guarded:
    """Adds the security headers to every answer and refuses bodies that are too large, whatever they announce."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        read, largest = 0, largest_body(Headers(scope=scope), scope["path"])

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > largest:
                raise HTTPException(413)
            return message

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                add_headers(headers, scope["path"], scope["scheme"])
                if turns.is_crowded():
                    headers["Connection"] = "close"
            await send(message)

        with turns.counted():
            await self.app(scope, counted, headed)


def largest_body(headers: Headers, path: str) -> int:
    """Return how many bytes may be sent to a page: little to those that ask for no session."""
    if path.startswith(GUESTS):
        return LARGEST_OF_GUESTS
    kind = headers.get("content-type", "").lower()
    if path.startswith(API):
        if not headers.get("authorization", "").lower().startswith("bearer "):
            return LARGEST_OF_GUESTS
        return LARGEST_BODY if kind.startswith("multipart/") else LARGEST_JSON
    return LARGEST_FIELDS if kind.startswith("application/x-www-form-urlencoded") else LARGEST_BODY


def add_headers(headers: MutableHeaders, path: str, scheme: str) -> None:
    """Add to an answer what browsers obey."""
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if not path.startswith("/statique/"):
        headers.setdefault("Cache-Control", "no-store")
    if scheme == "https" or (settings().public_url or "").startswith("https:"):
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")


def without(pairs: Iterable[tuple[str, str]], *names: str) -> list[tuple[str, str]]:
    """Return the fields but those names."""
    return [pair for pair in pairs if pair[0] not in names]
