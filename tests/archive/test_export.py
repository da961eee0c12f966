"""Everything of a purchase or of the group goes out, and comes into an empty home with the same hashes."""

import csv
import io
import json
import zipfile
from datetime import datetime

import pytest
from pydantic import SecretStr
from sqlmodel import select

from models.archive.manifest import SealedBy
from models.errors import BadInput
from models.process.procurement import Document, Procurement, Tender
from models.tendering.seals import TenderShare
from tasks import clock, journal, storage
from tasks.access import sealed_secrets
from tasks.archive import envelope, exporting, importing, rows
from tasks.outgoing import mail, restored
from tasks.process import journal_check
from tasks.store import reading
from tests.conftest import forget_settings
from tests.purchase_play import Time, open_purchase, play
from tests.sealed_scene import REF, to_tendering

pytestmark = [pytest.mark.flow, pytest.mark.slow]
PHRASE = SecretStr("une phrase longue et tranquille")
SEALING = envelope.Sealing(passphrase=PHRASE)
OPENING = envelope.Opening(passphrase=PHRASE)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Go to an empty home, on SQLite."""

    def go(name="autre"):
        monkeypatch.setenv("ACHATS_HOME", str(tmp_path / name))
        monkeypatch.delenv("ACHATS_DATABASE_URL", raising=False)
        forget_settings()

    return go


def everything() -> dict[str, list[str]]:
    """Every row of every table that is exported, as text; what the arrival itself writes is left out."""
    with reading() as session:
        return {
            name: [rows.as_json(row) for row in rows.every(session, kind)]
            for name, kind in rows.classes().items()
            if name not in ("journal", "journal_head", "journal_row", "dispatch")
        }


def hashes() -> dict[str, str]:
    with reading() as session:
        return {
            path: storage.sha256(storage.read(path)) for path in session.exec(select(Document.path)).all()
        }


def check_purchase(file, ref, other):
    """An export of one purchase holds its rows and what they refer to, and nothing of another."""
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        assert not any(other in name for name in names)
        purchases = json.loads(archive.read("donnees/procurement.json"))
        table = list(
            csv.reader(
                io.StringIO(archive.read("donnees/procurement.csv").decode("utf-8-sig")), delimiter=";"
            )
        )
        schema = json.loads(archive.read("schema.json"))
        assert [json.loads(line)["ref"] for line in archive.read(exporting.JOURNAL).splitlines()].count(
            ref
        ) > 50
    assert [one["ref"] for one in purchases] == [ref]
    assert table[0] == list(purchases[0])
    assert table[1][table[0].index("amount_ht")] == purchases[0]["amount_ht"] == "120000.00"
    assert schema["procurement"]["renvois"]["buyer_email"] == "person.email"
    assert set(purchases[0]) <= set(schema["procurement"]["json_schema"]["properties"])


@pytest.fixture
def notified(prefect_server, group, monkeypatch):
    time = Time(datetime(2032, 3, 1, 9, tzinfo=clock.PARIS))
    monkeypatch.setattr(clock, "now", time.now)
    ref = open_purchase("120000")
    play(ref, time)
    other = open_purchase("90000", objet="Autre achat")
    return ref, other


def test_all_of_the_group_or_of_a_purchase_goes_out_and_comes_in_the_same(notified, elsewhere, tmp_path):
    ref, other = notified
    exporting.export(ref, tmp_path / "un.zip", SEALING)
    check_purchase(tmp_path / "un.zip", ref, other)
    file = tmp_path / "tout.zip"
    done = exporting.export("TOUT", file, SEALING)
    assert done.cles in (SealedBy.PASSPHRASE, SealedBy.NOBODY)
    before, kept = everything(), hashes()
    with reading() as session:
        head = journal.verify(session)

    elsewhere()
    report = importing.bring_in(file, OPENING)
    assert everything() == before
    assert hashes() == kept
    assert report.journal_lignes == head.lignes
    with reading() as session:
        lines = journal.read(session)
    assert lines[head.lignes - 1].hash == head.empreinte
    assert journal_check.verified().valide
    assert restored.hold() == restored.CONFIRM
    assert mail.send_pending().envoyes == 0
    assert int(open_purchase("80000")[5:]) > int(other[5:])
    with pytest.raises(BadInput, match="installation vide"):
        importing.bring_in(file, OPENING)

    elsewhere("un")
    importing.bring_in(tmp_path / "un.zip", OPENING)
    assert hashes() == {path: one for path, one in kept.items() if path.startswith(f"documents/{ref}/")}
    with reading() as session:
        assert list(session.exec(select(Procurement.ref))) == [ref]
    verdict = journal_check.verified()
    assert verdict.valide, verdict.motif


def test_tenders_still_sealed_stay_sealed_and_open_with_the_keys_alone(group, elsewhere, tmp_path):
    to_tendering()
    with reading() as session:
        boxes = [one.content for one in session.exec(select(Tender).order_by(Tender.number))]
    exporting.export(REF, tmp_path / "avec.zip", SEALING)
    exporting.export(REF, tmp_path / "sans.zip", envelope.Sealing())
    with zipfile.ZipFile(tmp_path / "avec.zip") as archive:
        assert not any(
            b'"prix"' in archive.read(name) for name in archive.namelist() if name != "schema.json"
        )
    for name in ("avec", "sans"):
        elsewhere(name)
        importing.bring_in(tmp_path / f"{name}.zip", OPENING)
        with reading() as session:
            assert [one.content for one in session.exec(select(Tender).order_by(Tender.number))] == boxes
            share = session.exec(select(TenderShare)).first()
        if name == "avec":
            assert len(sealed_secrets.unseal(share.encrypted)) > 30
        else:
            with pytest.raises(Exception, match=r"La clé de scellement .* est absente"):
                sealed_secrets.unseal(share.encrypted)


def test_an_export_altered_brings_nothing_in(group, elsewhere, tmp_path):
    exporting.export("TOUT", tmp_path / "a.zip", SEALING)
    with (
        zipfile.ZipFile(tmp_path / "a.zip") as whole,
        zipfile.ZipFile(tmp_path / "b.zip", "w") as altered,
    ):
        for name in whole.namelist():
            content = whole.read(name)
            altered.writestr(
                name, content.replace(b"rocheval", b"rochoval") if "person.json" in name else content
            )
    elsewhere()
    with pytest.raises(BadInput, match=r"donnees/person\.json n'a pas l'empreinte du manifeste"):
        importing.bring_in(tmp_path / "b.zip", OPENING)
    with pytest.raises(BadInput, match="n'est pas un export"):
        (tmp_path / "c.zip").write_bytes(b"abc")
        importing.bring_in(tmp_path / "c.zip", OPENING)
    importing.bring_in(tmp_path / "a.zip", OPENING)


@pytest.mark.postgres
def test_what_was_on_sqlite_goes_on_in_postgresql(group, tmp_path, request):
    to_tendering()
    exporting.export("TOUT", tmp_path / "a.zip", SEALING)
    before, kept = everything(), hashes()
    request.getfixturevalue("postgres_home")
    importing.bring_in(tmp_path / "a.zip", OPENING)
    assert everything() == before
    assert hashes() == kept
    assert open_purchase("90000") > REF  # and rows made now are numbered after those that came
    assert journal_check.verified().valide
