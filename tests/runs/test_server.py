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
    """A service whose processes are those of a test, not started."""
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
    prefect, worker, pages, _ = start(service)
    stopping = Event()
    keeper = Thread(target=service.keep_up, args=(stopping.is_set,))
    keeper.start()
    deadline = time.monotonic() + 20
    while keeper.is_alive() and len(pages.deaths) <= server.MOST_DEATHS + 1 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert keeper.is_alive()
    stopping.set()
    keeper.join()
    assert len(pages.deaths) > server.MOST_DEATHS
    assert prefect.process.poll() is None
    assert worker.process.poll() is None


def test_pages_rest_longer_each_time_they_die_again(service, monkeypatch):
    hour = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: hour[0])
    starts: list[float] = []

    def begin(child: Child) -> None:
        starts.append(hour[0] - 1000)

    monkeypatch.setattr(service, "_start_child", begin)
    for _ in range(400):
        service._restart(service.children[2])
        hour[0] += 0.5
    assert starts[:6] == [0, 1.5, 4, 8.5, 17, 33.5]
    assert max(later - sooner for sooner, later in pairwise(starts)) <= 60.5


@pytest.fixture
def dying(service, monkeypatch):
    """A worker that dies as soon as it is started, while the server answers; gives the time and the worker."""
    hour = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: hour[0])
    monkeypatch.setattr(server, "is_ready", lambda *_: True)
    monkeypatch.setattr(service, "_start_child", lambda child: None)
    return hour, service.children[1]


def live(service, dying, every, seconds):
    """Let the worker die again every so many seconds, for a time."""
    hour, worker = dying
    end, died_at = hour[0] + seconds, hour[0]
    while hour[0] < end:
        if worker.rests_until or hour[0] >= died_at:
            rested = worker.rests_until
            service._restart(worker)
            if (rested and not worker.rests_until) or not rested:
                died_at = hour[0] + every
        hour[0] += 0.5


def test_a_worker_that_dies_at_once_each_time_ends_the_service_at_the_sixth_death(service, dying):
    with pytest.raises(Unavailable, match="worker"):
        live(service, dying, every=1, seconds=120)
    assert len(dying[1].deaths) == server.MOST_DEATHS + 1


def test_a_worker_killed_once_a_minute_is_started_again_for_ever(service, dying):
    live(service, dying, every=60, seconds=7200)
    assert len(dying[1].deaths) <= server.MOST_DEATHS


def test_a_worker_waits_for_a_server_that_is_starting_and_counts_no_death_meanwhile(
    service, dying, monkeypatch
):
    hour, worker = dying
    started = []
    monkeypatch.setattr(service, "_start_child", lambda child: started.append(child.name))
    monkeypatch.setattr(server, "is_ready", lambda *_: False)
    for _ in range(300):
        service._restart(worker)
        hour[0] += 0.5
    assert (len(worker.deaths), started) == (1, [])
    monkeypatch.setattr(server, "is_ready", lambda *_: True)
    service._restart(worker)
    assert started == ["worker"]


def test_a_server_that_is_alive_and_silent_for_two_minutes_is_ended(service, monkeypatch):
    prefect = start(service)[0]
    monkeypatch.setattr(server, "is_ready", lambda *_: False)
    prefect.heard_at = time.monotonic() - server.SILENT_SECONDS + 5
    service._listen_to_server()
    assert prefect.process.poll() is None
    prefect.heard_at -= 6
    service._listen_to_server()
    assert prefect.process.wait(10) == -9
