"""A true OpenID Connect provider on this machine: discovery, keys, authorization code with PKCE, RS256, logout.

It obeys the standard; a test bends one thing: `lies` (claims), `sign_as` (the signature), the keys it publishes.
"""

import hashlib
import json
import secrets
import socket
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

import uvicorn
from fastapi import FastAPI, Header, Request
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT = "achats"
SECRET = "un secret de client: partagé"


@dataclass
class Provider:
    """The provider, what it says of the person in front of it, and what a test makes it say wrongly."""

    issuer: str
    person: dict = field(default_factory=dict)
    lies: dict = field(default_factory=dict)
    sign_as: str = "RS256"
    told_apart: dict = field(default_factory=dict)  # given by the userinfo address alone
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True))
    published: list = field(default_factory=list)
    codes: dict = field(default_factory=dict)
    exchanged: list = field(default_factory=list)  # whether each exchange was honoured
    asked: list = field(default_factory=list)
    ended: list = field(default_factory=list)

    def forget(self) -> None:
        """Tell the truth again."""
        self.person, self.lies, self.told_apart, self.sign_as = {}, {}, {}, "RS256"
        for kept in (self.codes, self.exchanged, self.asked, self.ended):
            kept.clear()

    def rotate(self) -> None:
        """Sign with a new key, the former one withdrawn."""
        self.key = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
        self.published = [self.key]

    def id_token(self, nonce: str, access_token: str) -> str:
        now = int(time.time())
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "at_hash": urlsafe_b64encode(half).rstrip(b"=").decode(),
            **self.person,
            **self.lies,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.sign_as == "none":
            return f"{plain({'alg': 'none'})}.{plain(claims)}."
        if self.sign_as == "HS256":  # signed with the secret that both sides hold
            return jwt.encode(
                {"alg": "HS256", "kid": self.key.kid}, claims, OctKey.import_key(SECRET), ["HS256"]
            )
        if self.sign_as == "forged":  # the name of the true key, another key
            return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, RSAKey.generate_key(2048))
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)


def plain(content: dict) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def is_honoured(wanted: dict, form, authorization: str) -> bool:
    """Return whether an exchange comes from the client that asked: its secret, its proof, its address."""
    given = b64decode(authorization.removeprefix("Basic ")).decode()
    proof = urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
    return (
        given == f"{quote(CLIENT, safe='')}:{quote(SECRET, safe='')}"
        and (wanted["code_challenge"], wanted["code_challenge_method"]) == (proof, "S256")
        and wanted["redirect_uri"] == form["redirect_uri"]
    )


def application(provider: Provider) -> FastAPI:
    """Return the provider's own pages."""
    app = FastAPI()

    @app.get("/.well-known/openid-configuration")
    def discovery():
        return {
            "issuer": provider.issuer,
            "authorization_endpoint": f"{provider.issuer}/authorize",
            "token_endpoint": f"{provider.issuer}/token",
            "jwks_uri": f"{provider.issuer}/keys",
            "userinfo_endpoint": f"{provider.issuer}/userinfo",
            "end_session_endpoint": f"{provider.issuer}/logout",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    @app.get("/keys")
    def keys():
        return {"keys": [key.as_dict(private=False) for key in provider.published]}

    @app.get("/authorize")
    def authorize(request: Request):
        asked = dict(request.query_params)
        provider.asked.append(asked)
        code = secrets.token_urlsafe(16)
        provider.codes[code] = asked
        back = {"code": code, "state": asked["state"]}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 302)

    @app.post("/token")
    async def token(request: Request, authorization: str = Header("")):
        form = await request.form()
        wanted = provider.codes.pop(form["code"], None)  # a code serves once
        is_good = wanted is not None and is_honoured(wanted, form, authorization)
        provider.exchanged.append(is_good)
        if not is_good:
            return JSONResponse({"error": "invalid_grant"}, 400)
        access = secrets.token_urlsafe(16)
        token = provider.id_token(wanted["nonce"], access)
        return {"access_token": access, "token_type": "Bearer", "id_token": token}

    add_pages_after(app, provider)
    return app


def add_pages_after(app: FastAPI, provider: Provider) -> None:
    """Add what serves once the person is known: what is told of her, the end of her session."""

    @app.get("/userinfo")
    def userinfo(authorization: str = Header("")):
        if not authorization.startswith("Bearer "):
            return JSONResponse({}, 401)
        return {"sub": provider.person["sub"], **provider.told_apart}

    @app.get("/logout")
    def logout(request: Request):
        provider.ended.append(dict(request.query_params))
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], 302)


class Running:
    """The provider, served from a thread until the end of the test."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.provider = Provider(f"http://127.0.0.1:{port}")
        self.provider.published = [self.provider.key]
        config = uvicorn.Config(application(self.provider), port=port, log_level="error", lifespan="off")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    def __enter__(self) -> Provider:
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        return self.provider

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(5)
