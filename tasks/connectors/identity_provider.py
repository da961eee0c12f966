"""An OpenID Connect provider over HTTP: its description, its keys, the exchange of a code, what it says of a person.

OpenID Connect Core 1.0 and Discovery 1.0; RFC 6749 for the exchange. Answers are limited in size and in time, no
redirection is followed, and nothing but TLS is spoken outside this machine.
"""

from base64 import b64encode
from urllib.parse import quote, urlsplit

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError, field_validator

from models.errors import BadInput, NotAllowed, Unavailable

LARGEST = 1_000_000  # bytes
TIMEOUT = httpx.Timeout(10.0, connect=5.0)
SERVER_ERRORS = 500
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
KEYS = TypeAdapter(dict[str, list[dict[str, str | list[str]]]])


class Metadata(BaseModel):
    """What the provider says of itself (Discovery 1.0 § 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]
    authorization_response_iss_parameter_supported: bool = False

    @field_validator(
        "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint"
    )
    @classmethod
    def _only_over_tls(cls, value: str | None) -> str | None:
        if value is not None and not is_safe(value):
            raise ValueError(f"adresse sans TLS : {value}")
        return value


class Client(BaseModel):
    """The application as the provider knows it."""

    id: str
    secret: SecretStr | None = None


class Grant(BaseModel):
    """What is exchanged for tokens: the code, the address it came back to, the proof of who asked for it."""

    code: str
    redirect_uri: str
    verifier: str


class Tokens(BaseModel):
    """What the provider gives for a code."""

    id_token: str
    access_token: str = ""


class Claims(BaseModel):
    """What the provider says of a person and of how she logged in (Core 1.0 § 2 and § 5.1)."""

    model_config = ConfigDict(extra="allow")

    sub: str = Field(min_length=1, max_length=255)
    email: str | None = None
    email_verified: bool = False
    acr: str | None = None
    amr: list[str] = []
    auth_time: int | None = None

    def text(self, name: str) -> str:
        """Return a claim that is a text, whatever its name; empty when it is absent."""
        value = self.model_dump().get(name)
        return value.strip() if isinstance(value, str) else ""


def is_safe(url: str) -> bool:
    """Return whether an address is spoken to over TLS, or never leaves this machine.

    >>> is_safe("https://idp.example"), is_safe("http://idp.example"), is_safe("http://127.0.0.1:9/x")
    (True, False, True)
    """
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def describe(url: str, issuer: str) -> Metadata:
    """Return the description of the provider, which must be the one that was chosen (Discovery 1.0 § 4.3)."""
    if not is_safe(url) or not is_safe(issuer):
        raise BadInput("ACHATS_OIDC_ISSUER et ACHATS_OIDC_DISCOVERY : une adresse https:// est demandée.")
    try:
        found = Metadata.model_validate_json(_call(httpx.Request("GET", url)))
    except ValidationError as error:
        raise Unavailable("Le fournisseur d'identité ne se décrit pas comme la norme le demande.") from error
    if found.issuer != issuer:
        raise Unavailable(f"Le fournisseur d'identité se dit « {found.issuer} » au lieu de « {issuer} ».")
    return found


def keys(jwks_uri: str) -> KeySet:
    """Return the keys with which the provider signs at present; those of a kind that we do not know are left out."""
    content = _call(httpx.Request("GET", jwks_uri))
    try:
        listed = KEYS.validate_json(content)["keys"]
        signing = [
            key for key in listed if key.get("kty") in ("RSA", "EC") and key.get("use", "sig") == "sig"
        ]
        return KeySet.import_key_set({"keys": signing})
    except (ValueError, KeyError, JoseError) as error:
        raise Unavailable("Les clés du fournisseur d'identité ne se lisent pas.") from error


def exchange(metadata: Metadata, client: Client, grant: Grant) -> Tokens:
    """Return the tokens given for a code, or refuse when the provider does not honour it."""
    fields = {
        "grant_type": "authorization_code",
        "code": grant.code,
        "redirect_uri": grant.redirect_uri,
        "code_verifier": grant.verifier,
        "client_id": client.id,
    }
    headers = {}
    if client.secret is not None and "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
        headers["Authorization"] = _basic(client.id, client.secret)
    elif client.secret is not None:
        fields["client_secret"] = client.secret.get_secret_value()
    content = _call(httpx.Request("POST", metadata.token_endpoint, data=fields, headers=headers))
    try:
        return Tokens.model_validate_json(content)
    except ValidationError as error:
        raise NotAllowed("Le fournisseur d'identité n'a pas donné de jeton d'identité.") from error


def _basic(name: str, secret: SecretStr) -> str:
    """Return the header of a client; name and secret are encoded before they are joined (RFC 6749 § 2.3.1)."""
    pair = f"{quote(name, safe='')}:{quote(secret.get_secret_value(), safe='')}"
    return "Basic " + b64encode(pair.encode()).decode()


def about(metadata: Metadata, access_token: str) -> Claims | None:
    """Return what the provider tells of the person beyond her identity token; None when it tells nothing."""
    if metadata.userinfo_endpoint is None or not access_token:
        return None
    headers = {"Authorization": f"Bearer {access_token}"}
    try:
        return Claims.model_validate_json(
            _call(httpx.Request("GET", metadata.userinfo_endpoint, headers=headers))
        )
    except ValidationError:  # a signed answer (application/jwt), or nothing that we read
        return None


def _call(request: httpx.Request) -> bytes:
    request.headers["Accept"] = "application/json"
    try:
        with httpx.Client(timeout=TIMEOUT, follow_redirects=False) as client:
            answer = client.send(request, stream=True)
            content = _limited(answer)
    except httpx.HTTPError as error:
        raise Unavailable(f"Le fournisseur d'identité ne répond pas ({type(error).__name__}).") from error
    if answer.status_code >= SERVER_ERRORS:
        raise Unavailable(f"Le fournisseur d'identité est en panne (réponse {answer.status_code}).")
    if not answer.is_success:
        raise NotAllowed(f"Le fournisseur d'identité a refusé l'échange (réponse {answer.status_code}).")
    return content


def _limited(answer: httpx.Response) -> bytes:
    content = b""
    for piece in answer.iter_bytes():
        content += piece
        if len(content) > LARGEST:
            answer.close()
            raise Unavailable("La réponse du fournisseur d'identité est trop longue.")
    return content
