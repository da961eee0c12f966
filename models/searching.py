"""Finding rows by what people type: without accents or case, the words in any order, whatever the database."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import event
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Field, SQLModel, col

from models.reading.values import fold


class Searched(SQLModel):
    """Adds the folded text of a row, which the database keeps: SQLite folds no accent, PostgreSQL only by extension."""

    searched: str = Field(default="", exclude=True)


Table = TypeVar("Table", bound=type[Searched])


def searched(*columns: str) -> Callable[[Table], Table]:
    """Return what keeps the folded text of a table true to some of its columns, at every write of a row."""

    def keep(table: Table) -> Table:
        def write(_mapper: object, _connection: object, row: Searched) -> None:
            row.searched = searched_text(*(str(getattr(row, column)) for column in columns))

        for moment in ("before_insert", "before_update"):
            event.listen(table, moment, write)
        return table

    return keep


def searched_text(*texts: str) -> str:
    """Return the folded text in which words are looked for.

    >>> searched_text("Matériel d'ÉVREUX", "2026-017")
    'materiel d evreux 2026 017'
    """
    return fold(" ".join(texts))


def words(text: str) -> list[str]:
    """Return the folded words of a search; one that holds no letter and no figure finds nothing.

    >>> words("MATÉRIEL / 2026-017"), words("%"), words("  ")
    (['materiel', '2026 017'], ['%'], [])
    """
    return [folded for word in text.split() if (folded := fold(word))] or text.split()


def holds(table: type[Searched], word: str) -> ColumnElement[bool]:
    """Return the condition: the row holds the word."""
    return col(table.searched).contains(word, autoescape=True)
