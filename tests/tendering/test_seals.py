"""Tenders stay unreadable until two people have opened: what each thief finds, and what the opening gives."""

import json

import pytest
from pydantic import SecretStr
from sqlmodel import select

from models.errors import NotAllowed, Refused
from models.process.procurement import Tender
from models.tendering.seals import TenderShare, join, split
from tasks.access import accounts
from tasks.gates import opening_shares
from tasks.rehearsal import playing
from tasks.settings import settings
from tasks.store import reading
from tasks.tendering import tenders
from tests.portal_scene import ADMINISTRATOR, BUYER, LEGAL, PASSWORD, PURCHASING, give_access
from tests.sealed_scene import REF, after_the_deadline, open_as, to_tendering
from tests.signing_scene import DIRECTOR, journal_lines


def stored() -> list[dict]:
    with reading() as session:
        return [one.content for one in session.exec(select(Tender).order_by(Tender.number))]


def share_of(email: str, password: str = PASSWORD) -> None:
    opening_shares.release(REF, email, SecretStr(password), "test")


@pytest.fixture
def sealed(group):
    for email in (BUYER, LEGAL, PURCHASING, ADMINISTRATOR, DIRECTOR):
        give_access(email)
    to_tendering()


@pytest.fixture
def sealed_by_the_server(group):
    to_tendering()


def test_nothing_kept_on_disk_or_in_the_database_holds_a_price_before_the_opening(sealed):
    assert all("prix" not in json.dumps(one) for one in stored())
    files = [path.read_bytes() for path in settings().home.rglob("*") if path.is_file()]
    assert files
    assert not any(b'"prix"' in content for content in files)


def test_everything_on_disk_with_the_key_of_the_server_does_not_give_the_key(sealed):
    from tasks.access import sealed_secrets

    with reading() as session:
        shares = session.exec(select(TenderShare)).all()
    assert len(shares) == 3
    for share in shares:
        assert share.released is None
        with pytest.raises(Refused):
            sealed_secrets.unseal(share.encrypted)


def test_nobody_gives_a_share_before_the_deadline(sealed):
    for email in (BUYER, LEGAL, PURCHASING):
        with pytest.raises(NotAllowed):
            share_of(email)


@pytest.mark.parametrize("email", [ADMINISTRATOR, DIRECTOR])
def test_who_does_not_open_tenders_has_no_share_even_after_the_deadline(sealed, email):
    after_the_deadline()
    with pytest.raises(NotAllowed):
        share_of(email)


def test_a_wrong_password_gives_no_share(sealed):
    after_the_deadline()
    with pytest.raises(NotAllowed):
        share_of(BUYER, "un autre mot de passe")
    with reading() as session:
        assert all(one.released is None for one in session.exec(select(TenderShare)))


def test_one_share_does_not_open_and_two_people_do(sealed):
    after_the_deadline()
    share_of(BUYER)
    open_as(BUYER)
    assert all("prix" not in json.dumps(one) for one in stored())
    with pytest.raises(Refused, match="part de la clé"):
        open_as(LEGAL)
    share_of(LEGAL)
    open_as(LEGAL)
    assert all(one["lots"][0]["prix"]["PERF-1"] for one in stored())


def test_a_late_tender_is_never_opened(sealed):
    after_the_deadline()
    tenders.receive(REF, playing.write_tenders(REF)[3])
    for email in (BUYER, LEGAL):
        share_of(email)
        open_as(email)
    *opened, late = stored()
    assert all("prix" in one["lots"][0] for one in opened)
    assert "prix" not in json.dumps(late)
    assert late["candidat"]["nom"] == "Candidat Tardif"


def test_each_share_asked_is_in_the_journal_given_or_refused(sealed):
    with pytest.raises(NotAllowed):
        share_of(BUYER)
    after_the_deadline()
    with pytest.raises(NotAllowed):
        share_of(ADMINISTRATOR)
    with pytest.raises(NotAllowed):
        share_of(BUYER, "un autre mot de passe")
    share_of(BUYER)
    said = [(line.actor, line.subject, line.after) for line in journal_lines("consultation")]
    assert said == [(who, "part de la clé", "refusée") for who in (BUYER, ADMINISTRATOR, BUYER)]
    given = [line.actor for line in journal_lines("offre") if "remise" in line.reason]
    assert given == [BUYER]


def test_a_new_password_keeps_the_share(sealed):
    chosen = accounts.Chosen(
        once=SecretStr("une autre phrase longue 31"), again=SecretStr("une autre phrase longue 31")
    )
    accounts.change_password(BUYER, SecretStr(PASSWORD), chosen, "test")
    after_the_deadline()
    share_of(BUYER, "une autre phrase longue 31")


def test_a_forgotten_password_loses_one_share_and_two_others_still_open(sealed):
    give_access(BUYER, "une phrase toute neuve 44")
    after_the_deadline()
    with pytest.raises(Refused):
        share_of(BUYER, "une phrase toute neuve 44")
    for email in (LEGAL, PURCHASING):
        share_of(email)
        open_as(email)
    assert "prix" in json.dumps(stored()[0])


def test_without_passwords_the_server_holds_the_shares_and_the_journal_says_so(sealed_by_the_server):
    from tasks import journal

    assert all("prix" not in json.dumps(one) for one in stored())
    with reading() as session:
        said = " ".join(line.reason for line in journal.read(session, REF))
    assert "tenues par le serveur" in said
    with pytest.raises(NotAllowed):
        open_as(BUYER)
    after_the_deadline()
    open_as(BUYER)
    open_as(LEGAL)
    assert "prix" in json.dumps(stored()[0])


def test_any_two_shares_give_the_key_and_strangers_do_not():
    secret = bytes(range(32))
    shares = split(secret, 2**500 + 17, 4)
    assert {join(a, b) for a in shares for b in shares if a.rank != b.rank} == {secret}
    other = split(secret[::-1], 2**499 + 3, 4)
    with pytest.raises(Refused):
        join(shares[0], other[1])
