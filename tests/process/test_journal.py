"""The journal tells, line by line, when somebody changed it behind the application's back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import text

from flows.__main__ import app
from flows.commands.application import run
from models.journal import Fact
from tasks import journal
from tasks.store import engine, reading, transaction

START = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def ten_lines(request):
    """A journal of ten lines on each database."""
    request.getfixturevalue("home" if request.param == "sqlite" else "postgres_home")
    for number in range(1, 11):
        with transaction() as session:
            entry = journal.Entry(
                fact=Fact.REFUSAL, ref="2026-001", actor=f"p{number}@x.invalid", subject="review/1"
            )
            journal.write(session, entry, START + timedelta(minutes=number))


def verdict():
    with reading() as session:
        return journal.verify(session)


def tamper(*statements):
    """Change the rows as someone with the database's password would."""
    with engine().begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_a_whole_journal_is_valid_and_gives_its_fingerprint(ten_lines):
    found = verdict()
    assert (found.valide, found.lignes, found.premiere_anomalie) == (True, 10, None)
    assert len(found.empreinte) == 64


@pytest.mark.parametrize(
    "column, value",
    [
        ("actor", "'autre@x.invalid'"), ("subject", "'dce_approval/1'"), ("reason", "'ajouté'"), ("ref", "NULL"),
        ("after", "'approve'"), ("at", "'2026-11-23 08:04:01'"), ("fact", "'DOCUMENT'"),
    ],
)  # fmt: skip
def test_an_altered_line_is_named(ten_lines, column, value):
    if column == "fact":
        value = "'document'" if "refus" in stored_fact() else value
    quoted = f'"{column}"' if column in ("at", "after") else column
    tamper(f"UPDATE journal SET {quoted} = {value} WHERE seq = 4")
    found = verdict()
    assert (found.valide, found.premiere_anomalie, found.lignes) == (False, 4, 3)
    assert found.motif == "la ligne 4 a été modifiée"


def stored_fact():
    with engine().connect() as connection:
        return connection.execute(text("SELECT fact FROM journal WHERE seq = 4")).scalar_one()


def test_a_deleted_line_is_named(ten_lines):
    tamper("DELETE FROM journal WHERE seq = 6")
    found = verdict()
    assert (found.valide, found.premiere_anomalie) == (False, 6)
    assert found.motif == "la ligne 6 manque (la suivante porte le numéro 7)"


def test_a_line_deleted_with_those_after_it_renumbered_is_named(ten_lines):
    tamper(
        "DELETE FROM journal WHERE seq = 6",
        *(f"UPDATE journal SET seq = {n - 1} WHERE seq = {n}" for n in range(7, 11)),
    )
    found = verdict()
    assert (found.valide, found.premiere_anomalie) == (False, 6)
    assert "la ligne 6 ne suit pas la ligne 5" in found.motif


def test_two_lines_exchanged_are_named(ten_lines):
    tamper("UPDATE journal SET seq = 99 WHERE seq = 3", "UPDATE journal SET seq = 3 WHERE seq = 8")
    tamper("UPDATE journal SET seq = 8 WHERE seq = 99")
    found = verdict()
    assert (found.valide, found.premiere_anomalie) == (False, 3)


def test_a_journal_cut_at_its_end_is_named(ten_lines):
    tamper("DELETE FROM journal WHERE seq > 8")
    found = verdict()
    assert (found.valide, found.lignes, found.premiere_anomalie) == (False, 8, 9)
    assert found.motif == "fin du journal coupée : 10 lignes ont été écrites, 8 restent"


def test_a_line_of_a_kind_that_does_not_exist_is_named(ten_lines):
    tamper("UPDATE journal SET fact = 'inconnu' WHERE seq = 6")
    found = verdict()
    assert (found.valide, found.premiere_anomalie, found.motif) == (False, 6, "la ligne 6 a été modifiée")


def test_an_altered_line_with_its_hash_made_again_has_a_false_signature(ten_lines):
    from models.journal import JournalLine

    with transaction() as session:
        line = session.get_one(JournalLine, 5)
        line.actor = "autre@x.invalid"
        line.hash = line.computed_hash()
    found = verdict()
    assert (found.valide, found.premiere_anomalie) == (False, 5)


def test_the_command_says_it_and_leaves_with_code_2(ten_lines, capsys):
    assert run(app, ["journal", "verifier"]) == 0
    assert "Journal intact : 10 lignes" in capsys.readouterr().out
    tamper("UPDATE journal SET reason = 'ajouté' WHERE seq = 2")
    assert run(app, ["journal", "verifier"]) == 2
    assert "JOURNAL ALTÉRÉ à la ligne 2 : la ligne 2 a été modifiée." in capsys.readouterr().out


def test_an_instant_of_another_zone_gives_the_same_line(home):
    """29 March 2026, 3 h in Paris, an hour after clocks went forward: the hash is that of the instant."""
    at = datetime(2026, 3, 29, 3, 0, tzinfo=ZoneInfo("Europe/Paris"))
    with transaction() as session:
        journal.write(session, journal.Entry(fact=Fact.DECISION, subject="x"), at)
    assert verdict().valide


def test_a_transaction_that_fails_leaves_no_line_and_no_hole(ten_lines):
    with pytest.raises(ZeroDivisionError), transaction() as session:
        journal.write(session, journal.Entry(fact=Fact.DECISION, subject="jamais"))
        raise ZeroDivisionError
    with transaction() as session:
        assert journal.write(session, journal.Entry(fact=Fact.DECISION, subject="onzième")).seq == 11
    assert verdict().valide
