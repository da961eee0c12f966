"""Everything a person holds ends with her access, whatever the way in which it ends; nothing left proves anything."""

from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlmodel import select

from models.access.accounts import Account, ApiToken, Invitation, LoginSession
from models.access.proofs import CodeEnrolment, PersonalKey
from models.errors import NotAllowed
from models.organisation.group import Person
from models.outgoing.subscriptions import SubscriptionState, WebhookSubscription
from models.tendering.seals import OpeningKey
from tasks import clock
from tasks.access import accounts, proofs, sealed_secrets, sessions, tokens
from tasks.access.proofs import Credentials
from tasks.delegations.departures import end_function
from tasks.store import reading, transaction
from tests.portal_scene import PASSWORD, PURCHASING, give_access
from tests.signing_scene import sign, signatures, waiting

ANOTHER = "une autre phrase assez longue 28"


@pytest.fixture
def key(group):
    """Give a person one of each thing by which she may act; return her command-line key."""
    give_access(PURCHASING)
    accounts.invite(PURCHASING)
    sessions.open_session(PURCHASING, "essai")
    tokens.issue(PURCHASING, "outil", ["lire"], 30)
    with transaction() as session:
        proofs.enrol_totp(session, PURCHASING)
        session.add(
            WebhookSubscription(
                id="wh_1", person_email=PURCHASING, url="https://outil.invalid", events=["ght.*"],
                sealed_secret=sealed_secrets.seal("whsec_x"), created_at=clock.now(),
            )
        )  # fmt: skip
        return proofs.issue_key(session, PURCHASING)


def held():
    """Return what still works of what the person held."""
    with reading() as session:
        rows = {
            "session": session.exec(select(LoginSession)).all(),
            "lien": session.exec(select(Invitation).where(Invitation.used_at == None)).all(),  # noqa: E711
            "jeton": session.exec(select(ApiToken).where(ApiToken.revoked_at == None)).all(),  # noqa: E711
            "clé": session.exec(select(PersonalKey).where(PersonalKey.revoked_at == None)).all(),  # noqa: E711
            "téléphone": session.exec(select(CodeEnrolment)).all(),
            "clé d'ouverture": session.exec(select(OpeningKey)).all(),
            "abonnement": session.exec(
                select(WebhookSubscription).where(WebhookSubscription.state == SubscriptionState.ACTIVE)
            ).all(),
        }
    return {name for name, found in rows.items() if found}


def test_each_thing_is_held_before(key):
    assert held() == {"session", "lien", "jeton", "clé", "téléphone", "clé d'ouverture", "abonnement"}


def test_a_disabled_access_leaves_nothing(key):
    done = accounts.disable(PURCHASING)
    assert held() == set()
    assert done.sessions_fermees == 1
    assert "téléphone des codes" in done.fini


def test_a_reset_leaves_nothing_but_the_new_link(key):
    accounts.reset(PURCHASING)
    assert held() == {"lien"}


def test_her_own_change_of_password_leaves_the_phone_and_the_opening_key_which_she_proved(key):
    chosen = accounts.Chosen(once=SecretStr(ANOTHER), again=SecretStr(ANOTHER))
    accounts.change_password(PURCHASING, SecretStr(PASSWORD), chosen, "essai")
    assert held() == {"téléphone", "clé d'ouverture"}


def test_a_departure_leaves_nothing_the_day_after_and_closes_the_access(key):
    end_function(PURCHASING, clock.today() - timedelta(days=1))
    assert held() == set()
    with reading() as session:
        assert session.get_one(Account, PURCHASING).disabled_at is not None


def test_a_departure_to_come_ends_by_the_watch_of_the_day_after(key):
    last = clock.today() + timedelta(days=3)
    end_function(PURCHASING, last)
    accounts.close_departed(last)
    assert "session" in held()
    accounts.close_departed(last + timedelta(days=1))
    assert held() == set()


def test_who_stays_in_the_group_keeps_her_access(key):
    end_function(PURCHASING, clock.today() - timedelta(days=1), keeps_access=True)
    assert "session" in held()


def test_a_person_no_longer_in_the_organisation_is_ended_by_the_watch(key):
    with transaction() as session:
        session.get_one(Person, PURCHASING).active_until = clock.today() - timedelta(days=1)
    accounts.close_departed(clock.today())
    assert held() == set()


def ended_by_hand(way):
    """End an access in the database alone, as an older version did: what was held is still there."""
    with transaction() as session:
        yesterday = clock.today() - timedelta(days=1)
        if way == "left":
            session.get_one(Person, PURCHASING).active_until = yesterday
        elif way == "departed":
            session.get_one(Account, PURCHASING).ends_after = yesterday
        else:
            session.get_one(Account, PURCHASING).disabled_at = clock.now()


@pytest.mark.parametrize("way", ["left", "departed", "disabled"])
@pytest.mark.parametrize("given", ["key", "declared", "logged in"])
def test_what_somebody_ended_still_holds_proves_nothing(key, way, given):
    ended_by_hand(way)
    credentials = {
        "key": Credentials(key=key),
        "declared": Credentials(),
        "logged in": Credentials(has_logged_in=True),
    }[given]
    with pytest.raises(NotAllowed):
        proofs.prove(PURCHASING, credentials)


@pytest.mark.parametrize("way", ["departed", "disabled"])
def test_the_key_of_somebody_ended_records_no_answer(key, way):
    ref = waiting()
    ended_by_hand(way)
    with pytest.raises(NotAllowed, match="accès de Karim Benali est fermé"):
        sign(ref, PURCHASING, credentials=Credentials(key=key))
    assert signatures(ref) == []


def test_an_access_opened_again_brings_nothing_back(key):
    ended_by_hand("disabled")
    accounts.invite(PURCHASING)
    assert held() == {"lien"}
