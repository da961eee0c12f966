"""Logging in through a real identity provider that runs here: who enters, who does not, and what attacks are worth."""

import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest
from sqlmodel import func, select

from models.access.accounts import Account, LoginEvent, LoginMeans
from models.access.proofs import Means, Proof, SignaturePolicy
from models.errors import BadInput
from models.journal import JournalLine
from models.organisation.group import Person
from tasks import clock
from tasks.access import accounts, openid, proofs, sessions
from tasks.access import provider as access_provider
from tasks.store import reading, transaction
from tests.conftest import forget_settings
from tests.identity_provider import CLIENT, SECRET, Running
from tests.portal_scene import BUYER, MEMBER, PASSWORD, PURCHASING, give_access, guest
from tests.signing_scene import signatures, waiting

PAGES = "https://achats.example"
START = "/connexion/etablissement"


@pytest.fixture(scope="module")
def served():
    with Running() as provider:
        yield provider


@pytest.fixture
def provider(served, group, monkeypatch, tmp_path):
    """The provider, known to the application, in front of which the buyer stands."""
    secret = tmp_path / "secret"
    secret.write_text(SECRET + "\n", encoding="utf-8")
    served.forget()
    served.person = {"sub": "u-1", "email": BUYER, "email_verified": True}
    for name, value in {
        "PUBLIC_URL": PAGES,
        "OIDC_ISSUER": served.issuer,
        "OIDC_CLIENT_ID": CLIENT,
        "OIDC_CLIENT_SECRET_FILE": str(secret),
        "OIDC_LABEL": "l'hôpital de Rocheval",
    }.items():
        monkeypatch.setenv(f"ACHATS_{name}", value)
    forget_settings()
    return served


def browser():
    return guest(base_url=PAGES)


def address_back(one, suite="/"):
    """Leave for the provider, and return the address at which it sends the browser back."""
    start = one.get(START, params={"suite": suite}, follow_redirects=False)
    assert start.status_code == 303, start.text
    return httpx.get(start.headers["location"]).headers["location"]


def come_back(one, address):
    return one.get(address, follow_redirects=False)


def log_in(one=None, suite="/"):
    one = one or browser()
    return come_back(one, address_back(one, suite))


def is_in(one):
    token = one.cookies.get("achats_session")
    return token and sessions.present(token)


def last_line():
    with reading() as session:
        return session.exec(select(LoginEvent).order_by(LoginEvent.id.desc())).first()


def people():
    with reading() as session:
        return session.exec(select(func.count()).select_from(Person)).one()


def setting(monkeypatch, **values):
    for name, value in values.items():
        monkeypatch.setenv(f"ACHATS_OIDC_{name.upper()}", value)
    forget_settings()


def refused(answer, *words):
    assert answer.status_code == 403, answer.status_code
    assert "achats_session" not in answer.headers.get("set-cookie", "")
    text = answer.text.replace("&#39;", "'")
    assert all(word in text for word in words), text


def test_a_person_of_the_group_enters_with_a_new_session_and_the_log_says_how(provider):
    one = browser()
    one.cookies.set("achats_session", "chosen-by-somebody-else")
    answer = log_in(one, "/achats?q=gants")
    assert (answer.status_code, answer.headers["location"]) == (303, "/achats?q=gants")
    token = answer.cookies["achats_session"]
    assert token != "chosen-by-somebody-else"
    assert sessions.present(token).viewer.email == BUYER
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("achats_session="))
    assert "HttpOnly" in cookie
    assert "Secure" in cookie
    assert (last_line().typed, last_line().means) == (BUYER, LoginMeans.PROVIDER)


def test_the_login_asks_for_a_code_with_proof_state_and_nonce_and_each_time_other_ones(provider):
    one, other = browser(), browser()
    log_in(one)
    log_in(other)
    first, second = provider.asked
    assert first["response_type"] == "code"
    assert first["code_challenge_method"] == "S256"
    assert first["redirect_uri"] == f"{PAGES}/connexion/etablissement/retour"
    assert set(first["scope"].split()) >= {"openid", "email"}
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 43
        assert first[name] != second[name]


def test_logging_in_ends_the_session_that_the_browser_held(provider):
    one = browser()
    log_in(one)
    former = one.cookies["achats_session"]
    log_in(one)
    assert sessions.present(former) is None
    assert provider.asked[1]["prompt"] == "login"


def test_the_button_is_there_only_with_a_provider(provider, monkeypatch):
    assert "Se connecter avec l&#39;hôpital de Rocheval" in browser().get("/connexion").text
    monkeypatch.delenv("ACHATS_OIDC_ISSUER")
    forget_settings()
    assert START not in browser().get("/connexion").text
    refused(browser().get(START), "Aucun fournisseur d'identité")


@pytest.mark.parametrize(
    "suite", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_the_login_never_sends_to_another_site(provider, suite):
    assert log_in(suite=suite).headers["location"] == "/"


def test_an_answer_with_another_state_or_brought_by_another_browser_is_refused(provider):
    one = browser()
    back = address_back(one)
    state = parse_qs(urlsplit(back).query)["state"][0]
    refused(come_back(browser(), back), "expiré")
    refused(come_back(one, back.replace(state, "x" * len(state))), "expiré")
    assert provider.exchanged == []


def test_a_code_serves_once(provider):
    one = browser()
    back = address_back(one)
    ticket = one.cookies["achats_fournisseur"]
    assert come_back(one, back).status_code == 303
    thief = browser()
    refused(come_back(thief, back), "expiré")
    thief.cookies.set("achats_fournisseur", ticket)
    refused(come_back(thief, back), "refusé")
    assert provider.exchanged == [True, False]


def test_a_code_asked_for_by_another_browser_fails_its_proof(provider):
    victim, thief = browser(), browser()
    stolen = parse_qs(urlsplit(address_back(victim)).query)["code"][0]
    own = address_back(thief)
    code = parse_qs(urlsplit(own).query)["code"][0]
    refused(come_back(thief, own.replace(code, stolen)), "refusé")


def test_a_login_left_too_long_is_refused(provider, monkeypatch):
    one = browser()
    back = address_back(one)
    later = accounts.real_now() + openid.TRAVEL
    monkeypatch.setattr("tasks.access.accounts.real_now", lambda: later)
    refused(come_back(one, back), "expiré")


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        ({"nonce": "of-another-login"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"aud": "another-application"}, "aud"),
        ({"aud": [CLIENT, "another-application"]}, "azp"),
        ({"iss": "https://evil.example"}, "iss"),
        ({"exp": int(time.time()) - 3600}, "expiré"),
        ({"iat": int(time.time()) + 3600}, "iat"),
        ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "at_hash"),
        ({"sub": None}, "sub"),
    ],
)
def test_a_token_that_is_not_for_this_login_is_refused(provider, lie, said):
    provider.lies = lie
    refused(log_in(), said)


@pytest.mark.parametrize("kind", ["none", "HS256", "forged"])
def test_a_token_that_the_provider_did_not_sign_is_refused(provider, kind):
    provider.sign_as = kind
    refused(log_in(), "signature")


def test_keys_that_change_are_read_again(provider):
    assert log_in().status_code == 303
    provider.rotate()
    assert log_in().status_code == 303


def test_an_address_that_was_not_verified_enters_nowhere(provider):
    provider.lies = {"email_verified": False}
    refused(log_in(), "vérifié")
    provider.lies = {"email_verified": None}
    refused(log_in(), "vérifié")
    assert (last_line().outcome.value, last_line().typed) == ("fournisseur d'identité : refusée", BUYER)


def test_nobody_is_made_by_a_login(provider):
    before = people()
    provider.person["email"] = "inconnue@ch-rocheval.invalid"
    refused(log_in(), "aucun accès")
    assert people() == before


def test_somebody_who_left_or_whose_access_was_ended_does_not_enter(provider):
    log_in()
    accounts.disable(BUYER)
    refused(log_in(), "aucun accès")
    provider.person = {"sub": "u-2", "email": MEMBER, "email_verified": True}
    with transaction() as session:
        session.get_one(Person, MEMBER).active_until = clock.today().replace(year=2020)
    refused(log_in(), "aucun accès")


def test_an_address_given_to_somebody_else_opens_nothing_until_the_access_is_reset(provider):
    log_in()
    provider.person["sub"] = "u-9"
    refused(log_in(), "autre compte")
    provider.person = {"sub": "u-1", "email": MEMBER, "email_verified": True}
    refused(log_in(), "autre compte")
    accounts.reset(BUYER)
    provider.person = {"sub": "u-9", "email": BUYER, "email_verified": True}
    assert log_in().status_code == 303


def test_a_national_number_given_apart_designates_the_person_it_was_linked_to(provider, monkeypatch):
    setting(monkeypatch, claim="SubjectNameID")
    provider.told_apart = {"SubjectNameID": "899700218896"}
    refused(log_in(), "aucun accès")
    access_provider.link(BUYER, "899700218896")
    one = browser()
    log_in(one)
    assert is_in(one).viewer.email == BUYER


def test_an_identifier_that_is_somebody_else_s_is_not_linked(provider):
    access_provider.link(BUYER, "899700218896")
    for taken in ("899700218896", BUYER, MEMBER):
        with pytest.raises(BadInput, match="déjà celui"):
            access_provider.link(PURCHASING, taken)


def test_what_is_told_apart_of_another_person_is_not_believed(provider):
    provider.person = {"sub": "u-1"}
    provider.told_apart = {"sub": "u-2", "email": BUYER, "email_verified": True}
    refused(log_in(), "qui vous êtes")


def test_a_provider_that_declines_or_is_away_is_told_in_french(provider, monkeypatch):
    one = browser()
    back = address_back(one)
    declined = (
        back.split("code=")[0] + "error=access_denied&state=" + parse_qs(urlsplit(back).query)["state"][0]
    )
    refused(come_back(one, declined), "access_denied")
    monkeypatch.setenv("ACHATS_OIDC_DISCOVERY", "http://127.0.0.1:9/absent")
    forget_settings()
    answer = browser().get(START)
    assert answer.status_code == 503
    assert "ne répond pas" in answer.text


def test_a_provider_that_gives_itself_another_name_or_no_tls_is_not_used(provider, monkeypatch):
    setting(monkeypatch, issuer=provider.issuer + "/", discovery=provider.issuer + openid.WELL_KNOWN)
    assert "se dit" in browser().get(START).text
    setting(monkeypatch, issuer="http://idp.example", discovery="http://idp.example/x")
    assert "https://" in browser().get(START).text


def test_logging_out_leads_to_the_end_of_the_provider_s_session(provider):
    one = browser()
    log_in(one)
    token = one.cookies["achats_session"]
    answer = one.submit("/deconnexion", "/compte")
    assert sessions.present(token) is None
    address = answer.headers["refresh"].partition("url=")[2]
    assert httpx.get(address).headers["location"] == f"{PAGES}/connexion"
    assert provider.ended[0]["client_id"] == CLIENT
    assert provider.ended[0]["id_token_hint"].count(".") == 2


def test_somebody_who_gave_a_password_is_not_led_to_the_provider(provider):
    give_access(BUYER)
    one = browser()
    one.submit("/connexion", courriel=BUYER, mot_de_passe=PASSWORD)
    assert one.submit("/deconnexion", "/compte").headers["location"] == "/connexion"
    with reading() as session:
        lines = session.exec(select(LoginEvent.means).where(LoginEvent.outcome == "connexion")).all()
    assert lines == [LoginMeans.PASSWORD]


@pytest.fixture
def signatory(provider):
    """A signatory of whom the group asks a code, in front of a purchase to sign."""
    provider.person = {"sub": "u-3", "email": PURCHASING, "email_verified": True, "amr": ["pwd", "otp"]}
    with transaction() as session:
        session.merge(SignaturePolicy(id=1, proof=Proof.CODE))
        secret = proofs.enrol_totp(session, PURCHASING).secret.get_secret_value()
    return waiting(), pyotp.TOTP(secret)


def sign(one, ref, **fields):
    page = f"/achats/{ref}/repondre"
    return one.submit(page, page, etape="award_decision/1", reponse="approve", **fields)


def test_the_code_is_asked_to_sign_whatever_the_provider_says_unless_the_group_chose_otherwise(
    provider, signatory
):
    ref, totp = signatory
    provider.person["auth_time"] = int(time.time())
    one = browser()
    log_in(one)
    assert sign(one, ref).status_code == 400
    assert sign(one, ref, code=totp.now()).status_code == 303
    assert [row.means for row in signatures(ref)] == [Means.LOGIN_AND_CODE]


@pytest.mark.parametrize(
    ("claims", "is_enough"),
    [
        ({"age": 60}, True),
        ({"age": 60, "amr": None, "acr": "eidas2"}, True),
        ({"age": 60, "amr": "otp"}, True),
        ({"age": 60, "amr": ["pwd"]}, False),
        ({"age": 3600}, False),  # identified an hour ago, for another site perhaps
        ({}, False),  # nobody knows when
    ],
)
def test_two_factors_of_the_provider_stand_for_the_code_for_a_while(
    provider, signatory, monkeypatch, claims, is_enough
):
    setting(monkeypatch, strong="eidas2 otp", strong_minutes="30")
    ref, _ = signatory
    age = claims.pop("age", None)
    provider.person.update(claims, auth_time=int(time.time()) - age if age else None)
    one = browser()
    log_in(one)
    page = one.get(f"/achats/{ref}/repondre").text
    assert ('name="code"' in page and "required" in page.partition('name="code"')[2][:300]) is not is_enough
    assert sign(one, ref).status_code == (303 if is_enough else 400)
    assert [row.means for row in signatures(ref)] == ([Means.STRONG_LOGIN] if is_enough else [])


def test_the_access_made_by_a_first_login_is_journaled_once(provider):
    log_in()
    log_in()
    with reading() as session:
        assert session.get_one(Account, BUYER).subject == f"{provider.issuer} u-1"
        reasons = session.exec(select(JournalLine.reason).where(JournalLine.subject == BUYER)).all()
    assert len([one for one in reasons if "fournisseur" in one]) == 2


def test_the_kelvin_sign_does_not_make_another_address_hers(provider):
    provider.person = {"sub": "u-9", "email": PURCHASING.replace("k", "\u212a", 1), "email_verified": True}
    refused(log_in(), "n'ouvre aucun accès")
