"""Putting a group in service: once, for ever, and what was handed over during the trial stops working."""

import pytest
from sqlmodel import select

from models.access.proofs import CodeEnrolment, PersonalKey
from models.errors import AlreadyDone, NotAllowed
from tasks.access import accounts, proofs, service
from tasks.store import reading, transaction
from tests import rehearsing
from tests.portal_scene import BUYER, LEGAL
from tests.signing_scene import journal_lines


def test_what_the_command_line_handed_over_stops_working_and_what_people_took_stays(group):
    with transaction() as session:
        for email, is_own in ((BUYER, False), (LEGAL, True)):
            proofs.issue_key(session, email, is_own=is_own)
            proofs.enrol_totp(session, email, is_own=is_own)
    token = accounts.invite(BUYER).lien.rpartition("/")[2]
    service.put_in_service("chef@ght.invalid")
    with reading() as session:
        assert service.is_in_service(session)
        live = session.exec(select(PersonalKey).where(PersonalKey.revoked_at == None)).all()  # noqa: E711
        assert [one.person_email for one in live] == [LEGAL]
        assert [one.person_email for one in session.exec(select(CodeEnrolment))] == [LEGAL]
    with pytest.raises(NotAllowed):
        accounts.invited(token)
    [line] = [one for one in journal_lines("accès") if one.subject == "mise en service"]
    assert line.actor == "chef@ght.invalid"


def test_it_is_done_once(group):
    service.put_in_service("achats")
    with pytest.raises(AlreadyDone):
        service.put_in_service("achats")


def test_a_home_whose_clock_was_moved_never_serves(group):
    rehearsing.forward(days=2)
    with pytest.raises(NotAllowed, match="horloge"):
        service.put_in_service("achats")
