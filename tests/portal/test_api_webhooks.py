"""The API and the commands of webhooks: whose subscriptions, which scope, what is shown."""

import json

import pytest

from flows.__main__ import app
from flows.commands.application import run
from tasks.outgoing import deliveries
from tests.portal_scene import BUYER, MEMBER, bearer, guest
from tests.signing_scene import waiting
from tests.webhook_receiver import listening

API = "/api/v1/webhooks"
EVENTS = {"evenements": ["ght.procurement.*"]}


@pytest.fixture
def tool(group, monkeypatch):
    with listening(monkeypatch) as receiver:
        yield receiver


def test_a_tool_subscribes_is_told_and_asks_again(tool):
    browser, mine = guest(), bearer(BUYER, "abonner")
    made = browser.post(API, headers=mine, json={"url": tool.url, **EVENTS})
    assert made.status_code == 201, made.text
    number = made.json()["id"]
    waiting(stage="needs")
    deliveries.send_due()
    [line] = browser.get(f"{API}/{number}/livraisons", headers=mine).json()
    assert (line["etat"], line["code"], line["id"]) == ("remis", 200, tool.ids()[0])
    again = browser.post(f"{API}/{number}/livraisons/{line['numero']}/renvoyer", headers=mine)
    assert again.status_code == 202
    deliveries.send_due()
    assert tool.ids() == [line["id"]] * 2
    [shown] = browser.get(API, headers=mine).json()
    assert made.json()["secret"] not in json.dumps(shown)
    assert "secret" not in shown
    assert "secret!" not in browser.get(f"{API}/{number}/livraisons", headers=mine).text  # the answer's body
    assert browser.delete(f"{API}/{number}", headers=mine).status_code == 204
    assert browser.get(API, headers=mine).json() == []


def test_somebody_else_s_subscription_is_unknown(tool):
    browser, mine, other = guest(), bearer(BUYER, "abonner"), bearer(MEMBER, "abonner")
    number = browser.post(API, headers=mine, json={"url": tool.url, **EVENTS}).json()["id"]
    waiting(stage="needs")
    assert browser.get(API, headers=other).json() == []
    absent = "wh_0000000000000000"
    for path in ("livraisons",):
        theirs = browser.get(f"{API}/{number}/{path}", headers=other)
        none = browser.get(f"{API}/{absent}/{path}", headers=other)
        assert theirs.status_code == none.status_code == 422
        assert theirs.text.replace(number, absent) == none.text
    assert browser.delete(f"{API}/{number}", headers=other).status_code == 422
    assert browser.post(f"{API}/{number}/livraisons/1/renvoyer", headers=other).status_code == 422
    assert len(browser.get(API, headers=mine).json()) == 1


@pytest.mark.parametrize("scope", ["lire", "decider", "ouvrir"])
def test_another_scope_does_not_subscribe(tool, scope):
    assert (
        guest().post(API, headers=bearer(BUYER, scope), json={"url": tool.url, **EVENTS}).status_code == 403
    )
    assert guest().get(API).status_code == 401


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://localhost:22/",
        "https://[::ffff:127.0.0.1]/",
        "http://127.0.0.1:1/",
        "file:///etc/passwd",
    ],
)
def test_an_address_inside_is_refused_and_the_reason_tells_nothing_of_the_inside(tool, url):
    answer = guest().post(API, headers=bearer(BUYER, "abonner"), json={"url": url, **EVENTS})
    assert answer.status_code == 422
    assert answer.json()["motif"].startswith("Adresse du webhook")


def test_the_command_line_does_the_same(tool, capsys):
    def said(*words: str):
        assert run(app, ["webhook", *words, "--personne", BUYER]) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    made = json.loads(said("ajouter", tool.url, "--evenement", "ght.procurement.*", "--json"))
    waiting(stage="needs")
    assert [one["en_attente"] for one in json.loads(said("liste", "--json"))] == [1]
    [line] = json.loads(said("livraisons", made["id"], "--json"))
    sent = json.loads(said("renvoyer", made["id"], str(line["numero"]), "--json"))
    assert (sent["etat"], sent["code"]) == ("remis", 200)
    assert "needs" in said("livraisons", made["id"])
    said("retirer", made["id"])
    assert json.loads(said("liste", "--json")) == []
    assert run(app, ["webhook", "ajouter", "http://10.0.0.1/", "--personne", BUYER]) == 2
