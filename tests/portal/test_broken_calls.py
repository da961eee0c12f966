"""Calls that go wrong: a figure without end, a client that goes away, a fault of ours; what is said, what is logged."""

import asyncio
import json
import logging

import pytest

from portal.app import create_app
from tasks import technical_logs
from tests.portal_scene import BUYER, guest, inside, token_of
from tests.sealed_scene import REF, to_tendering

ENDLESS = "9" * 1_900_000
HEADERS = {"content-type": "application/json"}


@pytest.mark.parametrize(
    "price", [ENDLESS, f'"{ENDLESS}"', '"1e999999999"', "1e999999999", '"NaN"', '"' + "1," * 50 + '1"']
)
def test_a_price_of_two_million_figures_is_refused_in_french(group, price):
    to_tendering()
    siret = "26990001500018"
    body = f'{{"candidat": {{"nom": "A", "siret": "{siret}"}}, "lots": [{{"lot": 1, "prix": {{"PERF-1": {price}}}}}]}}'
    answer = guest().post(
        f"/api/v1/achats/{REF}/offres", headers=token_of(BUYER, "offres") | HEADERS, content=body.encode()
    )
    assert answer.status_code in (400, 422), answer.text[:300]
    assert 10 < len(answer.json()["motif"]) < 500


@pytest.mark.parametrize("field", ["montant", "duree_mois"])
@pytest.mark.parametrize("value", ["9" * 400_000, "²", "1e999999999", "٣" * 20, "-" * 500])
def test_a_figure_without_end_is_refused_beside_its_field(group, field, value):
    new = {
        "objet": "Gants",
        "famille": "perfusion",
        "cpv": "33194000",
        "montant": "90000",
        "duree_mois": "24",
    }
    answer = inside(BUYER).submit("/achats/nouveau", nature="fournitures", **(new | {field: value}))
    assert answer.status_code == 400
    opening = new | {"duree_mois": 24, field: value}
    called = guest().post("/api/v1/achats", headers=token_of(BUYER, "ouvrir"), json=opening)
    assert called.status_code == 422
    assert len(called.json()["motif"]) < 500


@pytest.mark.parametrize("stay", ["needs/²", "needs/" + "9" * 30, "needs/-1", "needs/\x00", "²/1"])
def test_a_stay_that_is_none_is_refused(group, stay):
    to_tendering()
    body = {"reponse": "approve", "etape": stay, "champs": {}}
    answer = guest().post(f"/api/v1/achats/{REF}/reponse", headers=token_of(BUYER, "decider"), json=body)
    assert answer.status_code in (404, 409, 422)


def test_a_thousand_faults_are_said_in_few_words(group):
    to_tendering()
    body = {"candidat": {"nom": "A", "siret": "x"}, "lots": [{"k" * 500: 1, "lot": "x"}] * 400}
    answer = guest().post(f"/api/v1/achats/{REF}/offres", headers=token_of(BUYER, "offres"), json=body)
    assert (answer.status_code, len(answer.content) < 20_000) == (422, True)
    assert "autres fautes" in answer.json()["motif"]


def test_who_shows_no_token_sends_little(group):
    path = f"/api/v1/achats/{REF}/offres"
    assert guest().post(path, content=b"[" * 100_000, headers=HEADERS).status_code == 413
    signed = token_of(BUYER, "offres") | HEADERS
    assert guest().post(path, content=b"[" * 2_000_001, headers=signed).status_code == 413


def test_a_fault_of_ours_is_said_in_json_as_the_description_tells(group, monkeypatch, caplog):
    monkeypatch.setattr("tasks.views.work.waiting_for", lambda *_: 1 / 0)
    answer = guest().get("/api/v1/a-faire", headers=token_of(BUYER, "lire"))
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/json")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert list(answer.json()) == ["motif"]
    assert "ZeroDivision" not in answer.text
    assert sum(one.exc_info is not None for one in caplog.records if one.name == "achats.pages") == 1
    described = guest().get("/api/v1/openapi.json").json()["paths"]["/a-faire"]["get"]["responses"]
    assert "motif" in json.dumps(described["500"]) or described["500"]["content"]


@pytest.mark.parametrize(
    "path", ["/achats/nouveau", "/connexion", f"/api/v1/achats/{REF}/offres", "/api/v1/depenses"]
)
def test_a_client_that_goes_away_leaves_no_traceback(group, path, caplog):
    """A body is announced and half sent; then the connection is lost."""
    caplog.set_level(logging.DEBUG)
    token = token_of(BUYER, "offres", "depenses")["Authorization"].encode()
    messages = [
        {"type": "http.request", "body": b"half of", "more_body": True},
        {"type": "http.disconnect"},
    ]
    kind = b"multipart/form-data; boundary=x" if path.endswith("depenses") else b"application/json"
    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [(b"content-type", kind), (b"authorization", token), (b"host", b"testserver")],
        "scheme": "http", "server": ("testserver", 80), "client": ("127.0.0.1", 1), "http_version": "1.1",
    }  # fmt: skip

    async def receive():
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message):
        pass

    asyncio.run(create_app()(scope, receive, send))
    assert [one.getMessage() for one in caplog.records if one.exc_info] == []


def test_a_log_too_long_is_put_aside_while_it_is_written(home):
    log = technical_logs.folder() / "pages.log"
    with log.open("ab", buffering=0) as writer:
        for rank in range(7):
            writer.write(f"{rank}".encode() * 600)
            assert technical_logs.turn(largest=500) == ["pages.log"]
        writer.write(b"after")
    assert log.read_bytes() == b"after"
    kept = {one.name: one.read_bytes()[:1] for one in technical_logs.folder().iterdir() if one != log}
    assert kept == {f"pages.log.{rank}": str(7 - rank).encode() for rank in (1, 2, 3, 4)}
    assert technical_logs.turn(largest=500) == []
