"""The clock of a rehearsal moves no date of a real home, and each of its moves is in the journal."""

from datetime import UTC, datetime, timedelta

import pytest

from flows.__main__ import app
from flows.commands.application import run
from models.errors import NotAllowed
from models.journal import Fact
from tasks import clock, journal
from tasks.process import journal_check
from tasks.rehearsal import home as rehearsal_home
from tasks.settings import settings
from tasks.store import transaction
from tests.signing_scene import journal_lines, load, waiting

LATER = timedelta(days=30)


def test_the_clock_of_a_real_home_does_not_move(group):
    with pytest.raises(NotAllowed, match="dossier de répétition"):
        clock.move_to(clock.now() + LATER)
    assert run(app, ["repetition", "avancer", "2036-01-01"]) == 2
    assert run(app, ["repetition", "preparer"]) == 2  # its journal has begun
    assert not (settings().home / clock.SHIFT_FILE).exists()


def test_a_shift_laid_in_a_real_home_moves_no_date_and_is_named(group):
    (settings().home / clock.SHIFT_FILE).write_text("8640000", encoding="utf-8")
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
    assert "horloge de répétition" in journal_check.verified().motif


def test_a_home_marked_beside_the_journal_is_named(group):
    clock.mark_rehearsal()
    assert "sans ligne du journal" in journal_check.verified().motif


def test_a_rehearsal_moves_forward_and_says_so(home):
    assert run(app, ["repetition", "preparer"]) == 0
    load()
    waiting()
    before = clock.now()
    rehearsal_home.move_to(before + LATER)
    assert clock.now() >= before + LATER
    first, move = journal_lines("horloge")
    assert (first.seq, first.subject) == (1, "dossier de répétition")
    assert datetime.fromisoformat(move.after) - datetime.fromisoformat(move.before) >= LATER - timedelta(
        seconds=2
    )
    assert journal_check.verified().valide


def test_no_line_is_dated_before_the_one_it_follows(home, monkeypatch):
    times = iter((0, -3600, 60))
    start = clock.now()
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(seconds=next(times)))
    for number in range(3):
        with transaction() as session:
            journal.write(
                session,
                journal.Entry(fact=Fact.REFUSAL, subject=str(number)),
            )
    with transaction() as session:
        dated = [line.at for line in journal.read(session)]
    assert dated == [start, start, start + timedelta(seconds=60)]
