"""Reading an identity token: who signed it, for whom, when, in answer to what (OpenID Connect Core 1.0 § 3.1.3.7)."""

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ValidationError

from models.errors import NotAllowed
from tasks.connectors.identity_provider import Claims, Tokens

ALGORITHMS = ("RS256", "PS256", "ES256")  # never « none », never one whose key is our own secret
DRIFT_SECONDS = 60
REFUSED = "L'identité donnée par le fournisseur n'est pas recevable ({}) : recommencez, ou prévenez l'administrateur."


class NotSigned(NotAllowed):
    """No key that we know signed the token: the provider may have changed its keys since we read them."""


class Expected(BaseModel):
    """What the token must say: its issuer, this application, the number of this very login, the present instant."""

    issuer: str
    client_id: str
    nonce: str
    now: int


def read(tokens: Tokens, keys: KeySet, expected: Expected) -> Claims:
    """Return what a token says, or refuse it."""
    try:
        decoded = jwt.decode(tokens.id_token, keys, algorithms=ALGORITHMS)
    except (JoseError, ValueError) as error:
        raise NotSigned(REFUSED.format("signature")) from error
    said = {**decoded.claims}
    if isinstance(said.get("amr"), str):  # some providers give one word where the standard wants a list
        said["amr"] = [said["amr"]]
    claims = CodeIDToken(
        said,
        decoded.header,
        {
            "iss": {"essential": True, "value": expected.issuer},
            "aud": {"essential": True, "value": expected.client_id},
        },
        {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": tokens.access_token},
    )
    try:
        claims.validate(now=expected.now, leeway=DRIFT_SECONDS)
        return Claims.model_validate(said)
    except ExpiredTokenError as error:
        raise NotAllowed(REFUSED.format("jeton expiré")) from error
    except (InvalidClaimError, MissingClaimError) as error:
        raise NotAllowed(REFUSED.format(f"« {error.claim} »")) from error
    except ValidationError as error:
        raise NotAllowed(REFUSED.format("contenu")) from error
