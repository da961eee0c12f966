"""A purchase whose mail server is down at its letters: it waits by name, then goes on, and never before."""

from datetime import date

import pytest

from tasks.outgoing import mail
from tasks.runs import segments
from tests.letters_scene import Inbox, Server, set_server
from tests.purchase_play import answer_all, lines, load, open_purchase, play, run_segment, where

pytestmark = pytest.mark.flow


@pytest.fixture
def sqlite_scene(prefect_server, group, time):
    return time


def test_a_purchase_waits_for_its_letters_by_name_and_counts_its_standstill_from_them(
    sqlite_scene, monkeypatch
):
    ref = open_purchase("480000")
    play(ref, sqlite_scene, until="award_decision")
    server = Server(inbox := Inbox(), set_server(monkeypatch))
    answer_all(ref)
    assert run_segment(ref) == "En attente : envoi des lettres"
    assert (
        run_segment(ref) == "En attente : envoi des lettres"
    )  # asked again, it writes and says nothing twice
    assert (where(ref), load(ref).standstill_ends_at, load(ref).rejection_sent_on) == (
        "information",
        None,
        None,
    )
    sqlite_scene.pass_days(2)
    server.start()
    try:
        mail.send_pending()
        assert run_segment(ref) == "En attente : Délai de suspension"
    finally:
        server.stop()
    # awarded on 14 January 2027, the server back on the 16th: 11 days later, 27 January
    assert load(ref).rejection_sent_on == date(2027, 1, 16)
    assert segments.place(ref).due_at.date() == date(2027, 1, 26)  # 26 January, 23 h UTC
    letters = [line for line in lines(ref) if line.fact == "courrier"]
    assert len(letters) == len({line.after for line in letters}) == 10
    assert len([one for one, _ in inbox.received if one.startswith("marches")]) == 10
