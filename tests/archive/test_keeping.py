"""The clock of retention on both sides of its last day, the elimination by two people, the SEDA transfer."""

import json
import os
import re
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree
from sqlmodel import select

from models.archive.keeping import Part
from models.contracts.register import Contract
from models.errors import AlreadyDone, BadInput, NotAllowed
from models.process.procurement import Document, Procurement, Tender
from tasks import clock, storage
from tasks.access.proofs import Credentials
from tasks.archive import keeping, seda, seda_message
from tasks.process import journal_check
from tasks.store import reading, transaction
from tests.conftest import forget_settings
from tests.purchase_play import BUYER, DIRECTOR, PURCHASING, Time, open_purchase, play

pytestmark = [pytest.mark.flow, pytest.mark.slow]
NOBODY = Credentials()
S = f"{{{seda_message.SEDA}}}"


@pytest.fixture
def notified(prefect_server, group, monkeypatch):
    """A purchase signed and notified, whose contract ends on 31 March 2036; gives its reference and the clock."""
    time = Time(datetime(2032, 3, 1, 9, tzinfo=clock.PARIS))
    monkeypatch.setattr(clock, "now", time.now)
    ref = open_purchase("120000")
    play(ref, time)
    with transaction() as session:
        for contract in session.exec(select(Contract).where(Contract.procurement_ref == ref)):
            contract.ends_on = date(2036, 3, 31)
            session.add(contract)
        session.get_one(Procurement, ref).signed_on = date(2032, 2, 29)
    return ref, time


def clocks(ref):
    with reading() as session:
        return {one.partie: one for one in keeping.clocks(session, session.get_one(Procurement, ref))}


def test_a_purchase_is_kept_then_transferred_then_eliminated_by_two(notified, tmp_path, monkeypatch):
    ref, time = notified
    found = clocks(ref)
    # Signed on 29 February 2032: five years lead to 28 February 2037 (R. 2184-12); ended 31 March 2036, five years.
    assert (found[Part.PROCEDURE].depuis, found[Part.PROCEDURE].jusqu_au) == (
        date(2032, 2, 29),
        date(2037, 2, 28),
    )
    assert (found[Part.CONTRACT].depuis, found[Part.CONTRACT].jusqu_au) == (
        date(2036, 3, 31),
        date(2041, 3, 31),
    )

    check_transfer(ref, tmp_path / "seda.zip", monkeypatch)

    time.instant = datetime(2037, 2, 28, 23, 59, tzinfo=clock.PARIS)
    with pytest.raises(NotAllowed, match="à conserver jusqu'au 28/02/2037"):
        keeping.eliminate(ref, Part.PROCEDURE, BUYER, "AD-2037-12", NOBODY)
    time.instant += timedelta(minutes=1)
    with pytest.raises(BadInput, match="visa des archives est obligatoire"):
        keeping.eliminate(ref, Part.PROCEDURE, BUYER, " ", NOBODY)
    assert not keeping.eliminate(ref, Part.PROCEDURE, PURCHASING, "AD-2037-12", NOBODY).est_faite
    with pytest.raises(NotAllowed, match="une autre doit répondre"):
        keeping.eliminate(ref, Part.PROCEDURE, PURCHASING, "", NOBODY)
    with pytest.raises(NotAllowed, match="pas de rôle"):
        keeping.eliminate(ref, Part.PROCEDURE, BUYER, "", NOBODY)
    done = keeping.eliminate(ref, Part.PROCEDURE, DIRECTOR, "", NOBODY)
    assert (done.est_faite, done.demandee_par, done.decidee_par) == (True, PURCHASING, DIRECTOR)
    with reading() as session:
        papers = session.exec(select(Document).where(Document.ref == ref)).all()
        tenders = session.exec(select(Tender).where(Tender.ref == ref)).all()
    left = {one.kind for one in papers if storage.resolve(one.path).exists()}
    gone = {one.kind for one in papers} - left
    assert {"acte_engagement", "ccap", "cctp"} <= left
    assert {"rc", "pv_ouverture", "rapport_analyse"} <= gone
    assert done.documents == sum(one.kind in gone for one in papers)
    assert all("prix" not in json.dumps(one.content) for one in tenders)
    verdict = journal_check.verified()
    assert verdict.valide, verdict
    with pytest.raises(AlreadyDone):
        keeping.eliminate(ref, Part.PROCEDURE, BUYER, "AD-2037-12", NOBODY)
    with pytest.raises(NotAllowed, match="31/03/2041"):
        keeping.eliminate(ref, Part.CONTRACT, BUYER, "AD-2037-12", NOBODY)


def check_transfer(ref: str, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The transfer names every file by its hash, and says how long each part is kept."""
    schema = os.environ.get("SEDA_SCHEMA")  # seda-2.3-main.xsd, where somebody has it
    if schema:
        monkeypatch.setenv("ACHATS_SEDA_SCHEMA", schema)
        forget_settings()
    done = seda.transfer(ref, target)
    assert done.valide is (True if schema else None)
    with zipfile.ZipFile(target) as archive:
        root = etree.fromstring(archive.read("manifest.xml"))
        objects = {
            one.findtext(f"{S}Uri"): one.findtext(f"{S}MessageDigest")
            for one in root.iter(f"{S}BinaryDataObject")
        }
        assert objects == {
            name: storage.sha256(archive.read(name)) for name in archive.namelist() if name != "manifest.xml"
        }
        report = json.loads(archive.read("content/P1.json"))
    assert root.tag == f"{S}ArchiveTransfer"
    with reading() as session:
        kept = set(session.exec(select(Document.sha256).where(Document.ref == ref)))
    assert kept <= set(objects.values())
    assert {one["person_email"] for one in report["signatures"]} >= {PURCHASING}
    rules = {
        one.findtext(f"{S}Content/{S}Title"): (
            one.findtext(f"{S}Management/{S}AppraisalRule/{S}Rule"),
            one.findtext(f"{S}Management/{S}AppraisalRule/{S}StartDate"),
        )
        for one in root.iter(f"{S}ArchiveUnit")
        if one.find(f"{S}Management") is not None
    }
    assert rules["Dossier de passation"] == ("CCP-R2184-12-5-ANS", "2032-02-29")
    assert rules["Pièces du marché"] == ("CCP-R2184-13-5-ANS", "2036-03-31")
    identifiers = [one.get("id") for one in root.iter() if one.get("id")]
    assert len(set(identifiers)) == len(identifiers)
    assert all(re.fullmatch(r"[A-Z]+\d+", one) for one in identifiers)


def test_a_transfer_of_an_unknown_purchase_or_with_a_schema_that_is_none_is_refused(
    group, tmp_path, monkeypatch
):
    with pytest.raises(BadInput, match="Achat inconnu"):
        seda.transfer("2026-999", tmp_path / "x.zip")
    ref = open_purchase("120000")
    monkeypatch.setenv("ACHATS_SEDA_SCHEMA", str(tmp_path / "absent.xsd"))
    forget_settings()
    with pytest.raises(BadInput, match="ACHATS_SEDA_SCHEMA"):
        seda.transfer(ref, tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()
