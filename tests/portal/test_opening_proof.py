"""Opening tenders asks the password again, and a code of whoever has a telephone."""

import pytest
from sqlmodel import select

from models.tendering.seals import TenderShare
from tasks.store import reading
from tests.portal_scene import BUYER, LEGAL, PASSWORD, give_access, logged_in, proof
from tests.sealed_scene import REF, after_the_deadline, to_tendering


@pytest.fixture
def browser(group):
    give_access(LEGAL)
    opener = logged_in(BUYER)
    to_tendering()
    after_the_deadline()
    return opener


def released():
    with reading() as session:
        return [one.person_email for one in session.exec(select(TenderShare)) if one.released]


def open_with(browser, **fields):
    told = {"etape": "opening/1", "reponse": "approve", "mot_de_passe": PASSWORD, **fields}
    return browser.submit(f"/achats/{REF}/repondre", **told)


def test_who_has_a_telephone_gives_a_code_too(browser):
    code = proof(BUYER)["preuve_code"]
    assert 'name="code"' in browser.get(f"/achats/{REF}/repondre").text
    for wrong in ({}, {"code": "000000"}):
        assert open_with(browser, **wrong).status_code == 400
    assert released() == []
    done = open_with(browser, code=code)
    assert done.status_code == 303, done.text[done.text.find("encart grave") :][:400]
    assert released() == [BUYER]


def test_who_has_none_gives_her_password(browser):
    assert open_with(browser).status_code == 303
    assert released() == [BUYER]
