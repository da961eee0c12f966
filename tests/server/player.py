"""`python -m tests.server.player REF`: everyone answers and time passes until the purchase ends."""

import sys
import time

from flows.commands.playing import play
from tasks.settings import join_prefect

if __name__ == "__main__":
    join_prefect()
    play(sys.argv[1], time.monotonic())
