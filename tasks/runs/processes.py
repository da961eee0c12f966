"""Which process works on a run, and whether it still lives."""

import os
import socket
from pathlib import Path

from sqlmodel import select

from models.outbox import Dispatch
from tasks.store import transaction

ENDED = ("Z", "X")


def here() -> str:
    """Return the name of this process: machine, number and start, so that a number used again is not mistaken."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def _started(pid: int) -> str:
    """Return the start of a process in clock ticks since boot (field 22 of /proc/PID/stat), empty when unknown.

    A process that has ended and whose parent did not take note (a zombie) has no start any more.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        fields = stat.rpartition(")")[2].split()
        return "" if fields[0] in ENDED else fields[19]
    except (OSError, IndexError):
        return ""


def is_dead(worked_by: str) -> bool:
    """Return whether a process of this machine has ended; a process of another machine is never known to be dead."""
    machine, pid, started = worked_by.rsplit(":", 2)
    if machine != socket.gethostname():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _started(int(pid)) != started


def note_worker(flow_run_id: str) -> None:
    """Write which process works on a run."""
    with transaction() as session:
        row = session.exec(select(Dispatch).where(Dispatch.flow_run_id == flow_run_id)).first()
        if row:
            row.worked_by = here()
