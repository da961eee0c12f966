"""The real service and real browsers: what the tests in Chromium share."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyotp

from tasks.settings import ROOT, running_server
from tests.portal_scene import PASSWORD

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WIDTHS = {"ordinateur": (1280, 900), "telephone": (390, 844)}
AXE = next(
    (p for p in (ROOT / "node_modules/axe-core/axe.min.js", Path(os.environ.get("AXE", "-"))) if p.exists()),
    None,
)
PATIENCE = 150


@contextmanager
def service() -> Iterator[str]:
    """Start everything as a person does; give the address of the pages."""
    words = [sys.executable, "-m", "flows", "demarrer", "--port-pages", "0"]
    said = Path(os.environ["ACHATS_HOME"]) / "demarrer.log"
    with said.open("wb") as log:
        process = subprocess.Popen(words, cwd=ROOT, env=os.environ.copy(), stdout=log)
    try:
        wait(lambda: "Prêt" in said.read_text(encoding="utf-8") or process.poll() is not None, "the service")
        assert process.poll() is None, said.read_text(encoding="utf-8")
        yield _address() or ""
    finally:
        process.terminate()
        process.wait(60)


def _address() -> str | None:
    server = running_server()
    return server.portal_url if server else None


def wait(look: Callable[[], object], what: str) -> None:
    """Wait until a look finds something."""
    end = time.monotonic() + PATIENCE
    while not look():
        assert time.monotonic() < end, f"nothing after {PATIENCE} s: {what}"
        time.sleep(0.3)


def pass_time(ref: str) -> None:
    """Move the clock to the date that the purchase waits for, and let the timer of Prefect ring."""
    subprocess.run(
        [sys.executable, "-m", "tests.moving_time", ref], cwd=ROOT, check=True, env=os.environ.copy()
    )


class Telephone:
    """A telephone that gives each code once, as the pages ask."""

    def __init__(self, secret: str) -> None:
        self.totp, self.last = pyotp.TOTP(secret), 0

    def code(self) -> str:
        step = max(self.last + 1, int(time.time()) // 30)
        while step > int(time.time()) // 30 + 1:
            time.sleep(1)
        self.last = step
        return self.totp.generate_otp(step)


class Person:
    """Someone in front of the pages, with a browser window of her own."""

    def __init__(self, browser, address: str, email: str, width: str = "ordinateur") -> None:
        size = WIDTHS[width]
        self.email, self.width = email, width
        self.context = browser.new_context(
            base_url=address,
            viewport={"width": size[0], "height": size[1]},
            is_mobile=width == "telephone",
            has_touch=width == "telephone",
            locale="fr-FR",
        )
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._hear)

    def _hear(self, said) -> None:
        if said.type == "error" and "status of 4" not in said.text:
            self.faults.append(said.text)

    def log_in(self) -> "Person":
        self.page.goto("/connexion")
        self.page.get_by_label("Adresse électronique").fill(self.email)
        self.page.get_by_label("Mot de passe").fill(PASSWORD)
        self.page.get_by_role("button", name="Se connecter").click()
        self.page.wait_for_url("**/")
        return self

    def open(self, path: str) -> "Person":
        self.page.goto(path)
        return self

    def press(self, name: str) -> "Person":
        self.page.get_by_role("button", name=name, exact=True).last.click()
        self.page.wait_for_load_state()
        return self

    def heading(self) -> str:
        return self.page.get_by_role("heading", level=1).inner_text()

    def answer(self, ref: str, label: str) -> "Person":
        """Answer from the worklist, as the message in the mailbox leads to."""
        self.open("/").page.locator(f"a[href='/achats/{ref}/repondre']").first.click()
        self.page.wait_for_load_state()
        self.press(label)
        assert self.page.url.endswith(f"/achats/{ref}"), self.page.locator("main").inner_text()[:800]
        return self

    def serious(self) -> list[str]:
        """Return the serious accessibility faults of the page, by axe-core."""
        assert AXE
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{self.page.url} {one['id']} ({one['impact']}) : {json.dumps([n['target'] for n in one['nodes']][:3])}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
        ]


class Album:
    """Pictures of the screens, kept where ACHATS_CAPTURES says."""

    def __init__(self) -> None:
        folder = os.environ.get("ACHATS_CAPTURES")
        self.folder = Path(folder) if folder else None

    def take(self, person: Person, name: str) -> None:
        """Take a picture of the page at both widths."""
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        before = person.page.viewport_size
        for width, (x, y) in WIDTHS.items():
            person.page.set_viewport_size({"width": x, "height": y})
            person.page.screenshot(path=self.folder / f"{name}-{width}.png", full_page=True)
        person.page.set_viewport_size(before)
