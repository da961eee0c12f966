"""Moves the clock of a rehearsal to the date that a purchase waits for (run in a process of its own)."""

import sys

if __name__ == "__main__":
    from tasks.settings import join_prefect

    join_prefect()
    from tasks.outgoing import dispatch
    from tasks.rehearsal import playing

    playing.jump(sys.argv[1])
    dispatch.reschedule()
