"""People of the demo group in front of the pages, each with a browser of her own."""

import re
from functools import lru_cache

import pyotp
from fastapi.testclient import TestClient
from pydantic import SecretStr

from models.access.accounts import Account
from models.access.proofs import CodeEnrolment
from portal.app import create_app
from tasks import clock
from tasks.access import accounts, hashing, proofs, sessions, tokens
from tasks.store import transaction

BASE = "http://testserver"
PASSWORD = "une phrase assez longue 27"
DIRECTOR = "helene.marchand@ch-rocheval.invalid"
PURCHASING = "karim.benali@ch-rocheval.invalid"
BUYER = "julie.perrin@ch-rocheval.invalid"
OTHER_BUYER = "thomas.girard@ch-rocheval.invalid"
LEGAL = "sophie.lambert@ch-rocheval.invalid"
PRESCRIBER = "nadia.cherif@ch-rocheval.invalid"
PHARMACIST = "paul.renaud@ch-rocheval.invalid"
MEMBER = "claire.fontaine@ch-saint-aubin.invalid"
OTHER_MEMBER = "david.lefort@ch-montfleury.invalid"
ADMINISTRATOR = "emma.roux@ch-rocheval.invalid"
ACCOUNTANT = "isabelle.caron@tresorerie-rocheval.invalid"
EVERYBODY = (
    DIRECTOR,
    PURCHASING,
    BUYER,
    OTHER_BUYER,
    LEGAL,
    PRESCRIBER,
    PHARMACIST,
    MEMBER,
    OTHER_MEMBER,
    ADMINISTRATOR,
    ACCOUNTANT,
)
TOKEN = re.compile(r'name="jeton" value="([^"]+)"')


class Browser(TestClient):
    """A browser that fills the token of the last page it saw, as a real one does."""

    def form_token(self, path: str) -> str:
        found = TOKEN.search(self.get(path).text)
        assert found, f"no form at {path}"
        return found.group(1)

    def submit(self, path: str, page: str | None = None, files=None, **fields: str):
        """Send a form found on a page (the same address when it is not given)."""
        return self.post(
            path,
            data={"jeton": self.form_token(page or path), **fields},
            files=files,
            follow_redirects=False,
        )


def guest(app=None, **options) -> Browser:
    """Return a browser that is not logged in."""
    return Browser(app or create_app(), raise_server_exceptions=False, **options)


def give_access(email: str, password: str = PASSWORD) -> None:
    """Let a person log in with a password."""
    token = accounts.invite(email).lien.rpartition("/")[2]
    chosen = accounts.Chosen(once=SecretStr(password), again=SecretStr(password))
    accounts.accept(token, chosen, "test")


def bearer(email: str, *scopes: str, days: int = 30) -> dict[str, str]:
    """Return the header of a call to the API by a person, with a token of those scopes."""
    give_access(email)
    return {"Authorization": f"Bearer {tokens.issue(email, 'essai', list(scopes), days).get_secret_value()}"}


def token_of(email: str, *scopes: str) -> dict[str, str]:
    """Return the header of a call to the API by a person who has no password: quicker to make."""
    with transaction() as session:
        session.merge(Account(person_email=email, created_at=clock.now()))
    return {"Authorization": f"Bearer {tokens.issue(email, 'essai', list(scopes), 30).get_secret_value()}"}


def inside(email: str, app=None) -> Browser:
    """Return the browser of a person whose session is open already: quicker than through the page."""
    with transaction() as session:
        session.merge(Account(person_email=email, created_at=clock.now()))
    browser = guest(app)
    browser.cookies.set("achats_session", sessions.open_session(email, "essai").token)
    return browser


@lru_cache
def _protected() -> str:
    return hashing.protected(PASSWORD)


def proof(email: str) -> dict[str, str]:
    """Return the fields of a fresh proof: the password and a code of a telephone enrolled for the occasion."""
    with transaction() as session:
        session.get_one(Account, email).hashed_password = _protected()
        secret = proofs.enrol_totp(session, email, is_own=True).secret.get_secret_value()
        session.get_one(CodeEnrolment, email).last_step = 0
    return {"preuve_mot_de_passe": PASSWORD, "preuve_code": pyotp.TOTP(secret).now()}


def logged_in(email: str, app=None) -> Browser:
    """Return the browser of a person who has logged in through the page."""
    give_access(email)
    browser = guest(app)
    answer = browser.submit("/connexion", courriel=email, mot_de_passe=PASSWORD)
    assert answer.status_code == 303, answer.text
    return browser
