"""What the API refuses: always a `motif` in French, of the status that its schema declares."""

import json

import pytest

from tests.portal_scene import BUYER, bearer, guest
from tests.signing_scene import waiting

LIST = "/api/v1/achats"
JSON = {"Content-Type": "application/json"}
OPENING = {"objet": "Gants", "famille": "perfusion", "cpv": "33194000", "montant": "90000", "duree_mois": 24}


@pytest.fixture
def reader(group) -> dict[str, str]:
    waiting("2026-001", "900000", "needs")
    waiting("2026-002", "150000", "strategy")
    return bearer(BUYER, "lire", "ouvrir")


def motif(answer, status: int) -> str:
    assert (answer.status_code, list(answer.json())) == (status, ["motif"]), answer.text
    return answer.json()["motif"]


def test_an_empty_opening_is_told_every_field_that_lacks(reader):
    said = motif(guest().post(LIST, headers=reader, json={}), 422)
    assert said == " ; ".join(f"{one} : à remplir" for one in OPENING)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("duree_mois", 500, "duree_mois : 240 au plus"),
        ("demarrage", "hier", "demarrage : une date AAAA-MM-JJ est attendue"),
        ("nature", "cadeaux", "nature : choix attendu : "),
        ("objet", "a\ud800b", "objet : caractères non admis"),
    ],
)
def test_a_field_that_is_wrong_is_named_in_french_without_what_was_typed(reader, field, value, said):
    body = json.dumps(OPENING | {field: value})  # half a surrogate pair is written \ud800
    heard = motif(guest().post(LIST, headers=reader | JSON, content=body), 422)
    assert heard.startswith(said)
    assert str(value) not in heard.removeprefix(said)


def test_what_a_rule_refuses_is_said_even_when_it_cannot_be_written(reader):
    body = json.dumps(OPENING | {"montant": "9\ud800"})
    assert "montant" in motif(guest().post(LIST, headers=reader | JSON, content=body), 422)


def test_what_is_not_json_nor_an_address_nor_a_method_is_said_in_french(reader):
    browser = guest()
    assert "JSON" in motif(browser.post(LIST, headers=reader | JSON, content=b"{"), 422)
    assert motif(browser.get("/api/v1/rien", headers=reader), 404) == "Introuvable."
    refused = browser.delete(LIST, headers=reader)
    assert motif(refused, 405) == "Cette adresse n'admet pas cette méthode."
    assert refused.headers["allow"]


@pytest.mark.parametrize("header", [None, "Bearer n'importe quoi", "Bearer api.00.x", "Basic eDp5"])
def test_without_a_token_that_lives_the_answer_asks_for_one(reader, header):
    answer = guest().get(LIST, headers={"Authorization": header} if header else {})
    assert "jeton" in motif(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"


def test_the_list_is_filtered_by_the_names_of_the_pages_and_refuses_any_other(reader):
    browser = guest()

    def refs(**query: str) -> list[str]:
        return [one["ref"] for one in browser.get(LIST, headers=reader, params=query).json()["lines"]]

    assert refs(etape="strategy") == ["2026-002"]
    assert refs(q="2026-001", risque="", tri="reference") == ["2026-001"]
    assert refs(famille="perfusion", tri="montant") == ["2026-001", "2026-002"]
    assert refs(famille="linge") == []
    unknown = browser.get(LIST, headers=reader, params={"family": "linge"})
    assert motif(unknown, 422) == "family : champ inconnu"
    assert motif(browser.get(LIST, headers=reader, params={"page": "deux"}), 422).startswith("page : ")
