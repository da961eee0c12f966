"""A timestamp authority of its own on this machine: a root, a certificate for timestamps, an address that answers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

NAME = "Horodatage d'essai"
DER = serialization.Encoding.DER


def _certificate(name, key, issuer_name, issuer_key, *extensions):
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer_name)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(issuer_key, hashes.SHA256())


def usage(**granted):
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: granted.get(name, False) for name in names})


class LocalAuthority:
    """What signs timestamps, and the root that vouches for it."""

    def __init__(self) -> None:
        root_key, key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
        self.root = _certificate(
            "Racine d'essai", root_key, "Racine d'essai", root_key,
            (x509.BasicConstraints(ca=True, path_length=1), True), (usage(key_cert_sign=True, crl_sign=True), True),
        )  # fmt: skip
        own = _certificate(
            NAME, key, "Racine d'essai", root_key,
            (usage(digital_signature=True), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True),
        )  # fmt: skip
        store = SimpleCertificateStore()
        store.register(asn1.Certificate.load(self.root.public_bytes(DER)))
        raw = key.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        self._stamper = DummyTimeStamper(
            asn1.Certificate.load(own.public_bytes(DER)), keys.PrivateKeyInfo.load(raw), certs_to_embed=store
        )
        self.asked = 0

    def answer(self, asked: bytes) -> bytes:
        self.asked += 1
        return self._stamper.request_tsa_response(tsp.TimeStampReq.load(asked)).dump()

    def write_root(self, path: Path) -> Path:
        path.write_bytes(self.root.public_bytes(serialization.Encoding.PEM))
        return path


@contextmanager
def serving(authority: LocalAuthority) -> Iterator[str]:
    """Give the address at which an authority answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            content = authority.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        server.server_close()
