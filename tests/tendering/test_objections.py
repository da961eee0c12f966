"""A deposit under a competitor's number is set aside by two openers, and the tender that it replaced is opened."""

import pytest
from sqlmodel import col, select

from flows.__main__ import app
from flows.commands.application import run
from models.errors import AlreadyDone, BadInput, NotAllowed
from models.outbox import Message
from tasks.store import reading
from tasks.tendering import objections, successive
from tests.portal_scene import ADMINISTRATOR, BUYER, LEGAL, PRESCRIBER, PURCHASING
from tests.signing_scene import journal_is_valid
from tests.tendering.test_successive_tenders import (  # noqa: F401 (a fixture)
    REF,
    A,
    B,
    compared,
    consultation,
    open_all,
    rows,
    send,
)

WHY = "Le candidat dit n'avoir déposé qu'une fois"


@pytest.fixture
def usurped(consultation):  # noqa: F811
    """A tender of each candidate, and one more deposited under the number of the first."""
    send(A, lot1="10.00", lot2="20.00")
    send(B, lot1="11.00")
    assert send(A, lot1="99.00").remplace == [1]


def test_without_an_objection_the_last_is_opened(usurped):
    open_all()
    assert compared() == {(1, 2), (2, 1), (3, 1)}


def test_two_openers_bring_the_former_tender_back(usurped):
    first = objections.set_aside(REF, 3, BUYER, WHY)
    assert (first.ecartee, first.reprennent) == (False, [])
    second = objections.set_aside(REF, 3, LEGAL, WHY)
    assert (second.ecartee, second.reprennent) == (True, [1])
    open_all()
    assert compared() == {(1, 1), (1, 2), (2, 1)}
    kept = rows()[2]
    assert "prix" not in str(kept.content), "what was set aside is never opened"
    assert successive.remark(kept, {}).startswith("Écarté")
    assert journal_is_valid()


def test_one_opener_alone_sets_nothing_aside(usurped):
    objections.set_aside(REF, 3, BUYER, WHY)
    with pytest.raises(NotAllowed, match="seconde personne"):
        objections.set_aside(REF, 3, BUYER, WHY)
    assert not rows()[2].is_set_aside


@pytest.mark.parametrize("person", [PRESCRIBER, ADMINISTRATOR])
def test_who_does_not_open_contests_nothing(usurped, person):
    with pytest.raises(NotAllowed):
        objections.set_aside(REF, 3, person, WHY)


@pytest.mark.parametrize(("number", "why"), [(2, WHY), (9, WHY), (3, "x")])
def test_what_replaces_nothing_is_unknown_or_says_no_reason_is_refused(usurped, number, why):
    with pytest.raises(BadInput):
        objections.set_aside(REF, number, BUYER, why)


def test_after_the_opening_it_is_too_late(usurped):
    open_all()
    with pytest.raises((AlreadyDone, NotAllowed)):
        objections.set_aside(REF, 3, BUYER, WHY)


def test_the_other_openers_are_asked(usurped, capsys):
    words = ("offre", "ecarter", REF, "--offre", "3", "--personne", BUYER, "--motif", WHY)
    assert run(app, list(words)) == 0
    with reading() as session:
        asked = session.exec(select(Message.to).where(col(Message.key).contains(":contestee:"))).all()
    assert set(asked) >= {LEGAL, PURCHASING}
    assert BUYER not in asked
