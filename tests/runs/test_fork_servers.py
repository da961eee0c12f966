"""The fork server of a living worker is neither ended nor deprived of its folder by the cleaning of leftovers."""

import subprocess
import sys

from tasks.settings import ROOT

PROGRAM = """
import multiprocessing
from tasks.runs import leftovers

def told(queue):
    queue.put("there")

if __name__ == "__main__":
    context = multiprocessing.get_context("forkserver")
    queue = context.Queue()
    for _ in range(3):
        process = context.Process(target=told, args=(queue,))
        process.start()
        process.join()
        print(queue.get(timeout=20))
        leftovers.clean()
"""


def test_runs_start_after_each_cleaning(home, tmp_path):
    program = tmp_path / "worker.py"
    program.write_text(PROGRAM, encoding="utf-8")
    environment = {"PYTHONPATH": str(ROOT), "ACHATS_HOME": str(home), "PATH": "/usr/bin:/bin"}
    words = [sys.executable, str(program)]
    done = subprocess.run(
        words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.split() == ["there"] * 3, done.stderr
    assert "EOFError" not in done.stderr
