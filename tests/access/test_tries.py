"""Wrong passwords typed by outsiders delay the place where they are typed, never the person in her own place."""

import pytest
from pydantic import SecretStr

from models.errors import NotAllowed
from tasks.access import accounts, tries
from tasks.access.tries import Place
from tasks.gates import opening_shares
from tests.portal_scene import BUYER, LEGAL, PASSWORD, PURCHASING, give_access, guest, logged_in
from tests.sealed_scene import REF, after_the_deadline, to_tendering

OUTSIDE, SHARED = "203.0.113.9", "198.51.100.1"


def attempt(email, address, password="faux", device=""):
    return accounts.check_password(email, SecretStr(password), Place(address=address, device=device))


def wrong(email, address, times=5):
    for _ in range(times):
        with pytest.raises(NotAllowed):
            attempt(email, address)


def test_five_wrong_passwords_delay_the_account_at_that_address_and_nowhere_else(group):
    give_access(BUYER)
    wrong(BUYER, OUTSIDE)
    with pytest.raises(NotAllowed):
        attempt(BUYER, OUTSIDE, PASSWORD)
    assert attempt(BUYER, SHARED, PASSWORD) == BUYER


def test_four_wrong_passwords_delay_nothing(group):
    give_access(BUYER)
    wrong(BUYER, OUTSIDE, times=4)
    assert attempt(BUYER, OUTSIDE, PASSWORD) == BUYER


def test_the_delay_lasts_a_quarter_of_an_hour(group, monkeypatch):
    give_access(BUYER)
    start = accounts.real_now()
    wrong(BUYER, OUTSIDE)
    for seconds, is_refused in ((14 * 60, True), (15 * 60 + 60, False)):
        at = start + tries.DELAY * (seconds / 900)
        monkeypatch.setattr("tasks.access.accounts.real_now", lambda at=at: at)
        if is_refused:
            with pytest.raises(NotAllowed):
                attempt(BUYER, OUTSIDE, PASSWORD)
        else:
            assert attempt(BUYER, OUTSIDE, PASSWORD) == BUYER


@pytest.fixture
def sealed(group):
    for email in (BUYER, LEGAL, PURCHASING):
        give_access(email)
    to_tendering()
    after_the_deadline()


def test_outsiders_do_not_keep_an_opener_from_opening(sealed):
    wrong(BUYER, OUTSIDE)
    for rank in range(45):
        with pytest.raises(NotAllowed):
            attempt(f"p{rank}@example.org", SHARED)
    opening_shares.release(REF, BUYER, SecretStr(PASSWORD), SHARED)


def test_five_wrong_passwords_of_a_session_delay_that_check_and_not_the_login(sealed):
    for _ in range(5):
        with pytest.raises(NotAllowed):
            opening_shares.release(REF, BUYER, SecretStr("faux"), SHARED)
    with pytest.raises(NotAllowed):
        opening_shares.release(REF, BUYER, SecretStr(PASSWORD), SHARED)
    assert attempt(BUYER, SHARED, PASSWORD) == BUYER


def test_a_shared_address_tried_too_often_still_lets_in_those_who_came_from_it(group):
    logged_in(BUYER)  # from « testclient »
    give_access(LEGAL)
    for rank in range(40):
        with pytest.raises(NotAllowed):
            attempt(f"p{rank}@example.org", "testclient")
    assert attempt(BUYER, "testclient", PASSWORD) == BUYER
    with pytest.raises(NotAllowed, match="Trop d'essais"):
        attempt(LEGAL, "testclient", PASSWORD)


def test_an_account_tried_from_everywhere_is_closed_to_unknown_places_alone(group, monkeypatch):
    monkeypatch.setattr("tasks.access.tries.TRIES_PER_ACCOUNT", 6)
    logged_in(BUYER)
    for rank in range(6):
        wrong(BUYER, f"203.0.113.{rank}", times=1)
    with pytest.raises(NotAllowed, match="Trop d'essais"):
        attempt(BUYER, "203.0.113.99", PASSWORD)
    assert attempt(BUYER, "testclient", PASSWORD) == BUYER


def test_a_browser_that_logged_in_before_is_not_delayed_by_its_neighbours(group):
    browser = logged_in(BUYER)
    browser.submit("/deconnexion", "/compte")
    neighbour = guest()
    for _ in range(5):
        neighbour.submit("/connexion", courriel=BUYER, mot_de_passe="faux")
    assert neighbour.submit("/connexion", courriel=BUYER, mot_de_passe=PASSWORD).status_code == 403
    assert browser.submit("/connexion", courriel=BUYER, mot_de_passe=PASSWORD).status_code == 303


def test_the_mark_of_a_browser_serves_the_person_that_it_was_made_for(group):
    mark = tries.mark_browser(BUYER, "a1")
    assert tries.known_browser(BUYER, mark) == "a1"
    assert tries.known_browser(LEGAL, mark) == ""
    assert tries.known_browser(BUYER, "forgé") == ""


def test_an_open_session_outlives_every_wrong_password_typed_outside(group):
    browser = logged_in(BUYER)
    wrong(BUYER, OUTSIDE, times=12)
    assert browser.get("/", follow_redirects=False).status_code == 200
