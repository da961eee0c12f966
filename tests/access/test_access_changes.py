"""The administrator becomes nobody: links go to the person, she hears of every change, a second person confirms."""

import pytest
from pydantic import SecretStr
from sqlmodel import col, select

from flows.__main__ import app
from flows.commands.application import run
from models.access.accounts import Invitation
from models.access.requests import AccessAction
from models.errors import AlreadyDone, NotAllowed
from models.organisation.group import Role, RoleGrant
from models.outbox import Message
from models.tendering.seals import OpeningKey
from tasks.access import accounts, proofs, service
from tasks.outgoing import access_changes, access_news
from tasks.outgoing import mail as outgoing_mail
from tasks.store import reading, transaction
from tests.conftest import forget_settings
from tests.portal_scene import (
    ADMINISTRATOR,
    BUYER,
    DIRECTOR,
    LEGAL,
    PASSWORD,
    PRESCRIBER,
    PURCHASING,
    give_access,
    inside,
    proof,
)
from tests.sealed_scene import REF, to_tendering

SUPPORT = "26990001500018"
SECOND = "thomas.girard@ch-rocheval.invalid"


def mails(to, prefix=""):
    with reading() as session:
        return session.exec(
            select(Message).where(Message.to == to, col(Message.key).startswith(prefix))
        ).all()


@pytest.fixture
def in_service(group, monkeypatch):
    monkeypatch.setenv("ACHATS_SMTP_HOST", "127.0.0.1")
    forget_settings()
    service.put_in_service("essai")
    with transaction() as session:
        session.add(RoleGrant(person_email=SECOND, role=Role.ADMINISTRATOR, establishment_siret=SUPPORT))


def link_of(mail):
    return outgoing_mail.compose(mail).get_content().partition("/invitation/")[2].split()[0]


def test_in_service_the_link_goes_to_the_person_and_is_shown_to_nobody_else(in_service):
    page = inside(ADMINISTRATOR).submit(
        "/organisation/acces", "/organisation", courriel=PRESCRIBER, action="inviter"
    )
    assert page.status_code == 200
    [mail] = mails(PRESCRIBER, "lien:")
    token = link_of(mail)
    assert accounts.invited(token).email == PRESCRIBER
    assert "/invitation/" not in page.text
    assert token not in mail.body, "the database shows the link to whoever reads it"


def test_in_a_trial_without_mail_the_link_is_shown_as_there_is_no_other_way(group):
    page = inside(ADMINISTRATOR).submit(
        "/organisation/acces", "/organisation", courriel=DIRECTOR, action="inviter"
    )
    assert "/invitation/" in page.text


def test_a_trial_with_a_mail_server_shows_no_link(group, monkeypatch):
    monkeypatch.setenv("ACHATS_SMTP_HOST", "127.0.0.1")
    forget_settings()
    done = access_changes.change(AccessAction.INVITE, PRESCRIBER, ADMINISTRATOR)
    assert (done.lien, len(mails(PRESCRIBER, "lien:"))) == (None, 1)


def test_in_service_without_a_mail_server_no_link_is_made(group):
    service.put_in_service("essai")
    with pytest.raises(NotAllowed, match="serveur d'envoi"):
        access_changes.change(AccessAction.INVITE, PRESCRIBER, ADMINISTRATOR)
    with reading() as session:
        assert session.exec(select(Invitation)).all() == []


@pytest.mark.parametrize("action", [AccessAction.INVITE, AccessAction.RESET, AccessAction.DISABLE])
@pytest.mark.parametrize("email", [DIRECTOR, PURCHASING, BUYER, LEGAL, ADMINISTRATOR])
def test_one_administrator_alone_changes_nothing_of_those_who_sign_open_or_administer(
    in_service, email, action
):
    asker = SECOND if email == ADMINISTRATOR else ADMINISTRATOR
    done = access_changes.change(action, email, asker)
    assert done.demande
    assert mails(email, "lien:") == []
    for refused in (asker, email, PRESCRIBER):
        with pytest.raises(NotAllowed):
            access_changes.settle(done.demande, refused, accepts=True)


def test_a_second_administrator_confirms_once(in_service):
    done = access_changes.change(AccessAction.INVITE, DIRECTOR, ADMINISTRATOR)
    assert mails(SECOND, "acces:demande:")
    browser = inside(SECOND)
    assert DIRECTOR in browser.get("/organisation").text
    bare = browser.submit(
        "/organisation/demandes", "/organisation", numero=str(done.demande), choix="confirmer"
    )
    assert (bare.status_code, mails(DIRECTOR, "lien:")) == (400, [])
    fields = {"numero": str(done.demande), "choix": "confirmer", **proof(SECOND)}
    assert browser.submit("/organisation/demandes", "/organisation", **fields).status_code == 200
    assert len(mails(DIRECTOR, "lien:")) == 1
    with pytest.raises(AlreadyDone):
        access_changes.settle(done.demande, SECOND, accepts=True)


def test_a_refused_request_changes_nothing(in_service):
    done = access_changes.change(AccessAction.INVITE, DIRECTOR, ADMINISTRATOR)
    access_changes.settle(done.demande, SECOND, accepts=False)
    assert mails(DIRECTOR, "lien:") == []
    assert access_changes.waiting() == []


def test_whoever_runs_the_commands_resets_nobody_once_in_service(in_service, capsys):
    give_access(PRESCRIBER)
    for words in (
        ("utilisateur", "reinitialiser", PRESCRIBER),
        ("utilisateur", "reinitialiser", PRESCRIBER, "--par", ADMINISTRATOR),
        ("utilisateur", "desactiver", PRESCRIBER, "--par", PRESCRIBER),
        ("utilisateur", "lier", DIRECTOR, "mien", "--par", ADMINISTRATOR),
    ):
        assert run(app, list(words)) == 2
    assert mails(PRESCRIBER, "lien:") == []


def test_a_person_hears_of_each_change_of_her_access_once(group):
    access_news.gather()
    give_access(LEGAL)
    with transaction() as session:
        proofs.enrol_totp(session, LEGAL)
    assert access_news.gather() == 1
    [mail] = mails(LEGAL, "acces:")
    for said in ("invitation à choisir un mot de passe", "mot de passe choisi", "codes à usage unique"):
        assert said in mail.body
    assert access_news.gather() == 0
    accounts.disable(LEGAL)
    assert access_news.gather() == 1
    assert (
        "accès désactivé" in mails(LEGAL, "acces:")[-1].body
        or "accès désactivé" in mails(LEGAL, "acces:")[0].body
    )


@pytest.fixture
def sealed(group):
    for email in (BUYER, LEGAL):
        give_access(email)
    to_tendering()


def test_what_a_reset_would_destroy_is_said_before_and_asked_again(sealed):
    browser = inside(ADMINISTRATOR)
    page = browser.submit("/organisation/acces", "/organisation", courriel=BUYER, action="reinitialiser")
    assert page.status_code == 400
    assert f"{REF} : sa part de la clé des plis" in page.text
    assert "PLIS PERDUS" in page.text
    with reading() as session:
        assert session.get(OpeningKey, BUYER) is not None
    accounts.check_password(BUYER, SecretStr(PASSWORD), accounts.Place(address="ici"))
    fields = {"courriel": BUYER, "action": "reinitialiser", "accepte": "oui"}
    assert browser.submit("/organisation/acces", "/organisation", **fields).status_code == 200
    with reading() as session:
        assert session.get(OpeningKey, BUYER) is None


def test_a_new_link_would_destroy_them_as_well(sealed):
    with pytest.raises(access_changes.WouldLose):
        access_changes.change(AccessAction.INVITE, BUYER, ADMINISTRATOR)


def test_the_command_line_says_it_too(sealed, capsys):
    words = ("utilisateur", "desactiver", BUYER)
    assert run(app, list(words)) == 2
    assert "PLIS PERDUS" in capsys.readouterr().err
    assert run(app, [*words, "--accepter-pertes"]) == 0
