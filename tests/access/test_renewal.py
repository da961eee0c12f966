"""Secrets renewed by command: everything still opens with the new one, nothing with the former one."""

import json

import pytest
from cryptography.fernet import Fernet, InvalidToken
from sqlmodel import select

from flows.__main__ import app
from flows.commands.application import run
from models.access.accounts import Account, LoginSession
from models.access.proofs import CodeEnrolment
from models.errors import BadInput, Refused
from models.journal import Fact, JournalLine
from tasks import clock
from tasks.access import proofs, renewal, sealed_secrets, sessions
from tasks.home import make_prefect_access
from tasks.store import reading, transaction
from tests.conftest import forget_settings
from tests.purchase_play import PURCHASING


@pytest.fixture
def enrolled(group):
    """Karim Benali has one-time codes: their secret is sealed in the database."""
    with transaction() as session:
        proofs.enrol_totp(session, PURCHASING)
    return group


def sealed():
    with reading() as session:
        return session.exec(select(CodeEnrolment.sealed_secret)).one()


def said():
    with reading() as session:
        lines = session.exec(select(JournalLine).where(JournalLine.fact == Fact.ACCESS)).all()
    return [(line.subject, line.reason) for line in lines if line.reason == "secret renouvelé"]


def test_the_sealing_key_is_renewed_and_the_former_one_opens_nothing(enrolled):
    former, before = (enrolled / "cle-de-scellement").read_bytes(), sealed()
    secret = sealed_secrets.unseal(before)
    assert renewal.renew_sealing().refaits == 1
    new = (enrolled / "cle-de-scellement").read_bytes()
    assert new != former
    assert len(new.split()) == 1
    assert sealed_secrets.unseal(sealed()) == secret
    with pytest.raises(InvalidToken):
        Fernet(former).decrypt(sealed().encode())
    with pytest.raises(Refused):
        sealed_secrets.unseal(before)
    assert said() == [("clé de scellement", "secret renouvelé")]
    assert run(app, ["journal", "verifier"]) == 0


def test_a_machine_that_stops_half_way_loses_nothing(enrolled, monkeypatch):
    secret = sealed_secrets.unseal(sealed())

    def stop():
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(renewal, "_seal_again", stop)
        with pytest.raises(KeyboardInterrupt):
            renewal.renew_sealing()
    assert sealed_secrets.unseal(sealed()) == secret
    assert renewal.renew_sealing().refaits == 1
    assert sealed_secrets.unseal(sealed()) == secret
    assert len((enrolled / "cle-de-scellement").read_bytes().split()) == 1


def test_the_key_moves_out_of_the_home_and_is_renewed_there(enrolled, monkeypatch):
    secret = sealed_secrets.unseal(sealed())
    monkeypatch.setenv("ACHATS_SECRET_KEY", "première phrase")
    forget_settings()
    assert renewal.renew_sealing().refaits == 1
    (enrolled / "cle-de-scellement").unlink()
    assert sealed_secrets.unseal(sealed()) == secret
    with pytest.raises(BadInput, match="ACHATS_FORMER_SECRET_KEY"):
        renewal.renew_sealing()
    monkeypatch.setenv("ACHATS_SECRET_KEY", "seconde phrase")
    monkeypatch.setenv("ACHATS_FORMER_SECRET_KEY", "première phrase")
    forget_settings()
    assert renewal.renew_sealing().refaits == 1
    monkeypatch.delenv("ACHATS_FORMER_SECRET_KEY")
    forget_settings()
    assert sealed_secrets.unseal(sealed()) == secret


def test_a_wrong_former_key_changes_nothing(enrolled, monkeypatch):
    before = sealed()
    (enrolled / "cle-de-scellement").unlink()
    monkeypatch.setenv("ACHATS_SECRET_KEY", "nouvelle")
    monkeypatch.setenv("ACHATS_FORMER_SECRET_KEY", "pas celle-là")
    forget_settings()
    with pytest.raises(Refused, match=r"code_enrolment.*Rien n'a été changé"):
        renewal.renew_sealing()
    assert sealed() == before
    assert said() == []


def test_renewing_sessions_closes_them_all(group):
    with transaction() as session:
        session.add(Account(person_email=PURCHASING, created_at=clock.now()))
    for _ in range(2):
        sessions.open_session(PURCHASING, "127.0.0.1")
    assert renewal.renew_sessions().refaits == 2
    with reading() as session:
        assert session.exec(select(LoginSession)).all() == []
    assert said() == [("sessions des pages", "secret renouvelé")]


def test_the_commands_list_and_renew_without_showing_any_value(group, capsys):
    access = make_prefect_access(group / "acces-prefect")
    assert run(app, ["secrets", "renouveler", "prefect", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["nom"] == "prefect"
    new = (group / "acces-prefect").read_text()
    assert new != access
    assert run(app, ["secrets", "liste", "--json"]) == 0
    listed = capsys.readouterr().out
    assert {one["nom"] for one in json.loads(listed)} >= {"prefect", "scellement", "sessions"}
    assert new.partition(":")[2] not in listed
    assert run(app, ["secrets", "renouveler", "autre"]) == 2
