"""A security key in Chromium, by its virtual authenticator: enrolled in the page of the person, then proven."""

import threading
import time

import pytest
import uvicorn

from portal.app import create_app
from tests.browser_scene import CHROMIUM
from tests.portal_scene import LEGAL, PASSWORD, give_access

pytestmark = [pytest.mark.browser, pytest.mark.slow]
if CHROMIUM is None:
    pytestmark.append(pytest.mark.skip(reason="Chromium is not installed"))
PLUGGED = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def address(group):
    """The pages served in this process, at a name that a key can be bound to."""
    server = uvicorn.Server(uvicorn.Config(create_app(), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < end
        time.sleep(0.05)
    yield f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def test_a_key_is_enrolled_and_proven_by_its_touch(address):
    from playwright.sync_api import sync_playwright

    give_access(LEGAL)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(base_url=address, locale="fr-FR")
        page = context.new_page()
        devices = context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        devices.send("WebAuthn.addVirtualAuthenticator", {"options": PLUGGED})
        page.goto("/connexion")
        page.get_by_label("Adresse électronique").fill(LEGAL)
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.get_by_role("button", name="Se connecter").click()
        page.wait_for_url("**/")

        page.goto("/compte")
        page.get_by_text("Inscrire une clé").click()
        page.get_by_label("Son nom").fill("Clé bleue")
        page.locator("#preuve-inscription-mdp").fill(PASSWORD)
        page.get_by_role("button", name="Inscrire cette clé").click()
        page.get_by_text("Clé bleue · inscrite").wait_for()

        page.locator("#preuve-cle-mdp").fill(PASSWORD)
        page.locator("#preuve-cle-cle").click()
        page.get_by_text("Clé reconnue").wait_for()
        page.get_by_role("button", name="Prendre une clé").click()
        page.get_by_text("Voici la clé").wait_for()
        browser.close()
