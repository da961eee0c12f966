"""Imports asked through the API: received at once, done aside, one of a person after the other, within a quota."""

import csv
import gzip
import io
import time

import pytest
import yaml
from sqlmodel import select

from models.errors import Unavailable
from models.outbox import Dispatch
from models.outgoing.import_requests import ImportRequest, ImportState
from portal import pace
from tasks import leases
from tasks.runs import import_requests
from tasks.settings import ROOT, settings
from tasks.spend import deposit
from tasks.store import reading
from tests.portal_scene import BUYER, MEMBER, PURCHASING, guest, token_of

SPEND = b"Date;Montant;Fournisseur\n05/01/2026;10,00;Labo\n"


def send(header, content=SPEND, name="a.csv", house="990000010"):
    files = {"fichier": (name, content)}
    return guest().post("/api/v1/depenses", headers=header, data={"etablissement": house}, files=files)


def number(answer):
    assert answer.status_code == 202, answer.text
    return answer.json()["numero"]


def state(number):
    with reading() as session:
        return session.get_one(ImportRequest, number).state


def runs_asked():
    with reading() as session:
        return sorted(session.exec(select(Dispatch.ref)))


def long_file():
    """A year of spend: 815 kB compressed that cost 17 s of the processor when they were read by the pages."""
    text = io.StringIO()
    rows = csv.writer(text, delimiter=";")
    rows.writerow(["Date", "Montant", "Fournisseur", "Libellé"])
    for rank in range(300_000):
        rows.writerow(
            [f"{rank % 28 + 1:02}/01/2026", f"{rank},50", f"Fournisseur {rank % 9000}", f"Ligne {rank}"]
        )
    return gzip.compress(text.getvalue().encode(), 6)


def test_the_pages_only_receive_whatever_is_imported(group):
    header, content = token_of(BUYER, "depenses"), long_file()
    assert len(content) > 500_000
    started = time.process_time()
    answer = send(header, content, "annee.csv.gz")
    spent = time.process_time() - started
    assert (answer.status_code, answer.json()["etat"]) == (202, "attend")
    assert answer.headers["location"] == answer.json()["adresse"] == f"/api/v1/depenses/{number(answer)}"
    assert spent < 1, "the lines were read while the answer was made"
    assert runs_asked() == [number(answer)]
    waiting = guest().get(answer.headers["location"], headers=header)
    assert "lus" not in waiting.json()


def test_an_import_is_followed_by_who_asked_for_it_alone(group):
    header = token_of(BUYER, "depenses")
    asked = number(send(header))
    address = f"/api/v1/depenses/{asked}"
    for other in (token_of(PURCHASING, "depenses"), token_of(MEMBER, "depenses")):
        assert guest().get(address, headers=other).status_code == 404
        assert guest().get("/api/v1/depenses", headers=other).json() == []
    assert guest().get(address).status_code == 401
    assert guest().get(address, headers=token_of(BUYER, "lire")).status_code == 403
    assert [one["numero"] for one in guest().get("/api/v1/depenses", headers=header).json()] == [asked]


def test_one_import_of_a_person_runs_at_a_time_and_its_end_asks_for_the_next(group, monkeypatch):
    monkeypatch.setattr(settings(), "imports_at_once", 2)
    header = token_of(BUYER, "depenses")
    first, second = (number(send(header, SPEND + line)) for line in (b"", b"06/01/2026;1,00;Labo\n"))
    other = number(send(token_of(PURCHASING, "depenses")))
    seen = []

    def while_it_runs(sender, upload):
        seen.append((import_requests.carry_out(second), import_requests.carry_out(first)))
        if sender.email == BUYER:
            seen.append(import_requests.carry_out(other))
        return received(sender, upload)

    received = deposit.receive
    monkeypatch.setattr(deposit, "receive", while_it_runs)
    assert import_requests.carry_out(first) is ImportState.DONE
    assert seen == [(None, None), (None, None), ImportState.DONE]
    assert state(second) is ImportState.WAITING
    assert runs_asked().count(second) == 2  # when it was sent, and again when its turn came
    monkeypatch.setattr(deposit, "receive", received)
    assert import_requests.carry_out(second) is ImportState.DONE
    assert import_requests.carry_out(second) is None


def test_the_same_file_asked_twice_waits_once(group):
    header = token_of(BUYER, "depenses")
    assert number(send(header)) == number(send(header))


def test_a_token_has_a_quota_of_imports_and_of_bytes_for_a_day(group, monkeypatch):
    monkeypatch.setattr(settings(), "imports_per_day", 3)
    header = token_of(BUYER, "depenses")
    for rank in range(3):
        import_requests.carry_out(number(send(header, SPEND + b"\n" * rank)))
    refused = send(header, SPEND + b"\n" * 9)
    assert (refused.status_code, "en un jour" in refused.json()["motif"]) == (429, True)
    assert 0 < int(refused.headers["retry-after"]) <= 86_400
    monkeypatch.setattr(settings(), "imports_per_day", 100)
    monkeypatch.setattr(settings(), "import_megabytes_per_day", 1)
    assert send(header, SPEND + b"\n" * 1_000_000).status_code == 429
    assert send(token_of(PURCHASING, "depenses"), SPEND).status_code == 202


def test_ten_imports_of_a_person_wait_at_most(group):
    header = token_of(BUYER, "depenses")
    answers = [send(header, SPEND + b"\n" * rank).status_code for rank in range(11)]
    assert answers == [202] * 10 + [429]


def test_an_import_whose_run_died_is_taken_up_and_given_up_the_third_time(group):
    asked = number(send(token_of(BUYER, "depenses")))
    for _ in range(3):
        taken = import_requests._take(asked)
        leases.release(taken.worked_by)  # nobody renewed it: it has ended
        import_requests.resume()
    assert state(asked) is ImportState.REFUSED
    with reading() as session:
        assert "trois fois" in session.get_one(ImportRequest, asked).refusal


def test_what_is_away_leaves_the_import_waiting_and_a_fault_of_ours_ends_it(group, monkeypatch):
    asked = number(send(token_of(BUYER, "depenses")))

    def away(*_):
        raise Unavailable("disque absent")

    monkeypatch.setattr(deposit, "receive", away)
    with pytest.raises(Unavailable):
        import_requests.carry_out(asked)
    assert state(asked) is ImportState.WAITING
    monkeypatch.setattr(deposit, "receive", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        import_requests.carry_out(asked)
    assert state(asked) is ImportState.REFUSED


def test_the_file_is_kept_until_the_import_is_over_and_rights_are_those_of_that_moment(group, monkeypatch):
    asked = number(send(token_of(BUYER, "depenses")))
    with reading() as session:
        path = session.get_one(ImportRequest, asked).path
    assert (group / path).read_bytes() == SPEND
    monkeypatch.setattr("tasks.access.sessions.viewer_of", lambda *_: None)
    assert import_requests.carry_out(asked) is ImportState.REFUSED
    assert not (group / path).exists()


def test_a_token_that_calls_without_end_is_asked_to_wait(group, monkeypatch):
    monkeypatch.setattr(settings(), "api_calls_per_minute", 5)
    pace._LEFT.clear()
    header, other = token_of(BUYER, "lire"), token_of(MEMBER, "lire")
    answers = [guest().get("/api/v1/a-faire", headers=header) for _ in range(6)]
    assert [one.status_code for one in answers] == [200] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert guest().get("/api/v1/a-faire", headers=other).status_code == 200
    pace._LEFT.clear()


def test_the_deployment_is_the_one_that_is_asked_for():
    wanted = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    names = {f"{one['entrypoint'].rpartition('.')[2]}/{one['name']}" for one in wanted}
    assert import_requests.DEPLOYMENT in names
