"""Security keys: enrolled after a fresh proof, bound to pages and person, asked of whom the group chooses."""

import json

import pytest
from sqlmodel import select

from models.access.passkeys import Passkey, PasskeyChallenge
from models.access.proofs import Means, Proof, SignaturePolicy
from tasks.access import accounts
from tasks.store import reading, transaction
from tests.conftest import forget_settings
from tests.portal_scene import BASE, DIRECTOR, LEGAL, PASSWORD, PURCHASING, inside, proof
from tests.signing_scene import signatures, waiting
from tests.soft_key import SoftKey

HOST = "testserver"


def enrolled(email, browser=None, **answer):
    """Return the browser and the key that a person enrolled in her page."""
    browser, key = browser or inside(email), SoftKey()
    options = browser.submit("/compte/cles-securite/nouvelle", "/compte", **proof(email))
    assert options.status_code == 200, options.text
    made = key.made(options.json(), answer.get("origin", BASE), answer.get("host", HOST))
    done = browser.submit("/compte/cles-securite", "/compte", nom="Ma clé", inscription=made)
    return browser, key, done


def proven(browser, key, origin=BASE, host=HOST):
    options = browser.submit("/compte/cles-securite/defi", "/compte").json()
    return key.proven(options, origin, host)


def take_key(browser, **fields):
    """Ask for something that takes a fresh proof: a key of the command line."""
    return browser.submit("/compte/cles", "/compte", preuve_mot_de_passe=PASSWORD, **fields).status_code


def test_a_key_enrolled_stands_for_the_code(group):
    browser, key, done = enrolled(LEGAL)
    assert done.status_code == 303
    assert "Ma clé" in browser.get("/compte").text
    assert take_key(browser) == 400
    assert take_key(browser, preuve_cle=proven(browser, key)) == 200


def test_a_session_left_open_enrols_no_key(group):
    browser = inside(LEGAL)
    proof(LEGAL)
    assert browser.submit("/compte/cles-securite/nouvelle", "/compte").status_code == 403
    with reading() as session:
        assert session.exec(select(PasskeyChallenge)).all() == []


@pytest.mark.parametrize("wrong", [{"origin": "https://copie.example"}, {"host": "copie.example"}])
def test_a_key_made_on_a_copied_page_is_not_kept(group, wrong):
    _, _, done = enrolled(LEGAL, **wrong)
    assert done.status_code == 403
    with reading() as session:
        assert session.exec(select(Passkey)).all() == []


def test_a_proof_serves_once_for_its_person_on_these_pages_and_by_her_key(group):
    browser, key, _ = enrolled(LEGAL)
    other, stranger, _ = enrolled(PURCHASING)
    good = proven(browser, key)
    assert take_key(other, preuve_cle=good) == 400, "of another person"
    assert take_key(browser, preuve_cle=good) == 200
    assert take_key(browser, preuve_cle=good) == 400, "a second time"
    for answer in (
        proven(browser, key, origin="https://copie.example"),
        proven(browser, key, host="copie.example"),
        proven(browser, stranger),
        proven(browser, SoftKey()),
        "{}",
        "n'importe quoi",
    ):
        assert take_key(browser, preuve_cle=answer) == 400, answer


def test_a_proof_too_old_is_refused(group, monkeypatch):
    browser, key, _ = enrolled(LEGAL)
    answer = proven(browser, key)
    later = accounts.real_now().replace(year=accounts.real_now().year + 1)
    monkeypatch.setattr("tasks.access.passkeys._now", lambda: later)
    assert take_key(browser, preuve_cle=answer) == 400


def test_a_copied_key_that_counts_backwards_is_refused(group):
    browser, key, _ = enrolled(LEGAL)
    assert take_key(browser, preuve_cle=proven(browser, key)) == 200
    key.count = 0
    assert take_key(browser, preuve_cle=proven(browser, key)) == 400


def test_a_signature_takes_the_key_in_place_of_the_code_and_its_record_says_so(group):
    ref = waiting()
    with transaction() as session:
        session.merge(SignaturePolicy(id=1, proof=Proof.CODE))
    browser, key, _ = enrolled(PURCHASING)
    told = {"etape": "award_decision/1", "reponse": "approve"}
    assert browser.submit(f"/achats/{ref}/repondre", **told).status_code == 400
    done = browser.submit(f"/achats/{ref}/repondre", preuve_cle=proven(browser, key), **told)
    assert done.status_code == 303, done.text
    assert [one.means for one in signatures(ref)] == [Means.LOGIN_AND_KEY]


@pytest.fixture
def directors_need_a_key(group, monkeypatch):
    monkeypatch.setenv("ACHATS_PASSKEY_ROLES", "directeur, directeur_achats")
    forget_settings()


def test_whom_the_group_asks_a_key_signs_with_no_code(directors_need_a_key):
    ref = waiting()
    browser = inside(PURCHASING)
    told = {"etape": "award_decision/1", "reponse": "approve"}
    code = proof(PURCHASING)["preuve_code"]
    refused = browser.submit(f"/achats/{ref}/repondre", code=code, **told)
    assert (refused.status_code, "clé de sécurité" in refused.text) == (400, True)
    browser, key, done = enrolled(PURCHASING, browser)
    assert done.status_code == 303, "her first key is enrolled with the password and the code"
    assert (
        browser.submit(f"/achats/{ref}/repondre", preuve_cle=proven(browser, key), **told).status_code == 303
    )


def test_whom_the_group_asks_a_key_gives_no_delegation_by_a_code(directors_need_a_key):
    browser = inside(DIRECTOR)
    told = {"ref": "DS-2018-01", "jour": "2026-12-01", "motif": "x", "confirme": "oui"}
    assert browser.submit("/delegations/finir", "/compte", **told, **proof(DIRECTOR)).status_code == 403


def test_a_key_is_withdrawn_by_its_owner_after_a_proof(group):
    browser, key, _ = enrolled(LEGAL)
    with reading() as session:
        number = session.exec(select(Passkey.id)).one()
    other = inside(PURCHASING)
    fields = {"numero": number, **proof(PURCHASING)}
    assert other.submit("/compte/cles-securite/retirer", "/compte", **fields).status_code == 400
    assert browser.submit("/compte/cles-securite/retirer", "/compte", numero=number).status_code == 403
    fields = {"numero": number, "preuve_mot_de_passe": PASSWORD, "preuve_cle": proven(browser, key)}
    assert browser.submit("/compte/cles-securite/retirer", "/compte", **fields).status_code == 303


def test_the_options_name_the_keys_of_the_person_alone(group):
    browser, key, _ = enrolled(LEGAL)
    enrolled(PURCHASING)
    options = browser.submit("/compte/cles-securite/defi", "/compte").json()
    assert [one["id"] for one in options["allowCredentials"]] == [json.loads(key._answer())["id"]]
