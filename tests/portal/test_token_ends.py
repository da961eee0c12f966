"""The end of a token: it follows the end of the access that it was made under, and nothing brings it back."""

import pytest
from pydantic import SecretStr

from models.errors import BadInput, NotAllowed
from tasks.access import accounts
from tasks.access.tries import Place
from tests.portal_scene import BUYER, PASSWORD, bearer, give_access, guest

ANOTHER = "une autre phrase assez longue 28"


def reads(header: dict[str, str]) -> bool:
    return guest().get("/api/v1/achats", headers=header).status_code == 200


def test_a_token_does_not_come_back_when_a_disabled_person_is_invited_again(group):
    header = bearer(BUYER, "lire")
    assert reads(header)
    accounts.disable(BUYER)
    assert not reads(header)
    give_access(BUYER, ANOTHER)
    assert not reads(header)
    assert reads(bearer(BUYER, "lire"))


def test_an_access_made_anew_ends_the_tokens_with_the_password(group):
    header = bearer(BUYER, "lire")
    accounts.reset(BUYER)
    assert not reads(header)


def test_a_person_who_changes_her_own_password_ends_her_tokens(group):
    header = bearer(BUYER, "lire")
    chosen = accounts.Chosen(once=SecretStr(ANOTHER), again=SecretStr(ANOTHER))
    accounts.change_password(BUYER, SecretStr(PASSWORD), chosen, "test")
    assert not reads(header)


def test_a_disabled_access_is_reopened_by_an_invitation_and_by_nothing_else(group):
    give_access(BUYER)
    accounts.disable(BUYER)
    with pytest.raises(BadInput, match="invitez de nouveau"):
        accounts.reset(BUYER)
    with pytest.raises(NotAllowed):
        accounts.check_password(BUYER, SecretStr(PASSWORD), Place(address="test"))
