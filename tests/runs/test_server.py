"""The supervisor: what dies again and again is started again more and more slowly, and does not end the rest."""

import time
from itertools import pairwise
from threading import Event, Thread

import pytest

from models.errors import Unavailable
from tasks.runs import server
from tasks.runs.server import Child, Ports, Service

BROKEN, SOUND = ["false"], ["sleep", "60"]


@pytest.fixture
def service(home):
    """A service whose three processes are those of a test, not started."""
    made = Service(Ports(), pages=1)
    for child in made.children:
        child.words = SOUND
    yield made
    made.stop()


def start(service):
    for child in service.children:
        service._start_child(child)
    return service.children


def test_pages_that_always_die_are_tried_again_and_leave_prefect_and_the_worker_up(service, monkeypatch):
    monkeypatch.setattr(server, "LONGEST_REST", 0)
    service.children[2].words = BROKEN
    prefect, worker, pages = start(service)
    stopping = Event()
    keeper = Thread(target=service.keep_up, args=(stopping.is_set,))
    keeper.start()
    deadline = time.monotonic() + 20
    while (
        keeper.is_alive() and pages.failures <= server.RESTARTS_IN_A_ROW + 1 and time.monotonic() < deadline
    ):
        time.sleep(0.1)
    assert keeper.is_alive()
    stopping.set()
    keeper.join()
    assert pages.failures > server.RESTARTS_IN_A_ROW
    assert prefect.process.poll() is None
    assert worker.process.poll() is None


def test_pages_rest_longer_each_time_they_die_again(service, monkeypatch):
    hour = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: hour[0])
    starts: list[float] = []

    def begin(child: Child) -> None:
        child.started_at = hour[0]
        starts.append(hour[0] - 1000)

    monkeypatch.setattr(service, "_start_child", begin)
    for _ in range(400):
        service._restart(service.children[2])
        hour[0] += 0.5
    assert starts[:6] == [0, 1.5, 4, 8.5, 17, 33.5]
    assert max(later - sooner for sooner, later in pairwise(starts)) <= 60.5


def test_a_worker_that_always_dies_ends_the_service_after_five_tries(service):
    worker = service.children[1]
    worker.words = BROKEN
    service._start_child(worker)
    for _ in range(server.RESTARTS_IN_A_ROW):
        worker.process.wait()
        service._restart(worker)
    with pytest.raises(Unavailable, match="worker"):
        service._restart(worker)
