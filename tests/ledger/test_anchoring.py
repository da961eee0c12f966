"""The anchor alone finds a journal that was written again as a whole, by who holds the database and the keys."""

import json

import pytest
from sqlalchemy import text

from flows.__main__ import app
from flows.commands.application import run
from models.errors import BadInput
from models.journal import GENESIS, JournalHead
from tasks import clock, journal, store
from tasks.ledger import held, line_keys, rows
from tasks.process import anchoring, anchors, journal_check, journal_keys
from tasks.settings import settings
from tasks.signing import timestamps
from tasks.store import reading, transaction
from tests.conftest import forget_settings
from tests.signing_scene import journal_lines, waiting
from tests.timestamp_authority import NAME, LocalAuthority, serving


@pytest.fixture
def begun(group):
    waiting()
    return group


@pytest.fixture
def outside(begun, tmp_path, monkeypatch):
    """A folder that the server of the application does not rule."""
    folder = tmp_path / "dehors"
    folder.mkdir()
    monkeypatch.setenv("ACHATS_ANCHOR_DIR", str(folder))
    forget_settings()
    return folder


def write_all_again() -> None:
    """Change a decisive row and its line, then make every digest, hash and signature again with the true key."""
    with store.engine().begin() as connection:
        connection.execute(text("UPDATE procurement SET amount_ht = 1 WHERE ref = '2026-001'"))
    with transaction() as session:
        session.info.clear()
        head = session.get_one(JournalHead, 1)
        connection, before = session.connection(), GENESIS
        for fault in list(held.faults(connection)):
            connection.execute(
                text("UPDATE journal_row SET digest = :d WHERE table_name = :t AND key = :k AND seq = :s"),
                {"d": fault.now, "t": fault.table, "k": fault.key, "s": fault.line},
            )
        for line in journal.read(session):
            kept = connection.execute(
                text("SELECT table_name, key, digest FROM journal_row WHERE seq = :s"), {"s": line.seq}
            )
            line.rows_digest = rows_digest([tuple(row) for row in kept])
            line.previous_hash = before
            line.hash = before = line.computed_hash()
            line.signature = line_keys.sign(line.hash)
        head.hash = before


def rows_digest(kept):
    from models.journal import digest_of_rows

    return digest_of_rows(kept)


def test_the_anchor_alone_finds_a_database_written_again_as_a_whole_with_the_key(outside):
    assert anchoring.check(clock.today()) == []
    assert journal_check.verified(*anchoring.kept()).valide
    (settings().home / anchoring.FOLDER).rename(outside / "plus-rien")  # the server's own copy is gone too
    write_all_again()
    assert journal_check.verified().valide  # nothing on the server sees it
    found = journal_check.verified(*anchoring.kept())
    assert not found.valide
    assert "réécrit" in found.motif
    assert run(app, ["journal", "verifier"]) == 2


def test_the_anchor_goes_each_day_once_to_a_folder_and_to_two_people(outside):
    assert anchoring.check(clock.today()) == []
    assert anchoring.check(clock.today()) == []
    (kept,) = outside.glob("*.ancre.json")
    said = json.loads(kept.read_text(encoding="utf-8"))
    with reading() as session:
        lines = journal.read(session)
    assert said["empreinte"] == lines[said["lignes"] - 1].hash
    assert said["cle"] == lines[0].signing_key
    (line,) = journal_lines("ancre")
    assert line.after == said["empreinte"]
    with reading() as session:
        from sqlmodel import select

        from models.outbox import Message

        told = session.exec(select(Message).where(Message.key.startswith("ancre:"))).all()
    assert len({one.to for one in told}) == 2
    assert all(said["empreinte"] in one.body for one in told)
    found = journal_check.verified(*anchoring.kept())
    assert found.valide


def test_an_anchor_received_by_mail_is_enough(begun, tmp_path):
    anchoring.check(clock.today())
    from sqlmodel import select

    from models.outbox import Message

    with reading() as session:
        body = session.exec(select(Message.body).where(Message.key.startswith("ancre:"))).first()
    kept = tmp_path / "recu.json"
    kept.write_text(next(row for row in body.splitlines() if row.startswith("{")), encoding="utf-8")
    assert journal_check.verified(anchors.read(kept)).valide
    write_all_again()
    assert not journal_check.verified(anchors.read(kept)).valide


def test_a_timestamp_of_a_recognised_authority_dates_the_anchor(outside, tmp_path, monkeypatch):
    authority = LocalAuthority()
    with serving(authority) as address:
        monkeypatch.setenv("ACHATS_TSA_URL", address)
        monkeypatch.setenv("ACHATS_TSA_ROOTS", str(authority.write_root(tmp_path / "racine.pem")))
        forget_settings()
        assert anchoring.check(clock.today()) == []
    (kept,) = outside.glob("*.ancre.json")
    token = kept.with_name(kept.name + ".tsr").read_bytes()
    stamp = timestamps.checked(token, kept.read_bytes())
    assert (stamp.authority, stamp.is_trusted) == (NAME, True)
    assert abs(stamp.at - clock.now()).total_seconds() < 60
    with pytest.raises(BadInput, match="n'est pas celui"):
        timestamps.checked(token, kept.read_bytes() + b" ")
    monkeypatch.setenv("ACHATS_TSA_ROOTS", str(LocalAuthority().write_root(tmp_path / "autre.pem")))
    forget_settings()
    assert not timestamps.checked(token, kept.read_bytes()).is_trusted


def test_a_timestamp_service_that_is_silent_stops_nothing_and_is_asked_again(outside, monkeypatch):
    monkeypatch.setenv("ACHATS_TSA_URL", "http://127.0.0.1:9/tsa")
    forget_settings()
    (said,) = anchoring.check(clock.today())
    assert "non horodatée" in said
    with serving(LocalAuthority()) as address:
        monkeypatch.setenv("ACHATS_TSA_URL", address)
        forget_settings()
        assert anchoring.check(clock.today()) == []
    assert len(list(outside.glob("*.tsr"))) == 1


def test_a_key_replaced_is_signed_by_the_former(begun):
    with reading() as session:
        before = journal.read(session)[-1].signing_key
    assert run(app, ["journal", "cle"]) == 0
    waiting("2026-002")
    found = journal_check.verified()
    assert found.valide
    assert found.cle_publique != before
    assert found.remarques == []


def test_a_key_lost_is_replaced_by_command_alone_and_the_verifier_says_so(begun):
    line_keys.key_file().unlink()
    line_keys._private.cache_clear()
    assert run(app, ["journal", "cle"]) == 2
    with pytest.raises(Exception, match="clé du journal"):
        waiting("2026-002")
    assert run(app, ["journal", "cle", "--perdue"]) == 0
    waiting("2026-002")
    found = journal_check.verified()
    assert found.valide
    assert "remplacée sans l'ancienne" in found.remarques[0]


def test_lines_signed_by_a_key_of_somebody_else_are_named(begun):
    kept = line_keys.key_file().read_bytes()
    line_keys.key_file().unlink()
    line_keys._private.cache_clear()
    journal_keys.replace(is_lost=True)  # as who writes in the database from elsewhere can
    line_keys.key_file().write_bytes(kept)
    line_keys._private.cache_clear()
    found = journal_check.verified()
    assert not found.valide
    assert "pas celle de ce dossier" in found.motif


def test_signatures_taken_away_are_named(begun):
    with transaction() as session:
        session.info.clear()
        before = GENESIS
        for line in journal.read(session):
            line.signing_key = line.signature = None
            line.rows_digest = ""
            line.previous_hash = before
            line.hash = before = line.computed_hash()
        session.get_one(JournalHead, 1).hash = before
        session.connection().execute(text("DELETE FROM journal_row"))
    assert "signatures ont été effacées" in journal_check.verified().motif


def test_a_line_dated_before_its_predecessor_is_named_though_signed(begun):
    with transaction() as session:
        session.info.clear()
        lines = journal.read(session)
        lines[1].at = lines[0].at.replace(year=2020)
        before = lines[0].hash
        for line in lines[1:]:
            line.previous_hash = before
            line.hash = before = line.computed_hash()
            line.signature = line_keys.sign(line.hash)
        session.get_one(JournalHead, 1).hash = before
    found = journal_check.verified()
    assert (found.premiere_anomalie, "datée d'avant" in found.motif) == (2, True)


def test_the_key_of_the_journal_is_read_by_its_owner_alone(begun):
    assert line_keys.key_file().stat().st_mode & 0o077 == 0
    assert rows.registry()
