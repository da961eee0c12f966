"""What a request or a command has recorded so far: said when the database or the disk fails before its end."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class _Done:
    count = 0


_DONE: ContextVar[_Done | None] = ContextVar("recorded", default=None)


@contextmanager
def counting() -> Iterator[None]:
    """Count the writes of a request, those of the threads that work for it included."""
    token = _DONE.set(_Done())
    try:
        yield
    finally:
        _DONE.reset(token)


def note() -> None:
    """Count a write that is certain."""
    if (done := _DONE.get()) is not None:
        done.count += 1


def count() -> int:
    """Return how many writes of this request are certain."""
    done = _DONE.get()
    return done.count if done else 0
