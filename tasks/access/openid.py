"""Logging in through the identity provider (OpenID Connect, code flow with PKCE): there, back, and out.

What must be found again on the way back (the number of the login, the proof of who asked) is sealed in a cookie of
the browser that left, so that an answer brought by another browser, or made up, is worth nothing.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from functools import lru_cache

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import KeySet
from pydantic import BaseModel, SecretStr, ValidationError

from models.errors import Failure, NotAllowed, Refused, Unavailable
from tasks.access import accounts, identity_tokens, sealed_secrets
from tasks.connectors import identity_provider
from tasks.connectors.identity_provider import Claims, Client, Grant, Metadata, Tokens
from tasks.settings import pages_url, settings

BACK = "/connexion/etablissement/retour"
TRAVEL = timedelta(minutes=10)
WELL_KNOWN = "/.well-known/openid-configuration"
READ_AGAIN_SECONDS = 3600
LOST = "Cette connexion a expiré ou vient d'un autre onglet : recommencez depuis la page de connexion."
DECLINED = (
    "Le fournisseur d'identité n'a pas ouvert la connexion ({}) : recommencez, ou prévenez l'administrateur."
)
NOT_SET = "Aucun fournisseur d'identité n'est réglé : connectez-vous avec votre mot de passe."


class Ticket(BaseModel):
    """What the browser keeps, sealed, while the person is at the provider's."""

    state: str
    nonce: str
    verifier: str
    suite: str
    at: datetime


class Departure(BaseModel):
    """Where to send the browser, and the sealed ticket it keeps."""

    url: str
    ticket: str


class Answer(BaseModel):
    """What the browser brings back."""

    ticket: str
    code: str = ""
    state: str = ""
    error: str = ""
    issuer: str = ""


class Arrival(BaseModel):
    """What the provider vouches for: who, how, and the page that was wanted."""

    claims: Claims
    issuer: str
    suite: str
    id_token: SecretStr


def label() -> str:
    """Return the name written on the button of the login page; empty without a provider."""
    chosen = settings()
    return chosen.oidc_label if chosen.oidc_issuer and chosen.oidc_client_id else ""


def depart(suite: str, again: bool = False) -> Departure:
    """Return where a login begins; `again` asks the provider to identify the person anew."""
    chosen, told = settings(), _metadata()
    ticket = Ticket(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        suite=suite,
        at=accounts.real_now(),
    )
    asked = {
        "state": ticket.state,
        "nonce": ticket.nonce,
        "redirect_uri": pages_url() + BACK,
        "code_challenge": create_s256_code_challenge(ticket.verifier),
        "code_challenge_method": "S256",
    }
    if chosen.oidc_acr:
        asked["acr_values"] = chosen.oidc_acr
    if again:
        asked["prompt"] = "login"
    url = prepare_grant_uri(
        told.authorization_endpoint, _client().id, "code", scope=chosen.oidc_scopes, **asked
    )
    return Departure(url=str(url), ticket=sealed_secrets.seal(ticket.model_dump_json()))


def arrive(answer: Answer) -> Arrival:
    """Return what the provider vouches for, every check passed, or refuse."""
    ticket = _ticket(answer.ticket)
    if not hmac.compare_digest(ticket.state.encode(), answer.state.encode()):
        raise NotAllowed(LOST)
    told = _metadata()
    if answer.issuer not in ("", told.issuer) or (
        told.authorization_response_iss_parameter_supported and not answer.issuer
    ):  # RFC 9207: an answer of another provider
        raise NotAllowed(LOST)
    if answer.error or not answer.code:
        raise NotAllowed(DECLINED.format(answer.error[:60] or "aucune réponse"))
    grant = Grant(code=answer.code, redirect_uri=pages_url() + BACK, verifier=ticket.verifier)
    tokens = identity_provider.exchange(told, _client(), grant)
    claims = _completed(told, tokens, _read(told, tokens, ticket.nonce))
    return Arrival(claims=claims, issuer=told.issuer, suite=ticket.suite, id_token=SecretStr(tokens.id_token))


def _ticket(sealed: str) -> Ticket:
    try:
        ticket = Ticket.model_validate_json(sealed_secrets.unseal(sealed))
    except (Refused, ValidationError, UnicodeError) as error:
        raise NotAllowed(LOST) from error
    if not timedelta() <= accounts.real_now() - ticket.at < TRAVEL:
        raise NotAllowed(LOST)
    return ticket


def _read(told: Metadata, tokens: Tokens, nonce: str) -> Claims:
    """Return what the identity token says; the keys are read again when none of those known signed it."""
    now = int(accounts.real_now().timestamp())
    expected = identity_tokens.Expected(issuer=told.issuer, client_id=_client().id, nonce=nonce, now=now)
    try:
        return identity_tokens.read(tokens, _keys(told.jwks_uri, _hour()), expected)
    except identity_tokens.NotSigned:
        _keys.cache_clear()
        return identity_tokens.read(tokens, _keys(told.jwks_uri, _hour()), expected)


def _completed(told: Metadata, tokens: Tokens, claims: Claims) -> Claims:
    """Return the claims with those that the provider only gives when it is asked (Core 1.0 § 5.3)."""
    if claims.text(settings().oidc_claim):
        return claims
    more = identity_provider.about(told, tokens.access_token)
    if more is None or more.sub != claims.sub:  # § 5.3.2: of another person
        return claims
    own = claims.model_dump(exclude_unset=True)
    return Claims.model_validate({**more.model_dump(exclude_unset=True), **own})


def strong_until(claims: Claims) -> datetime | None:
    """Return until when this login spares the person the one-time code, None when it does not."""
    chosen = settings()
    accepted = set(chosen.oidc_strong.split())
    if claims.auth_time is None or not accepted & {claims.acr or "", *claims.amr}:
        return None
    identified = min(
        datetime.fromtimestamp(claims.auth_time, tz=accounts.real_now().tzinfo), accounts.real_now()
    )
    return identified + timedelta(minutes=chosen.oidc_strong_minutes)


def leave(sealed_id_token: str | None) -> str | None:
    """Return where the person's session at the provider is closed (RP-Initiated Logout 1.0), None when nowhere."""
    if sealed_id_token is None or not label():
        return None
    try:
        end = _metadata().end_session_endpoint
        hint = sealed_secrets.unseal(sealed_id_token)
    except Failure:  # the person is logged out here in any case
        return None
    fields = {"id_token_hint": hint, "post_logout_redirect_uri": pages_url() + "/connexion"}
    return str(add_params_to_uri(end, [*fields.items(), ("client_id", _client().id)])) if end else None


def _client() -> Client:
    chosen = settings()
    if not chosen.oidc_client_id:
        raise NotAllowed(NOT_SET)
    file = chosen.oidc_client_secret_file
    try:
        secret = file.read_text(encoding="utf-8").strip() if file else None
    except (OSError, UnicodeError) as error:
        raise Unavailable(f"Le secret du fournisseur d'identité ne se lit pas ({file}).") from error
    return Client(id=chosen.oidc_client_id, secret=SecretStr(secret) if secret else None)


def _metadata() -> Metadata:
    chosen = settings()
    if not chosen.oidc_issuer:
        raise NotAllowed(NOT_SET)
    return _described(
        chosen.oidc_discovery or chosen.oidc_issuer.rstrip("/") + WELL_KNOWN, chosen.oidc_issuer, _hour()
    )


def _hour() -> int:
    """Return a number that changes each hour: what the provider says of itself is read again then."""
    return int(accounts.real_now().timestamp()) // READ_AGAIN_SECONDS


@lru_cache(maxsize=1)
def _described(url: str, issuer: str, hour: int) -> Metadata:
    return identity_provider.describe(url, issuer)


@lru_cache(maxsize=1)
def _keys(jwks_uri: str, hour: int) -> KeySet:
    return identity_provider.keys(jwks_uri)
