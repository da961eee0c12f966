"""A certification authority made for the tests, and the certificates it gives."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

PASSPHRASE = "phrase de passe canari"
USAGE = {
    "content_commitment": False,
    "key_encipherment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "encipher_only": False,
    "decipher_only": False,
}


class Authority:
    """An authority with its own key; `pem` is what a verifier trusts."""

    def __init__(self, name: str = "Autorité d'essai") -> None:
        """Make the key and the self-signed certificate."""
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._certificate(self.name, self.key, is_authority=True)
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM)

    def _certificate(self, subject, key, *, is_authority):
        usage = USAGE | {
            "digital_signature": not is_authority,
            "content_commitment": not is_authority,
            "key_cert_sign": is_authority,
            "crl_sign": is_authority,
        }
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**usage), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
        )
        return builder.sign(self.key, hashes.SHA256())

    def give(self, folder: Path, email: str, name: str) -> None:
        """Write the PKCS#12 of a person and its passphrase, as the application expects them."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        content = pkcs12.serialize_key_and_certificates(
            email.encode(),
            key,
            self._certificate(subject, key, is_authority=False),
            [self.certificate],
            serialization.BestAvailableEncryption(PASSPHRASE.encode()),
        )
        folder.mkdir(exist_ok=True)
        (folder / f"{email}.p12").write_bytes(content)
        secret = folder / f"{email}.secret"
        secret.write_text(PASSPHRASE + "\n", encoding="utf-8")
        secret.chmod(0o600)
