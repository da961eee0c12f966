"""A database or a disk that fails: one French sentence at each door, what was and was not recorded, failures told."""

import errno
import os
import sqlite3
from uuid import uuid4

import psycopg
import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.states import Failed
from sqlalchemy import event
from sqlmodel import func, select

from flows.__main__ import app
from flows.commands.application import run
from models.errors import StoreAway
from models.outbox import Message
from models.process.procurement import Procurement
from tasks.loading.file import load_organisation
from tasks.runs import failures, segments
from tasks.settings import ROOT, settings
from tasks.store import engine, reading, transaction
from tests.conftest import DATABASE, forget_settings
from tests.portal_scene import BUYER, guest, inside, token_of
from tests.purchase_play import open_purchase

OPENING = [
    "ouvrir",
    "--objet",
    "Gants",
    "--famille",
    "perfusion",
    "--cpv",
    "33194000",
    "--montant",
    "90 000",
    "--duree-mois",
    "48",
]
NOTHING = "Rien n'a été enregistré."


@pytest.fixture
def achats(capsys):
    """Run a command; give its exit code, its output and its error lines."""

    def ran(*words):
        code = run(app, list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return ran


def full_database() -> None:
    """Let the driver answer what it answers on a full disk: what is read still is, nothing is written."""

    def refuse(_, statement: str, *__) -> None:
        if statement.startswith(("INSERT", "UPDATE")):
            raise sqlite3.OperationalError("database or disk is full")

    event.listen(engine(), "do_execute", refuse)


def unreadable_database() -> None:
    """Put something else in the place of the database file."""
    engine().dispose()
    forget_settings()
    for file in settings().home.glob(f"{DATABASE}-*"):
        file.unlink()
    (settings().home / DATABASE).write_bytes(b"rien d'une base " * 4096)


def full_disk(monkeypatch) -> None:
    """Let no file be kept on the disk."""

    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)


def test_a_full_disk_under_the_database_is_one_line_and_code_3(group, achats):
    full_database()
    code, out, err = achats(*OPENING)
    assert (code, out) == (3, "")
    assert err == f"achats : La base de données n'écrit plus : le disque est plein. {NOTHING}\n"
    forget_settings()
    with reading() as session:
        assert session.exec(select(func.count()).select_from(Procurement)).one() == 0


def test_a_database_that_is_none_is_one_line_and_code_3(group, achats):
    unreadable_database()
    code, out, err = achats("statut")
    assert (code, out) == (3, "")
    assert err == f"achats : La base de données est abîmée : restaurez une copie. {NOTHING}\n"


def test_a_full_disk_under_a_file_is_one_line_and_code_3(group, achats, monkeypatch):
    full_disk(monkeypatch)
    code, _, err = achats("journal", "exporter", str(group / "journal.csv"))
    assert code == 3
    assert "le disque est plein" in err
    assert err.endswith(f"{NOTHING}\n")
    assert len(err.splitlines()) == 1


def test_what_was_recorded_before_the_failure_is_said(group, achats, monkeypatch):
    def recorded_then_away(*_):
        open_purchase("90000")
        raise StoreAway("La base de données ne répond pas.")

    monkeypatch.setattr("tasks.process.procurements.open_procurement", recorded_then_away)
    code, _, err = achats(*OPENING)
    assert code == 3
    assert "Ce qui précède est enregistré, la suite ne l'est pas" in err


def test_a_reading_or_a_refusal_records_nothing(group, achats, monkeypatch):
    def read_then_away(*_):
        with transaction() as session:
            session.exec(select(Procurement)).all()
        raise StoreAway("La base de données ne répond pas.")

    monkeypatch.setattr("tasks.process.procurements.open_procurement", read_then_away)
    assert NOTHING in achats(*OPENING)[2]


def test_the_api_answers_503_in_json_and_the_pages_say_it_without_the_database(group):
    headers, browser = token_of(BUYER, "lire", "ouvrir"), inside(BUYER)
    new = {"objet": "Gants", "famille": "perfusion", "cpv": "33194000", "montant": "90000", "duree_mois": 24}
    form = browser.form_token("/achats/nouveau")
    full_database()
    answer = guest().post("/api/v1/achats", headers=headers, json=new)
    assert (answer.status_code, list(answer.json())) == (503, ["motif"])
    assert answer.json()["motif"].endswith(NOTHING)
    page = browser.post("/achats/nouveau", data={"jeton": form, "nature": "fournitures", **new})
    assert page.status_code == 503
    assert "le disque est plein" in page.text
    unreadable_database()
    for path in ("/", "/achats", "/inconnue", "/achats/2026-001"):
        page = browser.get(path)
        assert (page.status_code in (404, 503), "Traceback" in page.text) == (True, False), path
    answer = guest().get("/api/v1/a-faire", headers=headers)
    assert (answer.status_code, list(answer.json())) == (503, ["motif"])
    assert "abîmée" in answer.json()["motif"]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def away(request):
    """Give a group, and what takes its database away and gives it back."""
    home = request.getfixturevalue("home" if request.param == "sqlite" else "postgres_home")
    load_organisation(ROOT / "examples" / "ght-demo.toml")
    if request.param == "sqlite":
        kept = (home / DATABASE, home / "ailleurs")

        def leave() -> None:
            engine().dispose()
            kept[0].rename(kept[1])
            kept[0].mkdir()

        def come_back() -> None:
            kept[0].rmdir()
            kept[1].rename(kept[0])

        return leave, come_back
    server = request.getfixturevalue("postgres_server").replace("+psycopg", "")

    def ask(words: str) -> None:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(words)

    def leave_server() -> None:
        ask("ALTER DATABASE achats ALLOW_CONNECTIONS false")
        ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'achats'")

    return leave_server, lambda: ask("ALTER DATABASE achats ALLOW_CONNECTIONS true")


def told() -> list[str]:
    with reading() as session:
        return [one.body for one in session.exec(select(Message)) if ":echec:" in one.key]


def fail(ref: str) -> None:
    """Let Prefect say that a run failed."""
    name = f"{ref} · Essai"
    failed = FlowRun(id=uuid4(), flow_id=uuid4(), name=name, parameters={"ref": ref} if ref else {})
    segments.report_failure(None, failed, Failed(message="La base de données ne répond pas."))


def test_a_run_that_failed_with_the_database_is_told_once_it_is_back(away):
    leave, come_back = away
    ref = open_purchase("90000")
    leave()
    with pytest.raises(StoreAway), reading() as session:
        session.exec(select(Procurement)).all()
    fail(ref)
    fail("")  # the watch carries no purchase
    come_back()
    assert told() == []
    assert failures.tell_kept() == 2
    assert failures.tell_kept() == 0
    bodies = told()
    assert sum("Dispositifs de perfusion" in one for one in bodies) == 3  # the administrator and two buyers
    assert sum("Le traitement «" in one for one in bodies) == 1  # the administrator alone
    fail(ref)
    assert len(told()) == len(bodies) + 3
