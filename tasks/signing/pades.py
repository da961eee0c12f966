"""Signing a PDF with the signatory's own certificate (PAdES, ETSI EN 319 142-1), and checking it again.

A certificate is a file `COURRIEL.p12` of the configured folder, opened by the passphrase that its holder types when she
signs; or a credential of a remote signature service, whose number is in `COURRIEL.csc`, opened by her secret and code.
A passphrase kept in `COURRIEL.secret` beside the certificate signs without her: refused once the group is in service.
Level B-T with a timestamp service, B-LTA by choice; what was signed before stays readable and valid.
"""

import stat
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel, SecretStr

from models.errors import BadInput
from tasks.settings import PadesLevel as Level
from tasks.settings import settings
from tasks.signing import timestamps

if TYPE_CHECKING:
    from pyhanko.sign.signers import Signer
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
    from pyhanko.sign.validation.status import PdfSignatureStatus


class Opener(BaseModel):
    """What a signatory types to open her key: a passphrase or the secret of her credential, and its one-time code."""

    passphrase: SecretStr
    code: SecretStr | None = None


class Certificate(BaseModel):
    """Where a signatory's key is, and what opens it: a file, or the number of a remote credential."""

    path: Path
    opener: Opener
    credential: str | None = None


class PdfSignature(BaseModel):
    """One signature found in a PDF."""

    signatory: str
    fingerprint: str  # SHA-256 of the certificate
    reason: str
    signed_at: datetime | None  # as the signatory's computer says
    stamped_at: datetime | None = None  # as the timestamp authority says (level B-T and above)
    is_stamp_trusted: bool = False
    intact: bool  # not a byte of what was signed has changed
    trusted: bool  # the certificate leads to one of the authorities given
    covers_everything: bool  # nothing was added after it


def certificate_of(person_email: str, opener: Opener | None = None) -> Certificate | None:
    """Return the certificate of a person with what opens it: what she types, else the passphrase kept beside it.

    None when she has no certificate, or when nothing opens it. A passphrase that others can read is refused.
    """
    folder = settings().certificates_dir
    if folder is None or "/" in person_email:
        return None
    remote, path = folder / f"{person_email}.csc", folder / f"{person_email}.p12"
    if remote.is_file():
        number = remote.read_text(encoding="utf-8").strip()
        return Certificate(path=remote, opener=opener, credential=number) if opener else None
    if not path.is_file():
        return None
    opener = opener or _kept_opener(person_email, folder / f"{person_email}.secret")
    return Certificate(path=path, opener=opener) if opener else None


def has_certificate(person_email: str) -> bool:
    """Return whether a person has a certificate, whatever opens it."""
    folder = settings().certificates_dir
    if folder is None or "/" in person_email:
        return False
    return any((folder / f"{person_email}{ending}").is_file() for ending in (".p12", ".csc"))


def _kept_opener(person_email: str, kept: Path) -> Opener | None:
    if not kept.is_file():
        return None
    if stat.S_IMODE(kept.stat().st_mode) & 0o077:
        raise BadInput(f"Certificat de {person_email} : {kept.name} est lisible par d'autres (chmod 600).")
    return Opener(passphrase=SecretStr(kept.read_text(encoding="utf-8").strip()))


def sign(pdf: bytes, certificate: Certificate, reason: str) -> bytes:
    """Return the PDF with one more signature; the reason names the act and the power it rests on."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.misc import PdfReadError
    from pyhanko.sign import fields, signers

    signer = _signer(certificate)
    try:
        writer = IncrementalPdfFileWriter(BytesIO(pdf))
    except PdfReadError as error:
        raise BadInput("Le document à signer n'est pas un PDF lisible.") from error
    stamper = timestamps.authority()
    metadata = signers.PdfSignatureMetadata(
        field_name=f"Signature{len(writer.prev.embedded_signatures) + 1}",
        md_algorithm="sha256",
        reason=reason,
        subfilter=fields.SigSeedSubFilter.PADES,
        **_for_long(signer, is_timed=stamper is not None),
    )
    return bytes(signers.sign_pdf(writer, metadata, signer=signer, timestamper=stamper).getvalue())


def _signer(certificate: Certificate) -> "Signer":
    from pyhanko.sign import signers

    opener = certificate.opener
    if certificate.credential is not None:
        return _remote(certificate.credential, opener)
    found = signers.SimpleSigner.load_pkcs12(  # type: ignore[no-untyped-call]
        str(certificate.path), passphrase=opener.passphrase.get_secret_value().encode()
    )
    if found is None:
        raise BadInput(f"Certificat {certificate.path.name} illisible, ou phrase de passe fausse.")
    return cast("Signer", found)


def _remote(number: str, opener: Opener) -> "Signer":
    from tasks.connectors.remote_signature import Activation, Remote, RemoteSigner, Service

    url, token = settings().csc_url, settings().csc_token_file
    if url is None or token is None:
        raise BadInput("Service de signature à distance : réglez ACHATS_CSC_URL et ACHATS_CSC_TOKEN_FILE.")
    service = Service(url=url.rstrip("/"), token=SecretStr(token.read_text(encoding="utf-8").strip()))
    return RemoteSigner(Remote(service), number, Activation(pin=opener.passphrase, code=opener.code))


def _for_long(signer: "Signer", *, is_timed: bool) -> dict[str, Any]:
    """Return what level B-LTA asks besides: proof of the certificates inside the file, and its own timestamp."""
    if settings().pades_level is not Level.B_LTA:
        return {}
    if not is_timed:
        raise BadInput("Le niveau B-LTA demande un service d'horodatage : réglez ACHATS_TSA_URL.")
    from pyhanko_certvalidator import ValidationContext

    chain = list(signer.cert_registry)
    context = ValidationContext(
        trust_roots=[*chain, *timestamps.roots()], allow_fetching=settings().pades_fetches
    )
    return {"embed_validation_info": True, "use_pades_lta": True, "validation_context": context}


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
    stamping = ValidationContext(trust_roots=timestamps.roots(), allow_fetching=False)
    try:
        embedded = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
    except PdfReadError as error:
        raise BadInput("Ce fichier n'est pas un PDF lisible.") from error
    return [
        _read(
            one,
            validate_pdf_signature(one, context, ts_validation_context=stamping, key_usage_settings=usage),
        )
        for one in embedded
    ]


def _read(embedded: "EmbeddedPdfSignature", status: "PdfSignatureStatus") -> PdfSignature:
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    stamp = status.timestamp_validity
    return PdfSignature(
        signatory=status.signing_cert.subject.native.get(
            "common_name", status.signing_cert.subject.human_friendly
        ),
        fingerprint=status.signing_cert.sha256.hex(),
        reason=str(embedded.sig_object.get("/Reason", "")),
        signed_at=status.signer_reported_dt,
        stamped_at=stamp.timestamp if stamp else None,
        is_stamp_trusted=bool(stamp and stamp.valid and stamp.intact and stamp.trusted),
        intact=status.intact and status.valid,
        trusted=status.trusted,
        covers_everything=status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
    )
