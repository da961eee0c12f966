"""Answering on a page: what is asked is what is recorded, what is wrong is said, nothing typed is lost."""

from decimal import Decimal

import pyotp
import pytest
from sqlmodel import select

from models.access.proofs import CodeEnrolment
from models.process.procurement import Award, Need, Procurement, Tender
from tasks import clock
from tasks.process import filing
from tasks.store import reading, transaction
from tests.portal_scene import BUYER, DIRECTOR, MEMBER, PASSWORD, PURCHASING, inside, logged_in
from tests.signing_scene import signatures, waiting

REF = "2026-001"
ANSWER = f"/achats/{REF}/repondre"


def stage_of() -> str:
    with reading() as session:
        return session.get_one(Procurement, REF).stage


@pytest.mark.parametrize("key", ["sans_suite", "", "APPROVE"])
def test_an_answer_that_does_not_exist_is_refused_and_signs_nothing(group, key):
    waiting(REF, "150000", "award_decision")
    browser = inside(DIRECTOR)
    answer = browser.submit(ANSWER, etape="award_decision/1", reponse=key)
    assert answer.status_code == 400
    assert (signatures(REF), stage_of()) == ([], "award_decision")
    if key:
        assert browser.get(f"{ANSWER}?reponse={key}").status_code == 400


def test_who_signs_an_award_reads_whom_and_for_how_much(group):
    waiting(REF, "150000", "award_decision")
    with transaction() as session:
        session.add(
            Tender(
                ref=REF,
                number=1,
                supplier="Médiflux SAS",
                siret="26990001500018",
                received_at=clock.now(),
                sha256="0" * 64,
            )
        )
        session.flush()
        session.add(
            Award(
                ref=REF,
                visit=1,
                lot=1,
                tender_number=1,
                rank=1,
                amount_ht=Decimal("149000.50"),
                is_winner=True,
            )
        )
    page = inside(DIRECTOR).get(ANSWER).text.replace("\u202f", " ").replace("\xa0", " ")
    assert "Lot 1 : Lot unique" in page
    assert "Médiflux SAS" in page
    assert "149 000,50 €" in page
    assert "maximum de l&#39;accord-cadre" in page or "maximum de l'accord-cadre" in page


@pytest.mark.parametrize(
    ("weight", "said"),
    [
        ("60", "La somme des poids des critères est 60, elle doit être 100"),
        ("999", 'href="#champ-criteres-0-poids"'),
    ],
)
def test_what_is_wrong_in_a_strategy_is_listed_above_the_form(group, weight, said):
    waiting(REF, "900000", "strategy")
    criterion = {"code": "prix", "libelle": "Prix", "poids": weight, "nature": "prix"}
    content = {f"criteres.0.{name}": value for name, value in criterion.items()}
    answer = inside(PURCHASING).submit(ANSWER, etape="strategy/1", reponse="approve", **content)
    assert answer.status_code == 400
    assert "<title>Erreur – " in answer.text
    assert said in answer.text


@pytest.mark.parametrize(("said", "wanted"), [(None, 400), ("non", 303), ("oui", 400)])
def test_an_establishment_says_whether_it_takes_part(group, said, wanted):
    waiting(REF, "900000", "needs")
    fields = {"opportunite": said} if said else {}
    answer = inside(MEMBER).submit(ANSWER, etape="needs/1", reponse="approve", **fields)
    assert answer.status_code == wanted
    if said is None:
        assert "confirme l&#39;opportunité" in answer.text
        assert "checked" not in answer.text
    with reading() as session:
        assert session.exec(select(Need)).all() == []


def test_cells_that_give_nothing_stay_on_the_page(group):
    waiting(REF, "900000", "needs")
    browser = inside(MEMBER)
    pasted = "Référence\tCombien\nPERF-101\t12"
    answer = browser.submit(
        f"/achats/{REF}/besoins/lire", ANSWER, etape="needs/1", reponse="approve", colle=pasted
    )
    assert "PERF-101\t12" in answer.text
    assert 'class="encart bien"' not in answer.text


def test_a_list_that_filters_itself_leads_to_the_login_when_the_session_has_ended(group):
    browser = inside(BUYER)
    browser.cookies.clear()
    answer = browser.get("/achats?q=gants", headers={"HX-Request": "true"}, follow_redirects=False)
    assert answer.status_code == 204
    assert answer.headers["hx-redirect"] == "/connexion?suite=/achats%3Fq%3Dgants"


@pytest.mark.parametrize(
    ("referer", "back"), [("http://testserver" + ANSWER, ANSWER), ("https://evil.example/achats", "/")]
)
def test_a_form_sent_too_late_is_said_to_be_lost(group, referer, back):
    browser = inside(BUYER)
    token = browser.form_token("/compte")
    browser.cookies.clear()
    answer = browser.post(ANSWER, data={"jeton": token}, headers={"referer": referer}, follow_redirects=False)
    assert answer.headers["location"] == f"/connexion?perdu=oui&suite={back}"
    assert "rien n&#39;a été enregistré" in browser.get(answer.headers["location"]).text


def test_a_telephone_is_enrolled_once_it_has_given_a_good_code(group):
    browser = logged_in(DIRECTOR)
    shown = browser.submit("/compte/codes", "/compte", mot_de_passe=PASSWORD).text
    assert 'href="otpauth://totp/' in shown
    page = browser.get("/compte").text
    assert "vérifiez un premier code, ou recommencez" in page
    shown = browser.submit("/compte/codes", "/compte", mot_de_passe=PASSWORD).text
    secret = shown.partition("cette clé : <code>")[2].partition("<")[0]
    code = pyotp.TOTP(secret).now()
    assert "Le code est bon" in browser.submit("/compte/codes/verifier", "/compte", code=code).text
    refused = browser.submit("/compte/codes", "/compte", mot_de_passe=PASSWORD)
    assert refused.status_code == 400, "the former telephone must give a code before another is enrolled"
    with reading() as session:
        assert session.get_one(CodeEnrolment, DIRECTOR).last_step is not None


def test_who_signs_a_launch_reads_the_pieces_of_the_archive(group):
    waiting(REF, "900000", "dce_approval")
    for folder, name in (("dce-v1", "DCE.zip"), ("dce-v1", "CCAP.docx"), ("preparation", "Diagnostic.docx")):
        filing.keep(
            filing.Paper(
                ref=REF,
                kind="dce" if name.endswith(".zip") else name[:4].lower(),
                title=name,
                folder=folder,
                file_name=name,
                version=1,
                content=name.encode(),
            )
        )
    page = inside(DIRECTOR).get(ANSWER).text
    assert "DCE.zip" in page
    assert "CCAP.docx" in page
    assert "/apercu/" in page
    assert "Diagnostic.docx" not in page


def test_a_page_that_waits_is_told_only_of_what_changed(group):
    waiting(REF, "900000", "needs")
    browser, path = inside(BUYER), f"/achats/{REF}"
    place = browser.get(path).text.partition("?vu=")[2].partition('"')[0]
    htmx = {"HX-Request": "true"}
    assert browser.get(f"{path}?vu={place}", headers=htmx).status_code == 204
    worked = browser.get(f"{path}?vu=travail/review/1/0", headers=htmx)
    assert worked.headers["hx-refresh"] == "true"
    moved = browser.get(f"{path}?vu=review/1/1", headers=htmx)
    assert 'id="etat"' in moved.text
