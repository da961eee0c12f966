"""Twenty identities at every address: nobody is answered more than the pages show her, nothing breaks."""

import itertools
import random

import pytest

from models.access.sight import Scope
from models.process.procurement import Procurement
from portal.app import create_app
from tasks import clock
from tasks.access import accounts, sessions, tokens
from tasks.process import filing
from tasks.store import transaction
from tests.portal_scene import (
    ACCOUNTANT,
    ADMINISTRATOR,
    BUYER,
    DIRECTOR,
    LEGAL,
    MEMBER,
    PHARMACIST,
    PRESCRIBER,
    guest,
    token_of,
)
from tests.signing_scene import waiting

REF = "2026-001"
SCOPES = [one for one in Scope if one != "profil"]  # the buyer profile's is given by the administrator alone
SECRET = "Candidat Retenu SARL"
OUTSIDE = (MEMBER, PRESCRIBER, PHARMACIST, ADMINISTRATOR, ACCOUNTANT)
TEAM = (BUYER, DIRECTOR, LEGAL)
PAGES = (
    *(
        "/",
        "/achats",
        "/achats/nouveau",
        f"/achats/{REF}",
        f"/achats/{REF}/repondre",
        f"/achats/{REF}/versions",
    ),
    *(
        f"/achats/{REF}/documents.zip",
        f"/achats/{REF}/besoins/feuille",
        "/contrats",
        "/contrats/fiche?numero=X",
    ),
    *("/risques", "/risques/fiche?cle=X", "/delegations", "/delegations/donner", "/organisation", "/compte"),
)
SENT = "depenses/imp_0123456789abcdef"
CALLS = ("a-faire", "achats", f"achats/{REF}", f"achats/{REF}/documents.zip", "webhooks", "depenses", SENT)
WRITES = (
    ("achats", {"objet": "x", "famille": "perfusion", "cpv": "33194000", "montant": "1", "duree_mois": 1}),
    (f"achats/{REF}/reponse", {"reponse": "approve", "etape": "award_decision/1", "champs": {}}),
    (
        f"achats/{REF}/offres",
        {"candidat": {"nom": "x", "siret": "73282932000074"}, "lots": [{"prix": {"X": "1"}}]},
    ),
    ("webhooks", {"url": "https://example.org", "evenements": ["ght.*"]}),
)
HOSTILE = (
    "",
    "x",
    "<script>",
    "'; --",
    "9" * 5000,
    "²",
    "\x00",
    "../../etc/passwd",
    "{{7*7}}",
    "é" * 300,
    "1.000",
)


@pytest.fixture
def purchase(group):
    """A purchase at its award, with a paper that names the candidate retained."""
    waiting(REF, "150000", "award_decision")
    paper = filing.Paper(
        ref=REF,
        kind="lettre_rejet",
        title=f"Lettre de rejet – {SECRET}",
        folder="passation",
        file_name="lettre.docx",
        content=SECRET.encode(),
    )
    return filing.keep(paper)


def browser_of(email, app):
    found = guest(app)
    if email:
        token_of(email, "lire")
        found.cookies.set("achats_session", sessions.open_session(email, "essai").token)
    return found


def test_no_page_and_no_call_tells_an_outsider_of_the_procedure_who_is_retained(purchase):
    app = create_app()
    for email in OUTSIDE:
        browser, header = browser_of(email, app), token_of(email, *SCOPES)
        answers = [browser.get(one) for one in PAGES] + [
            browser.get(f"/api/v1/{one}", headers=header) for one in CALLS
        ]
        digest = purchase.sha256
        answers += [
            browser.get(f"/achats/{REF}/documents/{digest}"),
            browser.get(f"/achats/{REF}/apercu/{digest}"),
            browser.get(f"/api/v1/achats/{REF}/documents/{digest}", headers=header),
            browser.get(f"/achats/{REF}/differences?avant={digest}&apres={digest}"),
        ]
        for one in answers:
            assert one.status_code < 500, (email, one.request.url)
            assert SECRET not in one.text, (email, one.request.url)
            assert digest not in one.text.replace(str(one.request.url), ""), (email, one.request.url)
    for email in TEAM:
        page = browser_of(email, app).get(f"/achats/{REF}").text
        call = guest(app).get(f"/api/v1/achats/{REF}", headers=token_of(email, "lire")).text
        assert (SECRET in page, SECRET in call) == (True, True), email


def strangers():
    """Give the headers of those whom nothing is answered: none, forged, altered, withdrawn, of an ended access."""
    header = token_of(BUYER, *SCOPES)
    yield {}
    yield {"Authorization": "Bearer api.0123456789abcdef.secret"}
    yield {"Authorization": header["Authorization"][:-1] + "x"}
    yield {"Authorization": header["Authorization"].replace("Bearer", "Basic")}
    yield {"Authorization": header["Authorization"].replace("api.", "key.")}
    withdrawn = token_of(LEGAL, *SCOPES)
    tokens.revoke(LEGAL, tokens.listed(LEGAL)[0].id)
    yield withdrawn
    ended = token_of(DIRECTOR, *SCOPES)
    accounts.disable(DIRECTOR)
    yield ended


def test_a_stranger_is_answered_nothing_anywhere(purchase):
    browser = guest()
    for header in list(strangers()):
        for one in CALLS:
            assert browser.get(f"/api/v1/{one}", headers=header).status_code == 401, (header, one)
        for one, body in WRITES:
            assert browser.post(f"/api/v1/{one}", headers=header, json=body).status_code == 401, (header, one)
    for one in PAGES:
        assert browser.get(one, follow_redirects=False).status_code == 303, one


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_opens_its_own_calls_alone(purchase, scope):
    opened = {
        Scope.READ: set(CALLS[:4]),
        Scope.SUBSCRIBE: {"webhooks"},
        Scope.SPEND: {"depenses", SENT},
    }.get(scope, set())
    header, browser = token_of(BUYER, scope), guest()
    for one in CALLS:
        answer = browser.get(f"/api/v1/{one}", headers=header)
        assert (answer.status_code == 403) == (one not in opened), (scope, one, answer.status_code)


@pytest.mark.parametrize("email", [MEMBER, BUYER])
def test_no_form_breaks_whatever_is_typed_in_it(purchase, email):
    chance = random.Random(email)
    browser = browser_of(email, create_app())
    token = browser.form_token("/compte")
    forms = {
        "/achats/nouveau": ("objet", "famille", "cpv", "montant", "duree_mois", "nature", "demarrage"),
        f"/achats/{REF}/repondre": ("etape", "reponse", "motif", "lots.0.numero", "lots.²", "code"),
        f"/achats/{REF}/retraits": ("nom", "courriel", "entreprise"),
        f"/achats/{REF}/interets": ("nature", "motif"),
        f"/achats/{REF}/besoins/lire": ("etape", "reponse", "colle", "quantites.X"),
        "/contrats/renouveler": ("cle", "numero"),
        "/risques/fiche": ("cle", "action", "responsable", "echeance", "motif"),
        "/delegations/donner": ("delegataire", "acte", "plafond", "du", "au", "famille", "code", "mot_de_passe"),
        "/delegations/finir": ("reference", "date", "motif", "code"),
        "/delegations/formalites": ("reference", "publiee_le", "transmise_le"),
        "/compte/jetons": ("nom", "jours", "portee"),
        "/organisation/acces": ("courriel", "action"),
    }  # fmt: skip
    for (path, names), _ in itertools.product(forms.items(), range(2)):
        typed = {name: chance.choice(HOSTILE) for name in names}
        answer = browser.post(path, data={"jeton": token, **typed}, follow_redirects=False)
        assert answer.status_code < 500, (path, typed)
    with transaction() as session:
        assert session.get_one(Procurement, REF).stage == "award_decision"
        assert clock.now()
