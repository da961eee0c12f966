"""Counting what is asked of the database while something is done."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from tasks.store import engine


@contextmanager
def statements() -> Iterator[list[str]]:
    """Give the list of the SQL statements, filled as they are sent; the BEGIN of a transaction is not one."""
    sent: list[str] = []

    def note(connection, cursor, statement, parameters, context, executemany):
        if not statement.startswith(("BEGIN", "PRAGMA")):
            sent.append(statement)

    event.listen(engine(), "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine(), "before_cursor_execute", note)
