"""What an attacker tries at the pages: each attempt is refused, nothing is written, nothing is told."""

import re

import pytest
from sqlmodel import func, select

from models.access.accounts import LoginEvent
from models.process.procurement import Decision, Procurement
from tasks.access import sessions
from tasks.process import filing
from tasks.store import reading
from tests.portal_scene import (
    ACCOUNTANT,
    ADMINISTRATOR,
    BASE,
    BUYER,
    DIRECTOR,
    EVERYBODY,
    MEMBER,
    OTHER_MEMBER,
    PASSWORD,
    PURCHASING,
    give_access,
    guest,
    logged_in,
)
from tests.signing_scene import waiting

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}}"
NEW = {
    "famille": "perfusion",
    "cpv": "33194000",
    "montant": "150 000",
    "duree_mois": "48",
    "nature": "fournitures",
}


def decisions() -> int:
    with reading() as session:
        return session.exec(select(func.count()).select_from(Decision)).one()


@pytest.fixture
def purchase(group) -> str:
    return waiting("2026-001", "900000", "strategy")


@pytest.mark.parametrize(
    "path", ["/", "/achats", "/achats/2026-001", "/contrats", "/organisation", "/compte"]
)
def test_no_page_is_shown_to_somebody_who_is_not_logged_in(purchase, path):
    answer = guest().get(path, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/connexion")


@pytest.mark.parametrize("token", ["", "faux", None])
def test_a_write_without_the_token_of_the_form_is_refused(purchase, token):
    browser = logged_in(PURCHASING)
    data = {"etape": "strategy/1", "reponse": "abandon", "motif": "forgé"}
    if token is not None:
        data["jeton"] = token
    assert browser.post("/achats/2026-001/repondre", data=data).status_code == 403
    assert decisions() == 0


def test_the_token_of_another_session_is_refused(purchase):
    stranger = logged_in(MEMBER).form_token("/compte")
    browser = logged_in(PURCHASING)
    data = {"jeton": stranger, "etape": "strategy/1", "reponse": "abandon", "motif": "forgé"}
    assert browser.post("/achats/2026-001/repondre", data=data).status_code == 403


@pytest.mark.parametrize("header", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_write_started_by_another_site_is_refused_even_with_the_token(purchase, header):
    browser = logged_in(PURCHASING)
    data = {"jeton": browser.form_token("/compte"), "etape": "strategy/1", "reponse": "abandon", "motif": "x"}
    assert browser.post("/achats/2026-001/repondre", data=data, headers=header).status_code == 403
    assert decisions() == 0


def test_logging_in_gives_a_new_session_whatever_the_browser_held(group):
    give_access(BUYER)
    planted = sessions.open_session(BUYER, "attacker").token
    browser = guest()
    browser.cookies.set("achats_session", planted)
    token = sessions.present(planted).form_token
    browser.post("/deconnexion", data={"jeton": token})
    browser.cookies.clear()
    browser.cookies.set("achats_session", "chosen-by-somebody-else", domain="testserver.local")
    browser.submit("/connexion", courriel=BUYER, mot_de_passe=PASSWORD)
    assert sessions.present(planted) is None
    assert sessions.present(browser.cookies["achats_session"]).viewer.email == BUYER


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(group):
    give_access(BUYER)
    browser = guest(base_url="https://achats.example")
    answer = browser.submit("/connexion", courriel=BUYER, mot_de_passe=PASSWORD)
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("achats_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" in cookie


def test_a_closed_session_does_not_come_back(group):
    browser = logged_in(BUYER)
    token = browser.cookies["achats_session"]
    browser.submit("/deconnexion", "/compte")
    assert sessions.present(token) is None


def test_five_wrong_passwords_close_the_account_even_to_the_right_one(group):
    give_access(BUYER)
    browser = guest()
    for _ in range(5):
        assert browser.submit("/connexion", courriel=BUYER, mot_de_passe="faux").status_code == 403
    assert browser.submit("/connexion", courriel=BUYER, mot_de_passe=PASSWORD).status_code == 403


def test_an_unknown_address_is_answered_like_a_wrong_password(group):
    give_access(BUYER)
    browser = guest()
    known = browser.submit("/connexion", courriel=BUYER, mot_de_passe="faux")
    unknown = browser.submit("/connexion", courriel="nobody@example.org", mot_de_passe="faux")
    same = [re.sub(r'value="[^"]*"', "", one.text) for one in (known, unknown)]
    assert same[0] == same[1]
    with reading() as session:
        assert (
            len(session.exec(select(LoginEvent).where(LoginEvent.outcome == "mot de passe refusé")).all())
            == 2
        )


def test_one_address_cannot_try_every_account(group, monkeypatch):
    monkeypatch.setattr("tasks.access.tries.TRIES_PER_ADDRESS", 3)
    browser = guest()
    for rank in range(3):
        browser.submit("/connexion", courriel=f"p{rank}@example.org", mot_de_passe="faux")
    answer = browser.submit("/connexion", courriel="p9@example.org", mot_de_passe="faux")
    assert "Trop d'essais" in answer.text.replace("&#39;", "'")


@pytest.mark.parametrize(
    "suite", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_the_login_never_sends_to_another_site(group, suite):
    give_access(BUYER)
    browser = guest()
    answer = browser.submit("/connexion", courriel=BUYER, mot_de_passe=PASSWORD, suite=suite)
    assert answer.headers["location"] == "/"


def test_a_link_of_invitation_works_once(group):
    from tasks.access import accounts

    token = accounts.invite(BUYER).lien.rpartition("/")[2]
    browser = guest()
    fields = {"mot_de_passe": PASSWORD, "encore": PASSWORD}
    assert browser.submit(f"/invitation/{token}", **fields).status_code == 303
    again = guest()
    assert again.get(f"/invitation/{token}").status_code == 403


@pytest.mark.parametrize(
    "password", ["court", "julie.perrin et la suite", "aaaaaaaaaaaaaaaa", "motdepasse1234"]
)
def test_a_password_easy_to_guess_is_refused(group, password):
    from tasks.access import accounts

    token = accounts.invite(BUYER).lien.rpartition("/")[2]
    answer = guest().submit(f"/invitation/{token}", mot_de_passe=password, encore=password)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..%5c..%5cachats.sqlite"]
)
def test_no_path_leads_out_of_the_documents(purchase, path):
    browser = logged_in(DIRECTOR)
    for where in (
        f"/achats/2026-001/documents/{path}",
        f"/achats/2026-001/apercu/{path}",
        f"/statique/{path}",
    ):
        assert browser.get(where).status_code == 404


def test_a_document_is_not_served_under_another_purchase_nor_to_who_may_not_read_it(purchase):
    waiting("2026-002", "100000", "strategy")
    paper = filing.Paper(
        ref="2026-001",
        kind="rapport_analyse",
        title="Rapport d'analyse des offres",
        folder="passation",
        file_name="2026-001-rapport été.docx",
        content=b"secret des affaires",
    )
    kept = filing.keep(paper)
    team, member = logged_in(BUYER), logged_in(MEMBER)
    served = team.get(f"/achats/2026-001/documents/{kept.sha256}")
    assert served.content == b"secret des affaires"
    assert "%C3%A9t%C3%A9.docx" in served.headers["content-disposition"]
    assert team.get(f"/achats/2026-002/documents/{kept.sha256}").status_code == 404
    for other in (member, logged_in(ADMINISTRATOR), logged_in(ACCOUNTANT)):
        assert other.get(f"/achats/2026-001/documents/{kept.sha256}").status_code == 404
        assert kept.sha256 not in other.get("/achats/2026-001").text


def test_a_document_altered_on_disk_is_not_served(purchase):
    paper = filing.Paper(
        ref="2026-001", kind="rc", title="RC", folder="dce-v1", file_name="rc.docx", content=b"vrai"
    )
    kept = filing.keep(paper)
    from tasks import storage

    storage.resolve(kept.path).write_bytes(b"faux")
    assert logged_in(BUYER).get(f"/achats/2026-001/documents/{kept.sha256}").status_code == 503


@pytest.mark.parametrize("text", ["' OR 1=1 --", "%", "_", "\\", "'; DROP TABLE procurement; --", "\x00"])
def test_a_search_is_only_a_search(purchase, text):
    browser = logged_in(BUYER)
    for parameter in ("q", "famille", "etape", "acheteur", "etablissement", "tri", "page", "risque"):
        answer = browser.get("/achats", params={parameter: text})
        assert answer.status_code == 200, (parameter, text)
    assert "0 achat" in browser.get("/achats", params={"q": text.replace("\x00", "'")}).text
    with reading() as session:
        assert session.get(Procurement, "2026-001") is not None


def test_what_people_write_is_never_a_part_of_the_page(group):
    browser = logged_in(BUYER)
    created = browser.submit("/achats/nouveau", objet=HOSTILE, **NEW)
    ref = created.headers["location"].rpartition("/")[2]
    pages = [f"/achats/{ref}", "/achats", f"/achats?q={HOSTILE}", f"/contrats?q={HOSTILE}"]
    pages.append(f"/delegations?acte={HOSTILE}&montant=1&famille={HOSTILE}")
    for page in pages:
        text = browser.get(page).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
    failed = browser.submit("/achats/nouveau", objet=HOSTILE, **{**NEW, "montant": HOSTILE})
    assert failed.status_code == 400
    assert "<script>alert" not in failed.text


def test_an_answer_full_of_markup_is_shown_as_text(purchase):
    browser = logged_in(PURCHASING)
    page = "/achats/2026-001/repondre?reponse=abandon"
    answer = browser.submit(
        "/achats/2026-001/repondre", page, etape="strategy/1", reponse="abandon", motif=HOSTILE
    )
    assert answer.status_code == 303
    text = browser.get("/achats/2026-001").text
    assert "&lt;script&gt;" in text
    assert "<script>alert" not in text


def test_a_body_too_large_is_refused_before_it_is_read(purchase):
    browser = logged_in(MEMBER)
    token = browser.form_token("/compte")
    files = {"fichier": ("f.xlsx", b"x" * 7_000_000)}
    answer = browser.post("/achats/2026-001/besoins/lire", data={"jeton": token}, files=files)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "content", [b"", b"MZ\x90\x00 not a workbook", b"PK\x03\x04 broken zip", b"\xff\xfe\x00" * 50]
)
def test_a_file_that_is_no_sheet_is_refused_by_its_content(group, content):
    waiting("2026-001", "900000", "needs")
    browser = logged_in(MEMBER)
    files = {"fichier": ("besoins.xlsx", content)}
    answer = browser.submit(
        "/achats/2026-001/besoins/lire",
        "/achats/2026-001/repondre",
        files=files,
        etape="needs/1",
        reponse="approve",
    )
    assert answer.status_code == 400
    assert decisions() == 0


@pytest.mark.parametrize("email", [one for one in EVERYBODY if one != ADMINISTRATOR])
def test_only_the_administrator_manages_accesses(group, email):
    browser = logged_in(email)
    assert browser.get("/organisation").status_code == 403
    answer = browser.submit("/organisation/acces", "/compte", courriel=BUYER, action="desactiver")
    assert answer.status_code == 403


def test_an_access_ended_closes_the_open_session_at_once(group):
    browser, administrator = logged_in(BUYER), logged_in(ADMINISTRATOR)
    administrator.submit("/organisation/acces", "/organisation", courriel=BUYER, action="desactiver")
    assert browser.get("/", follow_redirects=False).status_code == 303


def test_a_member_answers_for_her_own_house_only(group):
    waiting("2026-001", "900000", "needs")
    page = logged_in(MEMBER)
    answer = page.submit(
        "/achats/2026-001/repondre",
        etape="needs/1",
        reponse="approve",
        opportunite="oui",
        observation="secret-A",
    )
    assert answer.status_code in (303, 400)
    other = logged_in(OTHER_MEMBER).get("/achats/2026-001").text
    assert "secret-A" not in other
    assert "Saint-Aubin" not in re.sub(r"attendu.*?</ul>", "", other, flags=re.DOTALL)


def test_every_answer_carries_the_headers_that_browsers_obey(group):
    for path in ("/connexion", "/statique/portal.css", "/nimporte", "/sante"):
        headers = guest().get(path).headers
        assert "'unsafe-inline'" not in headers["content-security-policy"]
        assert "script-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"


def test_no_page_holds_inline_script_style_or_outside_address(purchase):
    browser = logged_in(BUYER)
    for path in ("/", "/achats", "/achats/2026-001", "/contrats", "/delegations", "/compte"):
        text = browser.get(path).text
        assert not re.search(r"<script(?![^>]*src=)", text)
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style", text)
        assert not re.search(r'(?:src|href|action)="https?://(?!127\.0\.0\.1)', text.replace(BASE, ""))


def test_a_fault_of_the_application_shows_no_trace(purchase, monkeypatch):
    browser = logged_in(BUYER)
    monkeypatch.setattr("tasks.views.work.page_for", lambda *_: 1 / 0)
    answer = browser.get("/")
    assert answer.status_code == 500
    assert "ZeroDivision" not in answer.text
    assert "Traceback" not in answer.text
