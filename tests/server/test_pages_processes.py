"""Several processes serve the pages on one port: one that dies is replaced while the others answer."""

import os
import signal
from threading import Event, Thread

import httpx
import pytest

from tasks.runs.server import Ports, Service, pages_answer
from tests.server.running import wait

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture
def service(home):
    """The pages alone, without Prefect."""
    made = Service(Ports(pages=0), pages=2)
    for child in pages(made):
        made._start_child(child)
    stopping = Event()
    keeper = Thread(target=made.keep_up, args=(stopping.is_set,))
    keeper.start()
    yield made
    stopping.set()
    keeper.join()
    made.stop()
    assert all(child.process.poll() is not None for child in pages(made))


def pages(service):
    return [child for child in service.children if child.name.startswith("pages")]


def test_a_process_killed_is_replaced_and_nobody_is_refused_meanwhile(service):
    wait(lambda: pages_answer(service.server), "the pages", 60)
    first = pages(service)[0].process.pid
    os.kill(first, signal.SIGKILL)
    answers = [httpx.get(f"{service.server.portal_url}/sante", timeout=60).status_code for _ in range(20)]
    assert set(answers) == {200}
    wait(lambda: pages(service)[0].process.pid != first, "the process killed to be replaced", 30)
