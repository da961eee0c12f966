"""Who holds the key of a PDF signature, and how long it can be proven: B-T, B-LTA, a remote service."""

import base64
import json
import threading
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils
from pydantic import SecretStr
from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.generic import StreamObject
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter

from models.errors import BadInput, NotAllowed, Unavailable
from tasks.signing import pades
from tests.conftest import forget_settings
from tests.signing.authority_of_test import PASSPHRASE, Authority
from tests.timestamp_authority import LocalAuthority, serving

MOREL = "morel@chu.fr"
TYPED = pades.Opener(passphrase=SecretStr(PASSPHRASE))


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture(scope="module")
def pdf():
    writer = PdfFileWriter()
    stream = writer.add_object(StreamObject(stream_data=RawContent(b"0.5 g 50 50 100 100 re f").render()))
    writer.insert_page(PageObject(contents=stream, media_box=(0, 0, 200, 200), resources=None))
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.fixture
def certificates(home, tmp_path, monkeypatch, authority):
    folder = tmp_path / "certificats"
    authority.give(folder, MOREL, "Claire Morel")
    monkeypatch.setenv("ACHATS_CERTIFICATES_DIR", str(folder))
    forget_settings()
    return folder


@pytest.fixture
def stamped(tmp_path, monkeypatch):
    authority = LocalAuthority()
    monkeypatch.setenv("ACHATS_TSA_ROOTS", str(authority.write_root(tmp_path / "racine.pem")))
    with serving(authority) as address:
        monkeypatch.setenv("ACHATS_TSA_URL", address)
        yield authority


def test_without_the_passphrase_beside_it_a_certificate_signs_for_nobody_but_who_types_it(
    certificates, pdf, authority
):
    (certificates / f"{MOREL}.secret").unlink()
    assert pades.certificate_of(MOREL) is None
    assert pades.has_certificate(MOREL)
    (found,) = pades.verify(pades.sign(pdf, pades.certificate_of(MOREL, TYPED), "Marché"), [authority.pem])
    assert (found.signatory, found.intact, found.stamped_at) == ("Claire Morel", True, None)
    wrong = pades.Opener(passphrase=SecretStr("autre"))
    with pytest.raises(BadInput, match="phrase de passe fausse"):
        pades.sign(pdf, pades.certificate_of(MOREL, wrong), "Marché")


def test_with_a_timestamp_service_the_level_is_b_t(certificates, stamped, pdf, authority):
    forget_settings()
    (found,) = pades.verify(pades.sign(pdf, pades.certificate_of(MOREL), "Marché"), [authority.pem])
    assert found.intact
    assert found.is_stamp_trusted
    assert abs((found.stamped_at - found.signed_at).total_seconds()) < 60


def test_b_lta_keeps_what_proves_it_inside_the_file_and_its_own_timestamp(
    certificates, stamped, pdf, authority, monkeypatch
):
    monkeypatch.setenv("ACHATS_PADES_LEVEL", "B-LTA")
    monkeypatch.setenv("ACHATS_PADES_FETCHES", "false")
    forget_settings()
    signed = pades.sign(pdf, pades.certificate_of(MOREL), "Marché")
    (found,) = pades.verify(signed, [authority.pem])
    assert (found.intact, found.trusted, found.is_stamp_trusted) == (True, True, True)
    reader = PdfFileReader(BytesIO(signed))
    assert len(reader.embedded_timestamp_signatures) == 1
    assert "/DSS" in reader.root


def test_b_lta_without_a_timestamp_service_is_refused(certificates, pdf, monkeypatch):
    monkeypatch.setenv("ACHATS_PADES_LEVEL", "B-LTA")
    forget_settings()
    with pytest.raises(BadInput, match="ACHATS_TSA_URL"):
        pades.sign(pdf, pades.certificate_of(MOREL), "Marché")


class SignatureService:
    """A signature service that holds one key: it signs one hash for one authorisation, given for a PIN and a code."""

    PIN, OTP, TOKEN, NUMBER = "1234", "987654", "jeton-du-service", "CRED-7"

    def __init__(self, authority):
        self.key = rsa.generate_private_key(65537, 2048)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Claire Morel")])
        own = authority._certificate(subject, self.key, is_authority=False)
        self.chain = [own, authority.certificate]
        self.authorised, self.signed = {}, []

    def answer(self, path, asked):
        if asked["credentialID"] != self.NUMBER:
            return 400, {"error": "invalid_request", "error_description": "clé inconnue"}
        return getattr(self, path.removeprefix("/csc/v2/").replace("/", "_").lower())(asked)

    def credentials_info(self, asked):
        der = [base64.b64encode(one.public_bytes(serialization.Encoding.DER)).decode() for one in self.chain]
        return 200, {
            "key": {"status": "enabled", "len": 2048},
            "cert": {"status": "valid", "certificates": der},
        }

    def credentials_authorize(self, asked):
        typed = {one["id"]: one["value"] for one in asked["authData"]}
        if typed != {"PIN": self.PIN, "OTP": self.OTP}:
            return 400, {"error": "invalid_pin", "error_description": "secret ou code faux"}
        sad = f"SAD-{len(self.authorised)}"
        self.authorised[sad] = asked["hashes"]
        return 200, {"SAD": sad, "expiresIn": 60}

    def signatures_signhash(self, asked):
        if self.authorised.pop(asked["SAD"], None) != asked["hashes"]:
            return 400, {"error": "invalid_request", "error_description": "autorisation d'un autre contenu"}
        digest = base64.b64decode(asked["hashes"][0])
        self.signed.append(digest)
        made = self.key.sign(digest, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))
        return 200, {"signatures": [base64.b64encode(made).decode()]}


@contextmanager
def answering(service):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            is_known = self.headers["Authorization"] == f"Bearer {service.TOKEN}"
            status, said = (
                service.answer(self.path, asked) if is_known else (401, {"error_description": "jeton"})
            )
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def remote(certificates, tmp_path, monkeypatch, authority):
    (certificates / f"{MOREL}.p12").unlink()
    (certificates / f"{MOREL}.secret").unlink()
    (certificates / f"{MOREL}.csc").write_text(SignatureService.NUMBER + "\n", encoding="utf-8")
    token = tmp_path / "jeton"
    token.write_text(SignatureService.TOKEN + "\n", encoding="utf-8")
    service = SignatureService(authority)
    with answering(service) as address:
        monkeypatch.setenv("ACHATS_CSC_URL", address)
        monkeypatch.setenv("ACHATS_CSC_TOKEN_FILE", str(token))
        forget_settings()
        yield service


def typed(pin=SignatureService.PIN, code=SignatureService.OTP):
    return pades.Opener(passphrase=SecretStr(pin), code=SecretStr(code))


def test_a_remote_service_signs_what_the_signatory_opens(remote, pdf, authority):
    assert pades.certificate_of(MOREL) is None  # the server alone signs nothing
    signed = pades.sign(pdf, pades.certificate_of(MOREL, typed()), "Signature du marché")
    (found,) = pades.verify(signed, [authority.pem])
    assert (found.signatory, found.intact, found.trusted) == ("Claire Morel", True, True)
    assert len(remote.signed) == 1
    assert len(remote.signed[0]) == sha256().digest_size


@pytest.mark.parametrize(("pin", "code"), [("0000", "987654"), ("1234", "000000")])
def test_a_wrong_secret_or_code_signs_nothing(remote, pdf, pin, code):
    with pytest.raises(NotAllowed, match="secret ou code faux"):
        pades.sign(pdf, pades.certificate_of(MOREL, typed(pin, code)), "Signature du marché")
    assert remote.signed == []


def test_a_remote_service_that_is_silent_is_said(remote, pdf, monkeypatch):
    monkeypatch.setenv("ACHATS_CSC_URL", "http://127.0.0.1:9")
    forget_settings()
    with pytest.raises(Unavailable, match="ne répond pas"):
        pades.sign(pdf, pades.certificate_of(MOREL, typed()), "Signature du marché")
