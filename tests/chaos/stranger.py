"""`python -m tests.chaos.stranger`: a second worker, as on another machine, whose clock is wrong."""

import os
import sys

from tasks.settings import join_prefect

if __name__ == "__main__":
    join_prefect()
    words = [
        "worker",
        "start",
        "--pool",
        "ght",
        "--type",
        "ght",
        "--limit",
        "1",
        "--name",
        f"autre-{os.getpid()}",
    ]
    os.execv(sys.executable, [sys.executable, "-m", "prefect", *words])
