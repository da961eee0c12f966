"""Tampering in SQL and on disk: each kind of row that the journal covers is found and named."""

import json
from hashlib import sha256

import pytest
from sqlalchemy import text
from sqlmodel import select

from flows.__main__ import app
from flows.commands.application import run
from models.process.procurement import Item, Procurement
from tasks import journal, store
from tasks.delegations import entry
from tasks.process import anchors, conflicts, filing, journal_check
from tasks.process.filing import Paper
from tasks.store import reading, transaction
from tasks.tendering import tenders
from tests.signing_scene import DIRECTOR, LEGAL, PURCHASING, load, sign, waiting

REF = "2026-001"
SIGNED = ("rows_digest", "signing_key")


@pytest.fixture
def whole(home):
    """A procurement that has gone through a visa, a change, a document, a tender, a declaration, a signature."""
    load()
    paper = Paper(
        ref=REF,
        kind="rapport_analyse",
        title="Rapport",
        folder="analyse",
        file_name="r.docx",
        content=b"rapport",
    )
    waiting(REF)
    filing.keep(paper)
    conflicts.declare(REF, LEGAL, "conflit", "Parenté avec un candidat")
    sign(REF, PURCHASING)
    waiting("2026-002", stage="review")
    sign("2026-002", LEGAL)
    _tender()
    entry.revoke("DS-2018-03", None, "Fin de mission", DIRECTOR)
    assert verdict().valide, verdict().motif
    return home


def _tender():
    content = {
        "candidat": {
            "nom": "Laboratoires Médivance", "siret": "92000001500015", "adresse": "12 rue des Tanneurs",
            "code_postal": "69007", "ville": "Lyon", "courriel": "a@medivance.invalid",
        },
        "lots": [{"lot": 1, "prix": {"PF-1": "10.00"}}],
    }  # fmt: skip
    with transaction() as session:
        session.add(Item(ref=REF, code="PF-1", label="Perfuseur", unit="unité"))
        procurement = session.get_one(Procurement, REF)
        file = tenders.TenderFile.model_validate(content)
        given = tenders.Deposit(raw=json.dumps(content).encode(), actor="achats")
        tenders._record(session, procurement, file, given)


def verdict(anchor=None):
    with reading() as session:
        return journal_check.verify_all(session, *([anchor] if anchor else []))


def sql(*statements):
    with store.engine().begin() as connection:
        for one in statements:
            assert connection.execute(text(one)).rowcount, one


def rechained():
    """Rewrite every hash, every signature and the head, as someone who has the database, the code and the key can."""
    from models.journal import GENESIS, JournalHead, JournalRow
    from tasks.ledger import line_keys

    with transaction() as session:
        lines, before = journal.read(session), GENESIS
        for line in lines:
            line.previous_hash = before
            line.hash = before = line.computed_hash()
            line.signature = line_keys.sign(line.hash)
        head = session.get_one(JournalHead, 1)
        head.seq, head.hash = len(lines), before
        for row in session.exec(select(JournalRow).where(JournalRow.seq > len(lines))):
            session.delete(row)


def last():
    with reading() as session:
        return journal.read(session)[-1].seq


@pytest.mark.parametrize("column", ["fact", "actor", "subject", "reason", "at", "ref", "after", "before"])
def test_a_line_changed_is_named(whole, column):
    value = {"at": "'2020-01-01 00:00:00.000000'", "fact": "'refus'"}.get(column, "'autre'")
    sql(f'UPDATE journal SET "{column}" = {value} WHERE seq = 3')

    found = verdict()
    assert (found.valide, found.premiere_anomalie, found.motif) == (False, 3, "la ligne 3 a été modifiée")


def test_a_line_missing_in_the_middle_and_lines_in_another_order_are_named(whole):
    sql("UPDATE journal SET seq = 9999 WHERE seq = 4", "UPDATE journal SET seq = 4 WHERE seq = 5")
    sql("UPDATE journal SET seq = 5 WHERE seq = 9999")
    assert verdict().premiere_anomalie == 4

    sql("DELETE FROM journal WHERE seq = 2")
    assert (verdict().premiere_anomalie, "la ligne 2 manque" in verdict().motif) == (2, True)


def test_the_end_cut_off_is_seen_by_the_head_and_with_the_head_by_the_anchor(whole, tmp_path):
    end = last()
    with reading() as session:
        anchors.write(tmp_path / "ancre.json", iter([anchors.present(session).model_dump_json()]))
    kept = anchors.read(tmp_path / "ancre.json")
    assert verdict(kept).valide
    sql(f"DELETE FROM journal WHERE seq >= {end - 1}")
    assert (verdict().premiere_anomalie, "coupée" in verdict().motif) == (end - 1, True)

    rechained()
    with reading() as session:
        assert journal.verify(session).valide  # the chain alone sees nothing any more
    found = verdict(kept)
    assert (found.valide, found.premiere_anomalie, "coupée" in found.motif) == (False, end - 1, True)


def test_a_journal_rewritten_as_a_whole_is_named_at_its_first_line_by_an_export(whole, tmp_path):
    assert run(app, ["journal", "exporter", str(tmp_path / "journal.jsonl")]) == 0
    sql("UPDATE journal SET actor = 'autre@ch.invalid' WHERE seq = 6")
    rechained()

    assert verdict(anchors.read(tmp_path / "journal.jsonl")).premiere_anomalie == 6
    assert run(app, ["journal", "verifier", "--ancre", str(tmp_path / "journal.jsonl")]) == 2


def test_an_export_can_be_checked_without_the_application(whole, tmp_path):
    run(app, ["journal", "exporter", str(tmp_path / "journal.jsonl")])
    before = "0" * 64
    rows = [json.loads(row) for row in (tmp_path / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == last()
    keys = ("seq", "at", "fact", "ref", "actor", "subject", "before", "after", "reason", "previous_hash")
    for row in rows:
        content = json.dumps(
            [row[key] for key in keys + (SIGNED if row["signing_key"] else ())], ensure_ascii=False
        )
        assert (row["previous_hash"], row["hash"]) == (before, sha256(content.encode()).hexdigest())
        before = row["hash"]


@pytest.mark.parametrize(
    ("statement", "fact", "said"),
    [
        ("UPDATE signature SET person_email = 'sophie.lambert@ch-rocheval.invalid'", "signature", "modifiée"),
        ("UPDATE signature SET amount_ht = amount_ht + 1", "signature", "modifiée"),
        ("UPDATE signature SET delegation = 'DS-2018-02'", "signature", "modifiée"),
        ("UPDATE signature SET document_sha256 = 'f'", "signature", "modifiée"),
        ("DELETE FROM signature", "signature", "disparu"),
        (
            "UPDATE delegation SET ceiling = NULL WHERE reference = 'DS-2018-01'",
            "délégation",
            "hors du registre",
        ),
        (
            "UPDATE delegation SET revoked_on = NULL WHERE reference = 'DS-2018-03'",
            "délégation",
            "hors du registre",
        ),
        ("DELETE FROM delegation WHERE reference = 'DS-2018-02'", "délégation", "disparu"),
        ('UPDATE decision SET form = \'{"observation": "faux"}\'', "décision", "modifiée"),
        ("UPDATE decision SET answer = 'change' WHERE stage = 'review'", "décision", "modifiée"),
        ("UPDATE decision SET delegation = NULL WHERE stage = 'award_decision'", "décision", "modifiée"),
        ("DELETE FROM decision WHERE stage = 'review'", "décision", "disparu"),
        ("UPDATE document SET sha256 = 'f'", "document", "empreinte"),
        ("DELETE FROM document", "document", "registre"),
        ("UPDATE conflict_declaration SET has_conflict = 0", "déclaration d'intérêts", "modifiée"),
        ("DELETE FROM conflict_declaration", "déclaration d'intérêts", "effacée"),
        ("UPDATE tender SET supplier = 'autre'", "offre", "modifiée"),
        ("UPDATE tender SET is_late = 1", "offre", "modifiée"),
        ("DELETE FROM tender", "offre", "disparu"),
        (
            "UPDATE procurement SET stage = 'notified' WHERE ref = '2026-001'",
            "transition",
            "hors de l'application",
        ),
    ],
)
def test_a_row_changed_beside_the_journal_is_named(whole, statement, fact, said):
    sql(statement)

    found = verdict()
    assert not found.valide
    assert said in found.motif
    with reading() as session:
        line = session.get_one(journal.JournalLine, found.premiere_anomalie)
    assert line.fact.value == fact


@pytest.mark.parametrize("content", [b"autre rapport", None])
def test_a_file_changed_or_removed_on_disk_is_named(whole, content):
    file = whole / "documents" / REF / "analyse" / "r.docx"
    file.write_bytes(content) if content else file.unlink()

    assert "documents/2026-001/analyse/r.docx" in verdict().motif


SIGNATURE_COPIED = """
INSERT INTO signature (ref, stage, visit, act, person_email, ground, amount_ht, family_code, establishment_siret,
    signed_on, signed_at, means, document, document_sha256)
SELECT '2026-002', stage, visit, act, person_email, ground, amount_ht, family_code, establishment_siret,
    signed_on, signed_at, means, document, document_sha256 FROM signature
"""
DOCUMENT_ADDED = """
INSERT INTO document (ref, kind, version, recipient, title, path, sha256, bytes, created_at)
SELECT ref, kind, 2, recipient, title, 'documents/faux.docx', sha256, bytes, created_at FROM document
"""


@pytest.mark.parametrize(
    ("statement", "said"),
    [(SIGNATURE_COPIED, "signature de karim.benali"), (DOCUMENT_ADDED, "documents/faux.docx")],
)
def test_a_row_added_beside_the_journal_is_named(whole, statement, said):
    sql(statement)

    found = verdict()
    assert (found.valide, found.premiere_anomalie) == (False, None)
    assert said in found.motif
