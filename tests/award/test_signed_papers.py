"""The acte d'engagement of each awarded lot as a signed PDF, when the signatory has a certificate."""

from hashlib import sha256

import pytest
from docx import Document as Word
from pydantic import SecretStr
from sqlmodel import select

from models.errors import BadInput, NotAllowed
from models.process.procurement import Award, Document, Procurement, Tender
from models.reading.values import parse_amount
from tasks import clock, storage
from tasks.access import service
from tasks.award import signed_papers
from tasks.documents import office
from tasks.process import filing, journal_check
from tasks.process.filing import Paper
from tasks.settings import settings
from tasks.signing import pades
from tasks.store import reading, transaction
from tests.signing.authority_of_test import PASSPHRASE, Authority
from tests.signing_scene import DIRECTOR, PURCHASING, load, sign, waiting

REF = "2026-001"


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture
def signed(home, tmp_path):
    """A contract of two lots, one awarded, signed by the purchasing director."""
    load()
    waiting(REF, amount="100000", stage="contract_signature")
    for lot in (1, 2):
        path = tmp_path / "ae.docx"
        word = Word()
        word.add_paragraph(f"Acte d'engagement, lot {lot}")
        word.save(str(path))
        name = f"{REF}_AE_lot-{lot:02d}.docx"
        paper = Paper(
            ref=REF, kind="acte_engagement", title="AE", folder="dce-v1", file_name=name,
            content=path.read_bytes(), recipient=name,
        )  # fmt: skip
        filing.keep(paper)
    lots = [{"numero": n, "libelle": f"Lot {n}", "estimation": "50000", "maximum": "50000"} for n in (1, 2)]
    with transaction() as session:
        session.get_one(Procurement, REF).strategy = {"lots": lots}
        session.add(
            Tender(
                ref=REF, number=1, supplier="Laboratoires Médivance", siret="92000001500015",
                received_at=clock.now(), sha256=sha256(b"offre").hexdigest(),
            )
        )  # fmt: skip
        session.add(
            Award(
                ref=REF, visit=1, lot=2, tender_number=1, rank=1, score="90", is_winner=True,
                amount_ht=parse_amount("42000.50"), detail={},
            )
        )  # fmt: skip
    sign(REF, PURCHASING)
    return home


def kept():
    with reading() as session:
        return list(session.exec(select(Document).where(Document.kind == signed_papers.KIND)))


def certify(tmp_path, monkeypatch, authority, email):
    folder = tmp_path / "certificats"
    authority.give(folder, email, "Karim Benali")
    monkeypatch.setenv("ACHATS_CERTIFICATES_DIR", str(folder))
    settings.cache_clear()


def test_without_a_certificate_nothing_changes(signed, tmp_path, monkeypatch, authority):
    assert signed_papers.sign_commitments.fn(REF, 1) == 0
    certify(tmp_path, monkeypatch, authority, DIRECTOR)  # another person's certificate signs nothing

    assert signed_papers.sign_commitments.fn(REF, 1) == 0
    assert kept() == []


@pytest.mark.office
def test_the_awarded_lot_is_signed_once_and_the_signature_verifies(signed, tmp_path, monkeypatch, authority):
    if office.office_program() is None:
        pytest.skip("LibreOffice is not installed")
    certify(tmp_path, monkeypatch, authority, PURCHASING)

    assert [signed_papers.sign_commitments.fn(REF, 1) for _ in range(2)] == [1, 1]

    (paper,) = kept()
    assert paper.recipient == "lot 2"
    (found,) = pades.verify(storage.read(paper.path), [authority.pem])
    assert (found.signatory, found.intact, found.trusted) == ("Karim Benali", True, True)
    assert "lot 2, Laboratoires Médivance" in found.reason
    assert "délégation DS-2018-01" in found.reason
    with reading() as session:
        assert journal_check.verify_all(session).valide


def test_in_a_group_in_service_no_passphrase_kept_on_the_server_signs(
    signed, tmp_path, monkeypatch, authority
):
    certify(tmp_path, monkeypatch, authority, PURCHASING)
    service.put_in_service("chef@ght.invalid")
    monkeypatch.setattr(pades, "sign", lambda *_: pytest.fail("signed without its signatory"))
    assert signed_papers.sign_commitments.fn(REF, 1) == 0


def test_nobody_signs_the_papers_of_another_with_a_certificate_of_her_own(
    signed, tmp_path, monkeypatch, authority
):
    certify(tmp_path, monkeypatch, authority, DIRECTOR)
    opener = pades.Opener(passphrase=SecretStr(PASSPHRASE))
    with pytest.raises(NotAllowed, match="seule la personne qui a signé"):
        signed_papers.sign_as(REF, DIRECTOR, opener)
    with pytest.raises(BadInput, match="ni certificat"):
        signed_papers.sign_as(REF, PURCHASING, opener)
