"""What is too large, too odd or too slow is refused or done aside: the pages go on answering."""

import sqlite3
import time
from datetime import timedelta

import pytest

from models.access.accounts import LoginSession
from models.process.procurement import Procurement
from models.tendering.tenders import Tenderer
from portal.files import send_file
from portal.frame.security import LARGEST_BODY, LARGEST_FIELDS, LARGEST_OF_GUESTS
from tasks.access import accounts, sessions
from tasks.store import reading, transaction
from tests.portal_scene import BUYER, guest, inside
from tests.signing_scene import waiting

FORM = {"content-type": "application/x-www-form-urlencoded"}
FILES = {"content-type": "multipart/form-data; boundary=x"}
NEW = {
    "famille": "perfusion",
    "cpv": "33194000",
    "montant": "90000",
    "duree_mois": "24",
    "nature": "fournitures",
}


@pytest.mark.parametrize("path", ["/connexion", "/invitation/abc"])
def test_who_is_not_logged_in_sends_little(group, path):
    assert guest().post(path, content=b"a=" + b"%41" * LARGEST_OF_GUESTS, headers=FORM).status_code == 413
    assert guest().post(path, content=b"a=" + b"b" * 1000, headers=FORM).status_code == 403


@pytest.mark.parametrize(
    ("size", "kind", "status"),
    [
        (LARGEST_FIELDS, FORM, 413),
        (LARGEST_FIELDS, {"content-type": FORM["content-type"].upper()}, 413),
        (LARGEST_FIELDS, FILES, 400),
        (LARGEST_BODY, FILES, 413),
    ],
)
def test_a_form_is_limited_by_its_kind(group, size, kind, status):
    answer = inside(BUYER).post("/achats/nouveau", content=b"a=" + b"b" * size, headers=kind)
    assert answer.status_code == status


def test_a_reader_does_not_wait_for_a_long_write(group):
    waiting()
    browser = inside(BUYER)
    with transaction() as session:
        row = session.get_one(LoginSession, accounts.hashed(browser.cookies["achats_session"]))
        row.seen_at -= sessions.NOTED_EVERY + timedelta(seconds=1)
        former = row.seen_at
    writer = sqlite3.connect(group / "achats.sqlite", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    before = time.monotonic()
    assert browser.get("/achats").status_code == 200
    assert time.monotonic() - before < 5
    writer.execute("ROLLBACK")
    writer.close()
    for _ in range(100):
        with reading() as session:
            if session.get_one(LoginSession, row.hashed_token).seen_at > former:
                return
        time.sleep(0.1)
    pytest.fail("the session was never noted as in use")


@pytest.mark.parametrize("month", ["9999-12", "0001-01", "2026-13"])
def test_a_month_out_of_the_calendar_is_left_out(group, month):
    assert inside(BUYER).get(f"/contrats?mois={month}").status_code == 200


def test_a_page_that_breaks_is_protected_too(group, monkeypatch):
    def broken(*_):
        raise RuntimeError

    browser = inside(BUYER)
    monkeypatch.setattr("portal.work.work.page_for", broken)
    answer = browser.get("/")
    assert answer.status_code == 500
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "RuntimeError" not in answer.text


def test_characters_that_no_document_holds_never_enter(group):
    answer = inside(BUYER).submit("/achats/nouveau", objet="Gants\x0bstériles\x00 \ufffe", **NEW)
    assert answer.status_code == 303, answer.text
    with reading() as session:
        assert session.get_one(Procurement, answer.headers["location"][-8:]).objet == "Gants stériles"
    siret = "26990001500018"
    assert Tenderer(nom="Acme\x0bSA\x1b", siret=siret, ville="Évreux\r\n").model_dump()["name"] == "Acme SA"


def test_a_file_name_cannot_write_a_header():
    header = send_file(b"", "DS\r\nSet-Cookie: été=1.docx", "attachment").headers["content-disposition"]
    assert "\r" not in header
    assert "\n" not in header
    assert 'filename="DS__Set-Cookie_ _t__1.docx"' in header
