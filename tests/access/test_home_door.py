"""The home directory belongs to its account alone: mended or refused when it is opened, and said in one line."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models.errors import BadInput
from tasks.home import keep_secret, make_prefect_access, open_home
from tasks.settings import ROOT


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_home_open_to_others_is_closed_and_it_is_said_once(tmp_path, capsys):
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o755)
    assert open_home(home) == home
    assert mode(home) == 0o700
    said = capsys.readouterr().err
    assert f"{home} était ouvert à d'autres comptes (droits 0755) ; il ne l'est plus (0700)." in said
    open_home(home)
    assert capsys.readouterr().err == ""


def test_what_is_made_afterwards_is_for_its_owner_alone(tmp_path):
    home = open_home(tmp_path / "new" / "home")
    (home / "documents").mkdir()
    (home / "documents" / "x.docx").write_bytes(b"x")
    assert [mode(path) for path in (home, home / "documents", home / "documents" / "x.docx")] == [
        0o700, 0o700, 0o600,
    ]  # fmt: skip


def test_a_home_that_belongs_to_another_and_is_open_is_refused(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o770)

    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    with pytest.raises(BadInput, match=r"ouvert à d'autres comptes \(droits 0770\).*chmod 700"):
        open_home(home)


@pytest.mark.slow
def test_a_command_that_opens_the_home_closes_it(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-m", "flows", "journal", "verifier"], cwd=ROOT, check=False, capture_output=True, text=True,
        env={**os.environ, "ACHATS_HOME": str(home)},
    )  # fmt: skip
    assert "était ouvert à d'autres comptes (droits 0755)" in done.stderr
    assert mode(home) == 0o700
    assert mode(home / "achats.sqlite") == 0o600


def test_a_secret_is_made_once_by_whoever_comes_first(tmp_path):
    path = tmp_path / "secret"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda number: keep_secret(path, str(number).encode()), range(40)))
    assert len(found) == 1
    assert found == {path.read_bytes()}
    assert mode(path) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_the_access_to_prefect_is_kept_and_changes_when_it_is_renewed(tmp_path):
    path = tmp_path / "acces-prefect"
    first = make_prefect_access(path)
    assert make_prefect_access(path) == first
    second = make_prefect_access(path, replace=True)
    assert second != first
    assert make_prefect_access(path) == second
    assert len(second.removeprefix("achats:")) == 43  # 32 bytes in base 64


def test_the_access_goes_to_the_server_of_this_home_alone(home, monkeypatch):
    from tasks.settings import Server, prefect_environment, server_file

    access = make_prefect_access(home / "acces-prefect")
    assert prefect_environment()["PREFECT_API_AUTH_STRING"] == access
    monkeypatch.setenv("PREFECT_API_URL", "https://ailleurs.example/api")
    assert "PREFECT_API_AUTH_STRING" not in prefect_environment()
    own = Server(api_url="http://127.0.0.1:4200/api", ui_url="http://127.0.0.1:4200", pid=1)
    server_file().write_text(own.model_dump_json(), encoding="utf-8")
    monkeypatch.setenv("PREFECT_API_URL", own.api_url)
    assert prefect_environment()["PREFECT_API_AUTH_STRING"] == access
