"""A home of before the signatures goes on: its lines keep their chain, the first signed line says so."""

import hashlib
import json
import sqlite3

import pytest
from alembic import command
from alembic.config import Config
from sqlmodel import create_engine

from models import decisive
from tasks import journal, store
from tasks.ledger import rows
from tasks.process import journal_check
from tasks.settings import ROOT
from tasks.store import reading
from tests.conftest import DATABASE, _settle, forget_settings
from tests.signing_scene import load, waiting

LAST_BEFORE = "0110"  # the revision just under the one that signs
LINE = "seq, at, fact, ref, actor, subject, before, after, reason, previous_hash, hash"
ROWS = (
    "INSERT INTO establishment (siret, name, kind, address, postal_code, city) VALUES ('1', 'C', 'partie', '', '', '')",
    "INSERT INTO person (email, name, function, establishment_siret) VALUES ('a@ch.invalid', 'A', '', '1')",
    "INSERT INTO role_grant (id, person_email, role, establishment_siret) VALUES (1, 'a@ch.invalid', 'acheteur', '1')",
)
SAID = ("ouverture", "message", "accès")


def line_of_before(seq: int, fact: str, previous: str) -> list[object]:
    """Return a line as it was written and hashed then."""
    at = f"2026-03-0{seq} 10:00:00.000000"
    said = [
        seq,
        at.replace(" ", "T") + "+00:00",
        fact,
        "2026-001",
        "achats",
        "sujet",
        None,
        None,
        "",
        previous,
    ]
    digest = hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()
    return [seq, at, *said[2:], digest]


@pytest.fixture
def before(tmp_path, monkeypatch):
    """A database at the last revision without signatures, with a person and three lines."""
    home = _settle(monkeypatch, tmp_path / "home")
    home.mkdir()
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("recursive_version_locations", "true")
    engine = create_engine(f"sqlite:///{home / DATABASE}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, LAST_BEFORE)
    engine.dispose()
    with sqlite3.connect(home / DATABASE) as base:
        for statement in ROWS:
            base.execute(statement)
        previous = "0" * 64
        for seq, fact in enumerate(SAID, start=1):
            line = line_of_before(seq, fact, previous)
            previous = line[-1]
            base.execute(f"INSERT INTO journal ({LINE}) VALUES ({', '.join('?' * len(line))})", line)
        base.execute("UPDATE journal_head SET seq = 3, hash = ?", [previous])
    base.close()
    yield home
    forget_settings()


def rewritten(home, statement: str) -> None:
    with sqlite3.connect(home / DATABASE) as base:
        assert base.execute(statement).rowcount, statement
    base.close()


def test_its_lines_keep_their_chain_and_the_first_signed_line_says_so(before):
    load()
    found = journal_check.verified()
    assert found.valide, found.anomalies
    assert found.signees_depuis == 4
    with reading() as session:
        lines = journal.read(session)
    assert [(line.signing_key, line.hash) for line in lines[:1]] == [
        (None, line_of_before(1, SAID[0], "0" * 64)[-1])
    ]
    assert (lines[3].fact, lines[3].subject) == ("clé du journal", "première ligne signée")
    assert "les 3 lignes d'avant gardent leur chaîne (chaîne intacte)" in lines[3].reason
    assert lines[3].signing_key in lines[3].reason


def test_a_row_or_a_line_of_before_that_is_rewritten_after_is_named(before):
    store.engine()
    rewritten(before, "UPDATE role_grant SET role = 'administrateur' WHERE id = 1")
    assert journal_check.verified().motif.startswith("rôle 1")
    rewritten(before, "UPDATE journal SET actor = 'autre' WHERE seq = 2")
    assert journal_check.verified().premiere_anomalie == 2


def test_a_chain_broken_before_is_said_by_the_first_signed_line(before):
    rewritten(before, "UPDATE journal SET actor = 'autre' WHERE seq = 2")
    store.engine()
    with reading() as session:
        assert "première anomalie à la ligne 2" in journal.read(session)[3].reason


def test_columns_covered_later_are_kept_by_a_line_and_launder_nothing(group, monkeypatch):
    waiting()
    forget_settings()
    rewritten(group, "UPDATE procurement SET amount_ht = 1")
    monkeypatch.setitem(decisive.LEFT_OUT, "person", {"function": "as if a column had been added since"})
    for one in (rows.covered, rows.registry, rows._query):
        one.cache_clear()
    store.engine()
    with reading() as session:
        last = journal.read(session)[-1]
    assert (last.fact, last.subject) == ("inscription", "registres")
    found = journal_check.verified()
    assert [one.split(" : ")[0] for one in found.anomalies] == [
        "achat 2026-001 (2026-001)"
    ] or "achat 2026-001" in found.motif
    assert len(found.anomalies) == 1
    for one in (rows.covered, rows.registry, rows._query):
        one.cache_clear()
