"""Fetching the public database of medicines: only what changed, tried again, bounded; yesterday's file stays."""

import httpx
import pytest
import stamina

from tasks.connectors import bdpm

URL = "https://medicaments.invalid/download/file"


@pytest.fixture(autouse=True)
def at_once():
    stamina.set_testing(True, attempts=3)
    yield
    stamina.set_testing(False)


def client(handler):
    return httpx.Client(transport=httpx.MockTransport(handler), base_url=URL)


def test_files_are_fetched_once_then_only_when_they_changed(tmp_path):
    asked = []

    def serve(request):
        asked.append(request.headers.get("If-None-Match"))
        if request.headers.get("If-None-Match") == '"v1"':
            return httpx.Response(304)
        return httpx.Response(200, content=b"61436304\t\t1", headers={"ETag": '"v1"'})

    first = bdpm.fetch(URL, tmp_path, client(serve))
    second = bdpm.fetch(URL, tmp_path, client(serve))
    assert (len(first.nouveaux), len(second.inchanges)) == (4, 4)
    assert asked == [None] * 4 + ['"v1"'] * 4
    assert (tmp_path / "CIS_CIP_Dispo_Spec.txt").read_bytes() == b"61436304\t\t1"


def test_a_busy_server_is_tried_again(tmp_path):
    answers = [503, 429, 200] * 4

    def serve(_):
        return httpx.Response(answers.pop(0), content=b"x")

    assert bdpm.fetch(URL, tmp_path, client(serve)).nouveaux == list(bdpm.FILES)
    assert answers == []


@pytest.mark.parametrize("status", [404, 302, 500])
def test_a_file_that_cannot_be_had_is_said_and_the_one_of_yesterday_stays(tmp_path, status):
    (tmp_path / "CIS_MITM.txt").write_bytes(b"hier")
    done = bdpm.fetch(URL, tmp_path, client(lambda _: httpx.Response(status)))
    assert len(done.remarques) == 4
    assert (tmp_path / "CIS_MITM.txt").read_bytes() == b"hier"


def test_a_server_that_is_away_is_said(tmp_path):
    def away(_):
        raise httpx.ConnectError("refusé")

    assert "ne répond pas" in bdpm.fetch(URL, tmp_path, client(away)).remarques[0]


def test_a_file_without_end_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(bdpm, "LARGEST", 1000)
    done = bdpm.fetch(URL, tmp_path, client(lambda _: httpx.Response(200, content=b"x" * 2000)))
    assert "abandonné" in done.remarques[0]
    assert list(tmp_path.iterdir()) == []
