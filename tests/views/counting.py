"""Counting what is asked of the database while something is done."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from tasks.store import engine

LEDGER = "/tasks/ledger/"


class Sent:
    """The SQL statements sent, in order; those of the ledger, which prove each row in the journal, are apart."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.proving: list[str] = []


@contextmanager
def statements() -> Iterator[Sent]:
    """Give the SQL statements, filled as they are sent; the BEGIN of a transaction is not one."""
    sent = Sent()

    def note(connection, cursor, statement, parameters, context, executemany):
        if not statement.startswith(("BEGIN", "PRAGMA")):
            (sent.proving if _is_of_ledger(statement) else sent.asked).append(statement)

    event.listen(engine(), "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine(), "before_cursor_execute", note)


def _is_of_ledger(statement: str) -> bool:
    """Tell whether a statement reads or keeps the digest of rows."""
    if "journal_row" in statement:
        return True
    frame = sys._getframe()
    while frame is not None:
        if LEDGER in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False
