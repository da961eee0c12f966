"""Personal data: what is odd is shown to the administrator, what is old is erased, each person takes hers."""

import json
from datetime import timedelta

import pytest
from sqlmodel import col, select

from models.access.accounts import Account, ApiToken, LoginEvent, LoginOutcome
from models.journal import JournalLine
from tasks import clock
from tasks.access import accounts, erasure, proofs, tokens
from tasks.store import reading, transaction
from tests.portal_scene import (
    ADMINISTRATOR,
    BUYER,
    DIRECTOR,
    LEGAL,
    MEMBER,
    PASSWORD,
    give_access,
    inside,
    proof,
)
from tests.signing_scene import journal_is_valid, sign, waiting


def test_the_administrator_sees_who_enters_by_what_and_what_is_odd(group):
    give_access(BUYER)
    tokens.issue(BUYER, "Tableau de bord", ["lire"], 30)
    with transaction() as session:
        proofs.issue_key(session, DIRECTOR)
        session.add(Account(person_email=DIRECTOR, created_at=clock.now(), disabled_at=clock.now()))
    text = inside(ADMINISTRATOR).get("/organisation/securite").text.replace("&#39;", "'")
    for said in (
        "Tableau de bord (lire)",
        "sans second facteur",
        "remise par la ligne de commande",
        "l'accès est fini, ceci en reste",
        "Le groupement est à l'essai",
        "Moins de deux administrateurs",
    ):
        assert said in text, said


@pytest.mark.parametrize("person", [BUYER, DIRECTOR, MEMBER])
def test_nobody_else_sees_it_nor_puts_the_group_in_service(group, person):
    browser = inside(person)
    assert browser.get("/organisation/securite").status_code == 403
    assert browser.submit("/organisation/en-service", "/compte", **proof(person)).status_code == 403


def test_the_administrator_puts_the_group_in_service_after_a_proof(group):
    browser = inside(ADMINISTRATOR)
    proven = proof(ADMINISTRATOR)
    page = "/organisation/securite"
    assert browser.submit("/organisation/en-service", page).status_code == 400
    assert "En service depuis" in browser.submit("/organisation/en-service", page, **proven).text


def test_a_token_says_when_it_was_last_used(group):
    number = tokens.number_of(tokens.issue(BUYER, "outil", ["lire"], 30).get_secret_value())
    tokens.note_used(number)
    with reading() as session:
        used = session.get_one(ApiToken, number).last_used_at
    assert abs(used - accounts.real_now()) < timedelta(minutes=1)
    tokens.note_used(number)
    with reading() as session:
        assert session.get_one(ApiToken, number).last_used_at == used


def test_logins_are_erased_after_a_year_and_the_journal_never(group):
    give_access(LEGAL)
    now = accounts.real_now()
    with transaction() as session:
        for days in (366, 364):
            session.add(
                LoginEvent(
                    at=now - timedelta(days=days), typed=f"{days}@x.fr", address="a", outcome=LoginOutcome.IN
                )
            )
        lines = len(session.exec(select(JournalLine)).all())
    erasure.erase(clock.today())
    with reading() as session:
        kept = session.exec(select(LoginEvent.typed).where(col(LoginEvent.typed).endswith("@x.fr"))).all()
        assert list(kept) == ["364@x.fr"]
        assert len(session.exec(select(JournalLine)).all()) == lines


def test_a_token_withdrawn_is_forgotten_after_three_years_and_a_live_one_is_not(group):
    for label in ("vieux", "vivant"):
        tokens.issue(BUYER, label, ["lire"], 30)
    with transaction() as session:
        old = session.exec(select(ApiToken).where(ApiToken.label == "vieux")).one()
        old.revoked_at = accounts.real_now() - timedelta(days=1096)
    erasure.erase(clock.today())
    with reading() as session:
        assert session.exec(select(ApiToken.label)).all() == ["vivant"]
    assert journal_is_valid(), "an erasure by rule is no fraud"


def test_each_person_takes_what_is_kept_of_her_and_no_secret(group):
    give_access(DIRECTOR)
    give_access(LEGAL)
    sign(waiting(), DIRECTOR)
    answer = inside(DIRECTOR).get("/compte/mes-donnees.json")
    told = json.loads(answer.text)["rubriques"]
    assert [one["act"] for one in told["signatures"]] == ["attribution"]
    assert told["personne"][0]["email"] == DIRECTOR
    assert told["connexions"] and told["journal"]
    for secret in ("argon2", "hashed", "sealed", "form_token", PASSWORD):
        assert secret not in answer.text
    assert all(one["person_email"] == DIRECTOR for one in told["decisions"])
