"""Signed PDFs: signed with the test authority, verified by the library and by an independent program."""

import shutil
import subprocess
from io import BytesIO

import pytest
from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.generic import StreamObject
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter

from models.errors import BadInput
from tasks.settings import settings
from tasks.signing import pades
from tests.signing.authority_of_test import PASSPHRASE, Authority

MOREL, LEFEVRE = "morel@chu.fr", "lefevre@chu.fr"


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture
def certificates(home, tmp_path, monkeypatch, authority):
    folder = tmp_path / "certificats"
    authority.give(folder, MOREL, "Claire Morel")
    authority.give(folder, LEFEVRE, "Marc Lefèvre")
    monkeypatch.setenv("ACHATS_CERTIFICATES_DIR", str(folder))
    settings.cache_clear()
    return folder


@pytest.fixture(scope="module")
def pdf():
    writer = PdfFileWriter()
    content = RawContent(b"0.5 g 50 50 100 100 re f")
    stream = writer.add_object(StreamObject(stream_data=content.render()))
    writer.insert_page(PageObject(contents=stream, media_box=(0, 0, 200, 200), resources=None))
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def sign(pdf, email=MOREL, reason="Signature du marché, pouvoir propre"):
    return pades.sign(pdf, pades.certificate_of(email), reason)


def test_a_signed_pdf_says_who_why_and_is_whole(certificates, authority, pdf):
    (found,) = pades.verify(sign(pdf), [authority.pem])

    assert (found.signatory, found.reason) == ("Claire Morel", "Signature du marché, pouvoir propre")
    assert (found.intact, found.trusted, found.covers_everything) == (True, True, True)


def test_one_changed_byte_is_seen(certificates, authority, pdf):
    signed = bytearray(sign(pdf))
    place = signed.index(b"0.5 g")
    signed[place] = ord("1")

    (found,) = pades.verify(bytes(signed), [authority.pem])

    assert not found.intact


def test_an_authority_that_is_not_ours_is_not_trusted(certificates, pdf):
    (found,) = pades.verify(sign(pdf), [Authority("Autre autorité").pem])

    assert (found.intact, found.trusted) == (True, False)


def test_a_second_signature_leaves_the_first_one_valid(certificates, authority, pdf):
    first, second = pades.verify(sign(sign(pdf, LEFEVRE), MOREL), [authority.pem])

    assert [first.signatory, second.signatory] == ["Marc Lefèvre", "Claire Morel"]
    assert first.intact
    assert second.intact
    assert [first.covers_everything, second.covers_everything] == [False, True]


def test_pdfsig_agrees(certificates, authority, pdf, tmp_path):
    program = shutil.which("pdfsig")
    if program is None:
        pytest.skip("pdfsig (poppler-utils) is not installed")
    file = tmp_path / "signed.pdf"
    file.write_bytes(sign(pdf))

    said = subprocess.run([program, "-nocert", file], capture_output=True, text=True, check=False).stdout

    assert "Signature is Valid." in said
    assert "Signer Certificate Common Name: Claire Morel" in said
    assert "ETSI.CAdES.detached" in said
    assert "Total document signed" in said


def test_openssl_verifies_the_signature_and_the_chain(certificates, authority, pdf, tmp_path):
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    from pyhanko.pdf_utils.reader import PdfFileReader

    signed = sign(pdf)
    (embedded,) = PdfFileReader(BytesIO(signed)).embedded_signatures
    first, length, second, rest = embedded.sig_object["/ByteRange"]
    (tmp_path / "data").write_bytes(signed[first : first + length] + signed[second : second + rest])
    (tmp_path / "cms").write_bytes(bytes(embedded.pkcs7_content))
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    command = [program, "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-out", "/dev/null"]
    command += ["-in", tmp_path / "cms", "-content", tmp_path / "data", "-CAfile", tmp_path / "ca.pem"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)
    (tmp_path / "data").write_bytes((tmp_path / "data").read_bytes() + b" ")
    changed = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, "successful" in done.stderr) == (0, True)
    assert changed.returncode != 0


def test_no_certificate_configured_is_no_error(home):
    assert pades.certificate_of(MOREL) is None


def test_certificate_mistakes_are_said_without_the_passphrase(certificates, pdf):
    opener = certificates / f"{MOREL}.secret"
    opener.write_text("fausse " + PASSPHRASE, encoding="utf-8")
    with pytest.raises(BadInput, match="phrase de passe fausse") as refusal:
        sign(pdf)
    assert PASSPHRASE not in str(refusal.value)
    opener.chmod(0o644)
    with pytest.raises(BadInput, match="lisible par d'autres"):
        pades.certificate_of(MOREL)
    opener.unlink()
    assert pades.certificate_of(MOREL) is None  # nothing opens it: its holder signs herself
    assert pades.certificate_of("nul@chu.fr") is None
    assert pades.certificate_of("../../etc/passwd") is None


def test_what_is_not_a_pdf_is_refused(certificates):
    with pytest.raises(BadInput, match="PDF lisible"):
        sign(b"bonjour")
    with pytest.raises(BadInput, match="PDF lisible"):
        pades.verify(b"bonjour")
