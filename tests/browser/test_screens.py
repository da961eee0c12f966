"""Every screen of the pages in one Chromium: no serious accessibility fault, nothing wider than a phone."""

import os

import pytest

from tasks import clock
from tests.browser_scene import AXE, CHROMIUM, Album, Person
from tests.conftest import DATABASE, JOURNAL_KEY, _settle, forget_settings
from tests.portal_scene import ADMINISTRATOR, BUYER, DIRECTOR, LEGAL, MEMBER, PASSWORD, PURCHASING
from tests.screens_scene import cookie_of, differences, furnish, invitation, pages

pytestmark = [pytest.mark.browser, pytest.mark.slow]
if CHROMIUM is None:
    pytestmark.append(pytest.mark.skip(reason="Chromium is not installed"))
elif AXE is None:
    pytestmark.append(pytest.mark.skip(reason="axe-core is not installed"))

REF = "{ref}"
SCREENS = {
    "connexion": (None, "/connexion"),
    "invitation": (None, "{invitation}"),
    "a-faire": (PURCHASING, "/"),
    "achats": (BUYER, "/achats"),
    "achat": (BUYER, "/achats/{ref}"),
    "versions": (BUYER, "/achats/{ref}/versions"),
    "differences": (BUYER, "{differences}"),
    "achat-membre": (MEMBER, "/achats/{ref}"),
    "achat-nouveau": (BUYER, "/achats/nouveau"),
    "strategie": (PURCHASING, "/achats/2026-100/repondre"),
    "besoins": (MEMBER, "/achats/2026-101/repondre"),
    "attribution": (DIRECTOR, "/achats/2026-102/repondre"),
    "sans-suite": (DIRECTOR, "/achats/2026-102/repondre?reponse=refuse"),
    "signature": (DIRECTOR, "/achats/2026-103/repondre"),
    "ouverture": (BUYER, "/achats/2026-105/repondre"),
    "analyse": (BUYER, "/achats/2026-106/repondre"),
    "contrats": (BUYER, "/contrats?etat=tous"),
    "contrats-mois": (BUYER, "/contrats?etat=tous&mois=2027-01"),
    "contrat": (BUYER, "/contrats/fiche?cle=2022-PERF"),
    "avenant": (
        BUYER,
        "/contrats/fiche?cle=2023-LIN&initial=1340000&montant=90000&precedent=0&fondement=faible_montant",
    ),
    "risques": (BUYER, "/risques"),
    "risque": (BUYER, "/risques/fiche?cle=consommation:2024-ALI/1"),
    "delegations": (BUYER, "/delegations?acte=attribution&montant=90000&famille=perfusion"),
    "delegation": (DIRECTOR, "/delegations/fiche?ref=DS-2018-01"),
    "delegation-donner": (DIRECTOR, "/delegations/donner"),
    "delegation-changer": (DIRECTOR, "/delegations/donner?remplace=DS-2018-01"),
    "organisation": (ADMINISTRATOR, "/organisation"),
    "compte": (DIRECTOR, "/compte"),
}
PRESSED = {
    # screens that a form leads to: who, where, what is filled, the button
    "compte-telephone": (DIRECTOR, "/compte", {"#mdp-codes": PASSWORD}, "Inscrire mon téléphone"),
    "delegation-effets": (
        DIRECTOR,
        "/delegations/fiche?ref=DS-2018-01",
        {"#fin-motif": "Fin de mission"},
        "Voir les effets d'un retrait",
    ),
    "organisation-lien": (ADMINISTRATOR, "/organisation", {}, "Inviter Dr Claire Vasseur"),
    "besoins-colles": (
        MEMBER,
        "/achats/2026-101/repondre",
        {"#colle": "Code\tQuantité annuelle\nPERF-999\t4"},
        "Lire les quantités",
    ),
    "strategie-fautes": (
        PURCHASING,
        "/achats/2026-100/repondre",
        {"#champ-criteres-0-poids": "999"},
        "Retenir la stratégie",
    ),
    "achat-nouveau-fautes": (
        BUYER,
        "/achats/nouveau",
        {
            "#c-objet": "Gants",
            "#c-famille": "perfusion",
            "#c-cpv": "12",
            "#c-montant": "abc",
            "#c-duree_mois": "0",
        },
        "Ouvrir l'achat",
    ),
    "delegation-donner-fautes": (
        DIRECTOR,
        "/delegations/donner",
        {"#c-delegataire": BUYER, "#c-fonction": "Acheteuse", "#c-plafond": "abc"},
        "Voir les effets",
    ),
    "risque-fautes": (
        BUYER,
        "/risques/fiche?cle=consommation:2024-ALI/1",
        {"#agir-texte": "Préparer la suite", "#agir-date": "2020-01-01"},
        "Ajouter l'action",
    ),
    "retrait-fautes": (
        BUYER,
        "/achats/{ref}",
        {"#retrait-nom": "Anna Weber", "#retrait-courriel": "a@b"},
        "Inscrire",
    ),
    "analyse-fautes": (
        BUYER,
        "/achats/2026-106/repondre",
        {"#n-0-1": "beaucoup"},
        "Remettre l'analyse",
    ),
}
WIDE = {"width": 1280, "height": 900}
WIDTHS = (320, 390, 853, 1024)  # a wide screen enlarged four times, a telephone, a tablet, a small laptop
UNDER_ASIDE = """() => {
  const aside = document.querySelector(".colonnes > .cote")?.getBoundingClientRect();
  if (!aside) return [];
  return [...document.querySelectorAll(".principale td, .principale th")].filter((cell) => {
    const box = cell.getBoundingClientRect();
    return box.width > 1 && !cell.closest(".defile")
      && box.right > aside.left + 1 && box.left < aside.right && box.bottom > aside.top && box.top < aside.bottom;
  }).map((cell) => cell.innerText);
}"""


@pytest.fixture(scope="module")
def scene(loaded_group, tmp_path_factory):
    """The pages of a furnished group and one browser, for every screen."""
    import shutil

    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch:
        home = _settle(patch, tmp_path_factory.mktemp("screens") / "home")
        home.mkdir()
        patch.setattr("portal.frame.forward.start_next", lambda ref: None)  # no worker here
        for name in (DATABASE, JOURNAL_KEY):
            shutil.copy(loaded_group.with_name(name), home / name)
        ref = furnish(clock.today())
        names = {"ref": ref, "invitation": invitation(LEGAL), "differences": differences(ref)}
        with pages() as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox"], env=os.environ | {"LANGUAGE": "fr"}
            )
            people = {}

            def person(email):
                if email not in people:
                    people[email] = Person(browser, address, email or "")
                    if email:
                        people[email].context.add_cookies([cookie_of(email, address)])
                return people[email]

            yield person, names
            browser.close()
        forget_settings()


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_is_open_to_all_and_holds_on_a_telephone(scene, name):
    person, names = scene
    email, path = SCREENS[name]
    someone = person(email)
    answer = someone.page.goto(path.format(**names))
    assert answer.ok, someone.page.locator("main").inner_text()
    look(someone, name)


@pytest.mark.parametrize("name", PRESSED)
def test_a_screen_that_a_form_leads_to_is_open_to_all(scene, name):
    person, names = scene
    email, path, filled, button = PRESSED[name]
    someone = person(email)
    someone.page.goto(path.format(**names))
    someone.page.locator("main details").evaluate_all("all => all.forEach(one => { one.open = true })")
    for field, text in filled.items():
        place = someone.page.locator(field)
        if place.evaluate("one => one.tagName") == "SELECT":
            place.select_option(text)
        else:
            place.fill(text)
    someone.page.get_by_role("button", name=button).first.click()
    someone.page.wait_for_load_state()
    look(someone, name)


def look(someone, name):
    """Check one screen, at both widths; take its picture where asked."""
    Album().take(someone, name)
    assert someone.serious() == []
    for width in WIDTHS:
        someone.page.set_viewport_size({"width": width, "height": 844})
        assert someone.page.evaluate("document.documentElement.scrollWidth") <= width, (
            f"{name} at {width} pixels"
        )
        assert someone.page.evaluate(UNDER_ASIDE) == [], f"{name} at {width} pixels: hidden under the aside"
    someone.page.set_viewport_size(WIDE)
    assert someone.faults == []


def focused(page, attribute):
    return page.evaluate(f"document.activeElement && document.activeElement.getAttribute('{attribute}')")


def tab_to(page, attribute, value):
    """Press the tabulation key until the focus is on an element; it must be visible there."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if focused(page, attribute) == value:
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"the focus does not show on {value}"
            return
    raise AssertionError(f"{value} is out of reach of the keyboard on {page.url}")


def test_a_director_signs_by_the_keyboard_alone(scene):
    """From the login page to the signature: not one click."""
    person, _ = scene
    page = person(None).page
    page.goto("/connexion")
    tab_to(page, "name", "courriel")
    page.keyboard.type(DIRECTOR)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    page.keyboard.press("Tab")
    assert focused(page, "href") == "#contenu", "the first stop skips the menu"
    page.keyboard.press("Enter")
    tab_to(page, "href", "/achats/2026-104/repondre")
    page.keyboard.press("Enter")
    page.wait_for_url("**/2026-104/repondre")
    tab_to(page, "name", "observation")
    page.keyboard.type("Vu.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/achats/2026-104")
    assert "Attribuer" in page.locator(".decisions").first.inner_text()
