"""The escrow: with one opener left the paper opens; alone, too early, or wrong, it opens nothing."""

import json

import pytest
from pydantic import SecretStr
from sqlmodel import select

from models.errors import AlreadyDone, BadInput, NotAllowed, Refused
from models.process.procurement import Tender
from models.tendering.escrow import EscrowKey
from models.tendering.seals import OpeningKey, TenderShare
from tasks.access import accounts, losses
from tasks.gates import opening_shares
from tasks.store import reading
from tasks.tendering import escrow
from tests.portal_scene import ADMINISTRATOR, BUYER, LEGAL, PASSWORD, give_access
from tests.sealed_scene import REF, after_the_deadline, open_as, to_tendering
from tests.signing_scene import journal_is_valid


@pytest.fixture
def paper(group):
    printed = escrow.make(ADMINISTRATOR)
    for email in (BUYER, LEGAL):
        give_access(email)
    to_tendering()
    return printed


def prices() -> bool:
    with reading() as session:
        return any("prix" in json.dumps(one.content) for one in session.exec(select(Tender)))


def share_of(email):
    opening_shares.release(REF, email, SecretStr(PASSWORD), "essai")


def test_each_purchase_has_one_share_more_and_two_are_needed(paper):
    with reading() as session:
        shares = session.exec(select(TenderShare).order_by(TenderShare.rank)).all()
    assert [one.person_email for one in shares] == [BUYER, LEGAL, None]
    assert paper.get_secret_value().replace(" ", "") not in json.dumps(
        [one.model_dump() for one in shares], default=str
    )


def test_one_opener_and_the_paper_open_when_the_other_lost_her_share(paper):
    accounts.reset(LEGAL)
    give_access(LEGAL)
    after_the_deadline()
    with pytest.raises(Refused):
        share_of(LEGAL)
    share_of(BUYER)
    open_as(BUYER)
    with pytest.raises(Refused, match="part de la clé"):
        open_as(LEGAL)
    escrow.release(REF, paper, ADMINISTRATOR)
    open_as(LEGAL)
    assert prices()
    assert journal_is_valid()


def test_the_paper_alone_opens_nothing(paper):
    after_the_deadline()
    escrow.release(REF, paper, ADMINISTRATOR)
    open_as(BUYER)
    with pytest.raises(Refused):
        open_as(LEGAL)
    assert not prices()


def test_the_paper_gives_nothing_before_the_deadline(paper):
    with pytest.raises(NotAllowed):
        escrow.release(REF, paper, ADMINISTRATOR)


def test_whoever_holds_a_share_does_not_bring_the_paper_too(paper):
    after_the_deadline()
    with pytest.raises(NotAllowed, match="pas elle-même de part"):
        escrow.release(REF, paper, BUYER)


@pytest.mark.parametrize("wrong", ["", "n'importe quoi", "00" * 32, "ff" * 31])
def test_a_paper_badly_copied_is_said(paper, wrong):
    after_the_deadline()
    with pytest.raises(BadInput, match="papier"):
        escrow.release(REF, SecretStr(wrong), ADMINISTRATOR)


def test_the_key_is_shown_once_and_kept_nowhere(paper, home):
    digits = paper.get_secret_value().replace(" ", "")
    files = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert digits.encode() not in files
    assert bytes.fromhex(digits) not in files
    with pytest.raises(AlreadyDone):
        escrow.make(ADMINISTRATOR)
    assert escrow.make(ADMINISTRATOR, replaces=True).get_secret_value() != paper.get_secret_value()
    with reading() as session:
        assert len(session.exec(select(EscrowKey)).all()) == 2


def test_a_reset_says_that_the_escrow_still_opens_with_one_opener(paper):
    with reading() as session:
        [loss] = losses.of(session, BUYER)
        assert session.get(OpeningKey, BUYER) is not None
    assert (loss.left, "PERDUS" in loss.said) == (2, False)


def test_a_group_without_escrow_seals_as_before(group):
    for email in (BUYER, LEGAL):
        give_access(email)
    to_tendering()
    with reading() as session:
        assert len(session.exec(select(TenderShare)).all()) == 2
