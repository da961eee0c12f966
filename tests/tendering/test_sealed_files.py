"""A tender is what was deposited: nobody finds its price in a hash, changes it, or opens it from a copy."""

import json
import sqlite3
from datetime import timedelta
from hashlib import sha256

import pytest
from pydantic import SecretBytes, SecretStr
from sqlmodel import select

from models.errors import Failure, NotAllowed, Refused, Unavailable
from models.process.procurement import Item, Procurement, Tender
from models.tendering import envelopes
from models.tendering.seals import SHARE_BYTES, Share, TenderSeal, TenderShare, join, split
from tasks import clock, journal
from tasks.access import sealed_boxes, sealed_secrets
from tasks.gates import opening_shares
from tasks.process import journal_check
from tasks.rehearsal import playing
from tasks.settings import settings
from tasks.store import reading, transaction
from tasks.tendering import seals, tenders, time_key
from tests.portal_scene import BUYER, LEGAL, PASSWORD, PURCHASING, give_access
from tests.sealed_scene import REF, after_the_deadline, open_as, to_tendering
from tests.signing_scene import journal_lines, waiting


@pytest.fixture
def sealed(group):
    for email in (BUYER, LEGAL, PURCHASING):
        give_access(email)
    to_tendering()


def rewritten(statement: str, *values: object) -> None:
    """Write in the database beside the application, as its administrator can."""
    with sqlite3.connect(settings().home / "achats.sqlite") as base:
        assert base.execute(statement, values).rowcount
    base.close()


def give_shares(*emails: str) -> None:
    for email in emails:
        opening_shares.release(REF, email, SecretStr(PASSWORD), "test")


def opened() -> list[Tender]:
    after_the_deadline()
    for email in (BUYER, LEGAL):
        give_shares(email)
        open_as(email)
    return received()


def received() -> list[Tender]:
    with reading() as session:
        return list(session.exec(select(Tender).order_by(Tender.number)))


def said_by_the_journal() -> str:
    with reading() as session:
        return " ".join(line.reason for line in journal.read(session, REF))


def test_no_hash_that_can_be_seen_is_that_of_a_file_so_that_no_price_is_found_by_trying(group):
    to_tendering()
    raw = playing.write_tenders(REF)[3].read_bytes()
    receipt = tenders.deposit(REF, raw, "offre")
    plain = sha256(raw).hexdigest()
    assert receipt.sha256 == plain  # the sender recognises the file
    kept = settings().home / "achats.sqlite"
    with sqlite3.connect(kept) as base:
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert plain.encode() not in kept.read_bytes()
    assert receipt.empreinte in said_by_the_journal()
    assert plain not in said_by_the_journal()


def test_once_open_the_number_and_the_file_give_the_hash_of_the_journal(sealed):
    raw = playing.write_tenders(REF)[0].read_bytes()
    one = opened()[0]
    kept = one.content[envelopes.OPENED][envelopes.FILE]
    assert sha256(bytes.fromhex(kept["alea"]) + raw).hexdigest() == one.sha256
    assert one.sha256 in said_by_the_journal()
    assert len(bytes.fromhex(kept["alea"])) == 32


def test_a_price_rewritten_in_its_envelope_stops_the_opening_and_is_named(sealed):
    with reading() as session:
        key = session.get_one(TenderSeal, REF).public_key
        two = session.exec(select(Tender).where(Tender.number == 2)).one()
    cheaper = playing.write_tenders(REF)[0].read_bytes()
    boxed = {name: sealed_boxes.encrypt_to(key, b"0" * 32 + cheaper) for name in ("1", envelopes.FILE)}
    content = {**two.content, envelopes.SEALED: {"1": boxed["1"]}, envelopes.SEALED_FILE: boxed["fichier"]}
    rewritten("UPDATE tender SET content = ? WHERE number = 2", json.dumps(content))
    after_the_deadline()
    give_shares(BUYER, LEGAL)
    open_as(BUYER)
    with pytest.raises(Refused, match="offre n° 2"):
        open_as(LEGAL)
    assert not any(envelopes.is_unsealed(one) for one in received())


@pytest.mark.parametrize("keeps_file", [True, False])
def test_a_price_rewritten_after_the_opening_is_named_by_the_verifier(sealed, keeps_file):
    one = opened()[0]
    assert journal_check.verified().valide
    content = json.loads(json.dumps(one.content))
    content["lots"][0]["prix"]["PERF-1"] = "0.01"
    if not keeps_file:
        del content[envelopes.OPENED]
    rewritten("UPDATE tender SET content = ? WHERE number = 1", json.dumps(content))
    found = journal_check.verified()
    assert not found.valide
    assert "offre n° 1" in found.motif


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("UPDATE tender_seal SET public_key = ?", sealed_boxes.new_pair().public),
        ("UPDATE tender_share SET holder_key = ? WHERE rank = 1", sealed_boxes.new_pair().public),
        ("UPDATE tender_share SET person_email = ? WHERE rank = 2", "sophie.lambert@ch-rocheval.invalid"),
        ("DELETE FROM tender_share WHERE rank = ?", 3),
    ],
    ids=["another seal", "another key of a holder", "another holder", "a holder less"],
)
def test_a_seal_or_a_holder_changed_beside_the_journal_receives_nothing(sealed, statement, value):
    rewritten(statement, value)
    with pytest.raises(NotAllowed, match="clé des plis"):
        tenders.receive(REF, playing.write_tenders(REF)[3])
    assert len(received()) == 3
    assert [line.subject for line in journal_lines("refus")] == ["dépôt d'une offre"]


def test_a_deadline_moved_in_the_database_gives_no_share(sealed):
    rewritten("UPDATE procurement SET tenders_due_at = '2020-01-01 11:00:00.000000' WHERE ref = ?", REF)
    with pytest.raises(NotAllowed, match="modifié hors de l'application"):
        give_shares(BUYER)
    with reading() as session:
        assert all(share.released is None for share in session.exec(select(TenderShare)))


def test_a_key_put_in_the_place_of_an_opener_holds_nothing(group):
    for email in (BUYER, LEGAL, PURCHASING):
        give_access(email)
    rewritten(
        "UPDATE opening_key SET public_key = ? WHERE person_email = ?", sealed_boxes.new_pair().public, LEGAL
    )
    to_tendering()
    with reading() as session:
        holders = [share.person_email for share in session.exec(select(TenderShare))]
    assert sorted(holders) == sorted([BUYER, PURCHASING])


def test_the_journal_names_the_key_and_its_holders(sealed):
    with reading() as session:
        key = session.get_one(TenderSeal, REF).public_key
    said = said_by_the_journal()
    assert f"clé publique {key}" in said
    assert all(email in said for email in (BUYER, LEGAL, PURCHASING))


def test_a_copy_of_the_database_and_two_passwords_open_nothing(sealed):
    after_the_deadline()
    give_shares(BUYER, LEGAL)
    with reading() as session:
        given = [one for one in session.exec(select(TenderShare)) if one.released]
        one, two = (Share(rank=share.rank, value=int(share.released, 16)) for share in given)
        tender = session.exec(select(Tender).where(Tender.number == 1)).one()
    with pytest.raises(Failure):
        sealed_boxes.decrypt_with(SecretBytes(join(one, two)), tender.content[envelopes.SEALED_FILE])
    (settings().home / time_key.KEY_FILE).unlink()
    open_as(BUYER)
    with pytest.raises(Unavailable, match="cle-a-terme"):
        open_as(LEGAL)


def test_the_key_of_another_home_is_refused(sealed):
    after_the_deadline()
    give_shares(BUYER, LEGAL)
    (settings().home / time_key.KEY_FILE).write_bytes(b"k" * 32)
    open_as(BUYER)
    with pytest.raises(Refused, match="n'ouvrent pas ces plis"):
        open_as(LEGAL)


def test_the_server_part_is_read_by_its_owner_alone(sealed):
    assert (settings().home / time_key.KEY_FILE).stat().st_mode & 0o077 == 0


def test_tenders_sealed_before_still_open(group):
    """A seal without the server's part and a tender without a number, as homes of before hold them."""
    waiting(REF, "150000", "opening")
    pair = sealed_boxes.new_pair()
    who = {"nom": "Ancien", "siret": "73282932000074"}
    lots = [{"lot": 1, "prix": {"PERF-1": "4.20"}}]
    box = sealed_boxes.encrypt_to(pair.public, json.dumps({"candidat": who, "lots": lots}).encode())
    with transaction() as session:
        session.get_one(Procurement, REF).tenders_due_at = clock.now() + timedelta(days=1)
        session.add(Item(ref=REF, code="PERF-1", label="Perfuseur", unit="unité"))
        session.add(TenderSeal(ref=REF, public_key=pair.public, is_personal=False, made_at=clock.now()))
        session.flush()
        for share in split(pair.private.get_secret_value(), 12345, 2):
            value = sealed_secrets.seal(share.value.to_bytes(SHARE_BYTES, "big").hex())
            session.add(TenderShare(ref=REF, rank=share.rank, encrypted=value))
        seals.note(
            session,
            REF,
            journal.APPLICATION,
            "scellé, clé en 2 parts tenues par le serveur, deux nécessaires",
        )
        content = {"candidat": who, "lots": [{"lot": 1}], envelopes.SEALED: {"1": box}}
        kept = {"supplier": "Ancien", "siret": who["siret"], "received_at": clock.now(), "sha256": "0" * 64}
        session.add(Tender(ref=REF, number=1, content=content, **kept))
    tenders.receive(REF, playing.write_tenders(REF)[1])  # a new one is sealed whole, by the key of before
    after_the_deadline()
    for email in (BUYER, LEGAL):
        open_as(email)
    before, new = received()
    assert before.content["lots"][0]["prix"] == {"PERF-1": "4.20"}
    assert envelopes.fault(new) == ""
    assert new.commitments.keys() == {envelopes.FILE, "1"}
