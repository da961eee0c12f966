"""The real service of one home directory, started as a person starts it; every process is found by its environment."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tasks.settings import ROOT

START_SECONDS = 180
STOP_SECONDS = 40
RUN_SECONDS = 240


class Running:
    """`achats demarrer` for one home directory, on one port kept from start to start."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.port, self.starts = home, port, 0
        self.supervisor: subprocess.Popen[bytes] | None = None
        self.environment = {**os.environ, "ACHATS_HOME": str(home), "PYTHONUNBUFFERED": "1"}
        for name in ("PREFECT_API_URL", "ACHATS_DATABASE_URL", "PREFECT_LOGGING_LEVEL"):
            self.environment.pop(name, None)

    def start(self) -> None:
        """Start the service and wait until it says that it is ready."""
        words = [sys.executable, "-m", "flows", "demarrer", "--port-prefect", str(self.port)]
        words += ["--port-pages", "0", "--processus-pages", "1"]
        self.starts += 1
        said = self.home.parent / f"demarrer-{self.starts}.log"
        with said.open("w", encoding="utf-8") as log:
            supervisor = subprocess.Popen(
                words, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        self.supervisor = supervisor

        def is_up() -> bool:
            text = said.read_text(encoding="utf-8")
            assert supervisor.poll() is None, text
            return "Prêt. Ctrl-C" in text

        wait(is_up, "the service to be ready", START_SECONDS)

    def wait_for_server(self) -> None:
        """Wait until the server answers again."""

        def answers() -> bool:
            try:
                return httpx.get(f"http://127.0.0.1:{self.port}/api/ready", timeout=2).is_success
            except httpx.HTTPError:
                return False

        wait(answers, "the server to answer again", START_SECONDS)

    def achats(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command as a person would; check its exit code."""
        done = subprocess.run(
            [sys.executable, "-m", "flows", *words],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=RUN_SECONDS, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def play(self, ref: str) -> subprocess.Popen[str]:
        """Let everyone answer, and time pass, until the purchase ends (see `tests/server/player.py`)."""
        words = [sys.executable, "-m", "tests.server.player", ref]
        return subprocess.Popen(
            words, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def processes(self, *words: str) -> list[int]:
        """Return the living processes of this home whose command line holds all the words."""
        mark = f"ACHATS_HOME={self.home}".encode()
        found = []
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit() or int(folder.name) == os.getpid():
                continue
            try:
                if mark not in (folder / "environ").read_bytes().split(b"\0"):
                    continue
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if line and all(word in line for word in words):
                found.append(int(folder.name))
        return found

    def kill(self, *words: str) -> int:
        """Kill -9 the processes of this home whose command line holds all the words; return how many."""
        found = self.processes(*words)
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if self.supervisor and self.supervisor.pid in found:
            self.supervisor.wait()
        return len(found)

    def interrupt(self) -> int:
        """Press Ctrl-C in the terminal of the service; return its exit code."""
        assert self.supervisor is not None
        self.supervisor.send_signal(signal.SIGINT)
        return self.supervisor.wait(STOP_SECONDS)


def wait(look: Callable[[], object], what: str, seconds: float = 240) -> None:
    """Wait until a look finds something."""
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, f"nothing after {seconds} s: {what}"
        time.sleep(0.02)
