"""A remote signature service (Cloud Signature Consortium API v2): the key never leaves it, the signatory opens it.

The service is asked for the certificates of a credential, then, for the exact hash to sign, for an authorisation (SAD)
that the signatory's own secret gives, then for the signature.
"""

import base64
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import httpx
from asn1crypto import algos, x509
from pydantic import BaseModel, SecretStr, ValidationError
from pyhanko.sign.signers import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from models.errors import NotAllowed, Unavailable

SECONDS = 30
SHA256_OID = "2.16.840.1.101.3.4.2.1"
RSA_SHA256_OID = "1.2.840.113549.1.1.11"
REFUSALS = range(400, 500)


class Service(BaseModel):
    """Where the service is, and what lets the application speak to it."""

    url: str  # what comes before /csc/v2/
    token: SecretStr


class Activation(BaseModel):
    """What the signatory types: the secret of her credential, and the one-time code that the service sent her."""

    pin: SecretStr | None = None
    code: SecretStr | None = None

    def typed(self) -> list[dict[str, str]]:
        """Return it as the service takes it (authData)."""
        given = (("PIN", self.pin), ("OTP", self.code))
        return [{"id": name, "value": one.get_secret_value()} for name, one in given if one is not None]


class _Certificates(BaseModel):
    certificates: list[str]


class _Key(BaseModel):
    len: int


class Credential(BaseModel):
    """What the service says of a credential."""

    key: _Key
    cert: _Certificates


class _Authorised(BaseModel):
    SAD: str


class _Signed(BaseModel):
    signatures: list[str]


class Remote:
    """The calls of the service, one method each."""

    def __init__(self, service: Service, transport: httpx.BaseTransport | None = None) -> None:
        self._service, self._transport = service, transport

    def credential(self, number: str) -> Credential:
        """Return the certificates and the key of a credential."""
        asked = {"credentialID": number, "certificates": "chain", "certInfo": False, "authInfo": False}
        return Credential.model_validate(self._call("credentials/info", asked))

    def sign(self, number: str, digest: bytes, activation: Activation) -> bytes:
        """Return the signature of a SHA-256 by a credential that the signatory opens."""
        hashed = {"hashes": [base64.b64encode(digest).decode()], "hashAlgorithmOID": SHA256_OID}
        asked = {"credentialID": number, "numSignatures": 1, "authData": activation.typed(), **hashed}
        sad = _Authorised.model_validate(self._call("credentials/authorize", asked)).SAD
        given = {"credentialID": number, "SAD": sad, "signAlgo": RSA_SHA256_OID, **hashed}
        signed = _Signed.model_validate(self._call("signatures/signHash", given))
        return base64.b64decode(signed.signatures[0])

    def _call(self, what: str, asked: Mapping[str, object]) -> Any:
        headers = {"Authorization": f"Bearer {self._service.token.get_secret_value()}"}
        try:
            with httpx.Client(transport=self._transport, timeout=SECONDS, headers=headers) as client:
                answer = client.post(f"{self._service.url}/csc/v2/{what}", json=asked)
            if answer.status_code in REFUSALS:
                said = answer.json().get("error_description", answer.status_code)
                raise NotAllowed(f"Le service de signature a refusé : {said}.")
            return answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError, ValidationError) as error:
            raise Unavailable(f"Le service de signature ne répond pas : {error}.") from error


class RemoteSigner(Signer):
    """Signs with a credential of the service, as pyHanko asks a signer."""

    def __init__(self, remote: Remote, number: str, activation: Activation) -> None:
        self._remote, self._number, self._activation = remote, number, activation
        found = remote.credential(number)
        own, *others = [x509.Certificate.load(base64.b64decode(one)) for one in found.cert.certificates]
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register_multiple(others)
        self._bytes = found.key.len // 8
        super().__init__(
            signing_cert=own,
            cert_registry=store,
            signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
        )

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """Return the signature of the attributes of a PDF; a dry run only measures it."""
        if dry_run:
            return bytes(self._bytes)
        return self._remote.sign(self._number, sha256(data).digest(), self._activation)
