"""Pages made one after another in each process; what waits or lasts never holds them up."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from inspect import iscoroutinefunction
from threading import Event

import pytest
from fastapi.routing import APIRoute

from portal.api import deposits, webhooks
from portal.api.routes import api
from portal.app import ROUTERS
from portal.frame.turns import Board
from tests.portal_scene import BUYER, PASSWORD, give_access, guest


@pytest.fixture
def board():
    with tempfile.TemporaryFile() as shared:
        shared.truncate(2)
        yield [Board(shared.fileno(), place) for place in range(2)]


def test_a_process_lets_a_browser_go_when_another_has_two_fewer_requests(board):
    here, there = board
    for _ in range(2):
        here.change(1)
    assert (here.is_longer(), there.is_longer()) == (True, False)
    there.change(1)
    assert not here.is_longer()
    here.change(-1)
    assert (here.is_longer(), there.is_longer()) == (False, False)


def test_every_write_is_done_beside_the_pages():
    routers = [module.router for module in (*ROUTERS, webhooks, deposits)]
    routes = [one for router in (*routers, api) for one in router.routes if isinstance(one, APIRoute)]
    writes = [one for one in routes if one.methods & {"POST", "PUT", "PATCH", "DELETE"}]
    assert len(writes) > 25
    assert [one.path for one in writes if not iscoroutinefunction(one.endpoint)] == []


def test_a_login_that_lasts_does_not_hold_the_pages_up(group, monkeypatch):
    give_access(BUYER)
    reached, finish = Event(), Event()

    def slow(*_):
        reached.set()
        finish.wait(20)
        return BUYER

    monkeypatch.setattr("portal.login.accounts.check_password", slow)
    monkeypatch.setattr("portal.frame.forward.warm", lambda: None)
    with guest() as browser, ThreadPoolExecutor(1) as elsewhere:
        login = elsewhere.submit(browser.submit, "/connexion", courriel=BUYER, mot_de_passe=PASSWORD)
        assert reached.wait(20)
        assert browser.get("/connexion").status_code == 200
        assert not login.done()
        finish.set()
        assert login.result(20).status_code == 303
