"""Signing a PDF with the signatory's own certificate (PAdES baseline B, ETSI EN 319 142-1), and checking it again.

A certificate is a file `COURRIEL.p12` of the configured folder, its passphrase in `COURRIEL.secret` beside it, which
only the application may read. The signature is added to the file: what was signed before stays readable and valid.
"""

import stat
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, SecretStr

from models.errors import BadInput
from tasks.settings import settings

if TYPE_CHECKING:
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
    from pyhanko.sign.validation.status import PdfSignatureStatus


class Certificate(BaseModel):
    """Where a signatory's key is, and what opens it."""

    path: Path
    passphrase: SecretStr


class PdfSignature(BaseModel):
    """One signature found in a PDF."""

    signatory: str
    fingerprint: str  # SHA-256 of the certificate
    reason: str
    signed_at: datetime | None  # as the signatory's computer says
    intact: bool  # not a byte of what was signed has changed
    trusted: bool  # the certificate leads to one of the authorities given
    covers_everything: bool  # nothing was added after it


def certificate_of(person_email: str) -> Certificate | None:
    """Return the certificate configured for a person, or None; a passphrase that others can read is refused."""
    folder = settings().certificates_dir
    if folder is None or "/" in person_email:
        return None
    path, opener = folder / f"{person_email}.p12", folder / f"{person_email}.secret"
    if not path.is_file():
        return None
    if not opener.is_file():
        raise BadInput(
            f"Certificat de {person_email} : il manque {opener.name}, qui contient la phrase de passe."
        )
    if stat.S_IMODE(opener.stat().st_mode) & 0o077:
        raise BadInput(f"Certificat de {person_email} : {opener.name} est lisible par d'autres (chmod 600).")
    return Certificate(path=path, passphrase=SecretStr(opener.read_text(encoding="utf-8").strip()))


def sign(pdf: bytes, certificate: Certificate, reason: str) -> bytes:
    """Return the PDF with one more signature; the reason names the act and the power it rests on."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.misc import PdfReadError
    from pyhanko.sign import fields, signers

    signer = signers.SimpleSigner.load_pkcs12(  # type: ignore[no-untyped-call]
        str(certificate.path), passphrase=certificate.passphrase.get_secret_value().encode()
    )
    if signer is None:
        raise BadInput(f"Certificat {certificate.path.name} illisible, ou phrase de passe fausse.")
    try:
        writer = IncrementalPdfFileWriter(BytesIO(pdf))
    except PdfReadError as error:
        raise BadInput("Le document à signer n'est pas un PDF lisible.") from error
    metadata = signers.PdfSignatureMetadata(
        field_name=f"Signature{len(writer.prev.embedded_signatures) + 1}",
        md_algorithm="sha256",
        reason=reason,
        subfilter=fields.SigSeedSubFilter.PADES,
    )
    return bytes(signers.sign_pdf(writer, metadata, signer=signer).getvalue())


def verify(pdf: bytes, authorities: Sequence[bytes] = ()) -> list[PdfSignature]:
    """Return every signature of a PDF, checked against certificates of authorities given in PEM or DER."""
    from pyhanko.keys import load_certs_from_pemder_data
    from pyhanko.pdf_utils.misc import PdfReadError
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.settings import KeyUsageConstraints
    from pyhanko_certvalidator import ValidationContext

    roots = [certificate for data in authorities for certificate in load_certs_from_pemder_data(data)]
    usage = KeyUsageConstraints(
        key_usage={"non_repudiation", "digital_signature"}, match_all_key_usages=False
    )
    context = ValidationContext(trust_roots=roots, allow_fetching=False)
    try:
        embedded = PdfFileReader(BytesIO(pdf)).embedded_signatures
    except PdfReadError as error:
        raise BadInput("Ce fichier n'est pas un PDF lisible.") from error
    return [_read(one, validate_pdf_signature(one, context, key_usage_settings=usage)) for one in embedded]


def _read(embedded: "EmbeddedPdfSignature", status: "PdfSignatureStatus") -> PdfSignature:
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    return PdfSignature(
        signatory=status.signing_cert.subject.native.get(
            "common_name", status.signing_cert.subject.human_friendly
        ),
        fingerprint=status.signing_cert.sha256.hex(),
        reason=str(embedded.sig_object.get("/Reason", "")),
        signed_at=status.signer_reported_dt,
        intact=status.intact and status.valid,
        trusted=status.trusted,
        covers_everything=status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
    )
