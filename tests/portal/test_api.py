"""The API: what a token lets do, what it refuses, and that nothing sent to it breaks it."""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from portal.api.routes import api
from tasks.access import accounts, tokens
from tasks.settings import settings as chosen
from tests.portal_scene import (
    ADMINISTRATOR,
    BUYER,
    DIRECTOR,
    MEMBER,
    PHARMACIST,
    PURCHASING,
    bearer,
    guest,
    logged_in,
    token_of,
)
from tests.signing_scene import waiting

OPENING = {"objet": "Gants", "famille": "perfusion", "cpv": "33194000", "montant": "90000", "duree_mois": 24}


@pytest.fixture
def purchase(group) -> str:
    return waiting("2026-001", "900000", "needs")


def test_without_a_token_nothing_is_told(purchase):
    for path in ("/api/v1/achats", "/api/v1/a-faire", "/api/v1/achats/2026-001"):
        assert guest().get(path).status_code == 401


def test_the_session_of_the_pages_does_not_open_the_api(purchase):
    assert logged_in(BUYER).get("/api/v1/achats").status_code == 401


def test_a_token_does_what_its_scope_says_and_no_more(purchase):
    browser = guest()
    reader = bearer(BUYER, "lire")
    assert browser.get("/api/v1/achats", headers=reader).json()["total"] == 1
    assert browser.post("/api/v1/achats", headers=reader, json=OPENING).status_code == 403
    opener = bearer(PURCHASING, "ouvrir")
    assert browser.post("/api/v1/achats", headers=opener, json=OPENING).status_code == 201
    assert browser.get("/api/v1/achats", headers=opener).status_code == 403


def test_a_token_has_the_rights_of_its_owner(purchase):
    answer = guest().post("/api/v1/achats", headers=bearer(MEMBER, "ouvrir"), json=OPENING)
    assert answer.status_code == 403


def test_a_member_sends_the_needs_of_her_house(purchase):
    body = {"reponse": "approve", "etape": "needs/1", "champs": {"opportunite": False}}
    answer = guest().post("/api/v1/achats/2026-001/reponse", headers=bearer(MEMBER, "decider"), json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["personne"] == MEMBER


def test_no_token_signs(group):
    waiting("2026-002", "150000", "award_decision")
    body = {"reponse": "approve", "etape": "award_decision/1", "champs": {}}
    answer = guest().post("/api/v1/achats/2026-002/reponse", headers=bearer(DIRECTOR, "decider"), json=body)
    assert answer.status_code == 403


@pytest.mark.parametrize("end", ["withdrawn", "expired", "disabled", "altered"])
def test_a_token_that_is_over_opens_nothing(purchase, end, monkeypatch):
    header = bearer(BUYER, "lire")
    if end == "withdrawn":
        tokens.revoke(BUYER, tokens.listed(BUYER)[0].id)
    elif end == "disabled":
        accounts.disable(BUYER)
    elif end == "altered":
        header["Authorization"] += "x"
    else:
        from datetime import timedelta

        later = accounts.real_now() + timedelta(days=31)
        monkeypatch.setattr("tasks.access.accounts.real_now", lambda: later)
    assert guest().get("/api/v1/achats", headers=header).status_code == 401


schema = schemathesis.openapi.from_asgi("/openapi.json", api, config=SchemathesisConfig())


@pytest.mark.slow
@schema.parametrize()
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_sent_to_the_api_breaks_it_whoever_sends_it(case, everything):
    for email, header in everything.items():
        answer = case.call(headers=header)
        assert answer.status_code < 500, email


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """A home of its own for the whole module, and the token of a person of each role."""
    from tests.conftest import ROOT, forget_settings

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ACHATS_HOME", str(tmp_path_factory.mktemp("api")))
        patch.delenv("ACHATS_DATABASE_URL", raising=False)
        forget_settings()
        from tasks.loading.file import load_organisation

        load_organisation(ROOT / "examples" / "ght-demo.toml")
        waiting("2026-001", "900000", "needs")
        scopes = ("lire", "ouvrir", "decider", "depenses", "offres", "abonner")
        with pytest.MonkeyPatch.context() as pace:
            pace.setattr(chosen(), "api_calls_per_minute", 1_000_000)
            yield {
                email: token_of(email, *scopes)
                for email in (BUYER, DIRECTOR, MEMBER, ADMINISTRATOR, PHARMACIST)
            }
    forget_settings()
