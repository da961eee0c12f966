"""Whose turn it is in one process: pages are made one after another, what waits or lasts is done apart.

Two threads that compute pages share one interpreter: they take turns a thousand times a second and each page costs
twice the time. One thread that makes whole pages answers twenty people sooner, each in her turn. A write waits for the
database, a login for its hash, a preview for LibreOffice: none of them may hold the pages up.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from mmap import mmap
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

from tasks.settings import settings
from tasks.store import MOST_APART

P = ParamSpec("P")
R = TypeVar("R")


class Board:
    """How many requests each process of the service has in hand: a byte for each, in memory that they share."""

    def __init__(self, descriptor: int, place: int) -> None:
        self._in_hand = mmap(descriptor, 0)
        self._place = place
        self._mine = 0

    def change(self, by: int) -> None:
        """Write that a request has come, or is answered."""
        self._mine += by
        self._in_hand[self._place] = min(self._mine, 255)

    def is_longer(self) -> bool:
        """Return whether another process has at least two fewer."""
        return self._mine > min(self._in_hand[:]) + 1


_APART: RunVar[CapacityLimiter | None] = RunVar("apart", None)
_BOARD: RunVar[Board | None] = RunVar("board", None)


def take_turns() -> None:
    """Let this process make one page at a time, and do a few things apart."""
    to_thread.current_default_thread_limiter().total_tokens = 1
    _APART.set(CapacityLimiter(MOST_APART))
    if shared := settings().pages_board:
        descriptor, place = shared.split(":")
        _BOARD.set(Board(int(descriptor), int(place)))


@contextmanager
def counted() -> Iterator[None]:
    """Count a request for as long as it takes."""
    board = _BOARD.get()
    if board:
        board.change(1)
    try:
        yield
    finally:
        if board:
            board.change(-1)


def is_crowded() -> bool:
    """Return whether more wait here than in another process: a browser let go may find that one next time."""
    board = _BOARD.get()
    return board is not None and board.is_longer()


def apart(work: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """Return the work of a route, done beside the pages: for every write, and for what takes long."""

    @wraps(work)
    async def aside(*args: P.args, **named: P.kwargs) -> R:
        return await to_thread.run_sync(partial(work, *args, **named), limiter=_APART.get())

    return aside
