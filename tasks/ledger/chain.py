"""Checking the chain of the journal: numbers, hashes, signatures, dates, and the digests that each line keeps."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Connection, String, cast, select, type_coerce
from sqlmodel import col

from models.journal import GENESIS, Fact, JournalHead, JournalLine, JournalRow, digest_of_rows
from tasks.ledger import signed_lines

AT_ONCE = 5000
LOST = "clé perdue"

KINDS = frozenset(fact.value for fact in Fact)


class Break(NamedTuple):
    """The first bad line, and why."""

    seq: int
    reason: str
    whole: int  # lines before it
    hash: str  # of the last of these


class Whole(NamedTuple):
    """A chain that holds: how many lines, the hash and the key of the last, what a reader should know besides."""

    lines: int
    hash: str
    key: str | None
    first_signed: int | None
    remarks: list[str]


class Raw(NamedTuple):
    """A line as the database holds it: no value is refused before it is compared."""

    seq: Any
    at: Any
    fact: Any
    ref: Any
    actor: Any
    subject: Any
    before: Any
    after: Any
    reason: Any
    previous_hash: Any
    hash: Any
    rows_digest: Any
    signing_key: Any
    signature: Any

    def computed(self) -> str:
        """Return the hash of the content, or nothing when it is not even text."""
        content = [self.seq, _instant(self.at), *self[2:10]]
        if self.signing_key is not None:
            content += [self.rows_digest, self.signing_key]
        try:
            return sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
        except (TypeError, ValueError):
            return ""


def _instant(at: object) -> str:
    """Return an instant as the hash covers it; SQLite keeps it in UTC, as text."""
    if isinstance(at, datetime):
        aware = at if at.tzinfo else at.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat(timespec="microseconds")
    return f"{at}".replace(" ", "T", 1) + "+00:00"


def lines(connection: Connection) -> Iterator[Raw]:
    """Yield every line in order."""
    is_text = connection.dialect.name == "sqlite"
    at = type_coerce(col(JournalLine.at), String) if is_text else col(JournalLine.at)
    fact = cast(col(JournalLine.fact), String)
    rest = [getattr(JournalLine, name) for name in Raw._fields[3:]]
    query = select(col(JournalLine.seq), at, fact, *rest).order_by(col(JournalLine.seq))
    for row in connection.execute(query.execution_options(yield_per=AT_ONCE)):
        yield Raw(*row)


def _rows_by_line(connection: Connection) -> Iterator[tuple[int, list[tuple[str, str, str]]]]:
    """Yield the digests that each line keeps, line by line."""
    query = select(
        col(JournalRow.seq), col(JournalRow.table_name), col(JournalRow.key), col(JournalRow.digest)
    ).order_by(col(JournalRow.seq))
    seq, found = None, list[tuple[str, str, str]]()
    for number, *row in connection.execute(query.execution_options(yield_per=AT_ONCE)):
        if seq is not None and number != seq:
            yield seq, found
            found = []
        seq = number
        found.append((row[0], row[1], row[2]))
    if seq is not None:
        yield seq, found


class _Reader:
    """What is known of the chain after each line."""

    def __init__(self, connection: Connection) -> None:
        self.count, self.hash, self.key = 0, GENESIS, None
        self.at, self.first_signed = "", None
        self.remarks: list[str] = []
        self._rows = _rows_by_line(connection)
        self._next = next(self._rows, None)

    key: str | None
    first_signed: int | None

    def fault(self, line: Raw) -> str:
        """Return why a line does not follow, or nothing; what it says is then known."""
        expected = self.count + 1
        if line.seq != expected:
            return f"la ligne {expected} manque (la suivante porte le numéro {line.seq})"
        if line.previous_hash != self.hash:
            return f"la ligne {line.seq} ne suit pas la ligne {self.count} : ordre ou contenu changé"
        if line.computed() != line.hash or line.fact not in KINDS:
            return f"la ligne {line.seq} a été modifiée"
        if said := self._signed(line) or self._dated(line) or self._kept(line):
            return said
        self.count, self.hash, self.at = line.seq, line.hash, _instant(line.at)
        return ""

    def _signed(self, line: Raw) -> str:
        if line.signing_key is None:
            return f"la ligne {line.seq} n'est pas signée" if self.key else ""
        if not signed_lines.is_signed(line.hash, line.signature, line.signing_key):
            return f"la signature de la ligne {line.seq} est fausse"
        if self.key is None:
            self.first_signed = line.seq
        elif line.signing_key != self.key and not self._is_announced(line):
            return f"la ligne {line.seq} est signée par une autre clé que la précédente"
        self.key = line.signing_key
        return ""

    def _is_announced(self, line: Raw) -> bool:
        """Return whether a line that changes the key is signed by the former too, or says that it was lost."""
        if line.fact != Fact.KEY or line.before != self.key or line.after != line.signing_key:
            return False
        if line.reason == LOST:
            self.remarks.append(f"la clé du journal a été remplacée sans l'ancienne à la ligne {line.seq}")
            return True
        return signed_lines.is_signed(str(line.after), line.reason, str(self.key))

    def _dated(self, line: Raw) -> str:
        if self.first_signed is None or self.first_signed == line.seq or _instant(line.at) >= self.at:
            return ""
        return f"la ligne {line.seq} est datée d'avant la ligne {self.count}"

    def _kept(self, line: Raw) -> str:
        rows: list[tuple[str, str, str]] = []
        if self._next is not None and self._next[0] == line.seq:
            rows = self._next[1]
            self._next = next(self._rows, None)
        try:
            is_same = digest_of_rows(rows) == (line.rows_digest or "")
        except TypeError:
            is_same = False
        return "" if is_same else f"les empreintes gardées par la ligne {line.seq} ont été modifiées"

    def left(self) -> str:
        """Return what is said of digests that no line keeps."""
        return "" if self._next is None else f"des empreintes sont gardées sans la ligne {self._next[0]}"


def check(connection: Connection, mine: str | None) -> Break | Whole:
    """Recompute the whole chain; name the first line altered, missing, out of order, unsigned or cut off.

    `mine` is the public key of this home, when its key is on this machine.
    """
    reader = _Reader(connection)
    for line in lines(connection):
        if said := reader.fault(line):
            return Break(reader.count + 1, said, reader.count, reader.hash)
    if said := _end(connection, reader, mine):
        return Break(reader.count + 1, said, reader.count, reader.hash)
    return Whole(reader.count, reader.hash, reader.key, reader.first_signed, reader.remarks)


def _end(connection: Connection, reader: _Reader, mine: str | None) -> str:
    row = connection.execute(select(col(JournalHead.seq), col(JournalHead.hash))).first()
    head = (row[0], row[1]) if row else (0, GENESIS)
    if head != (reader.count, reader.hash):
        return f"fin du journal coupée : {head[0]} lignes ont été écrites, {reader.count} restent"
    if said := reader.left():
        return said
    if mine is None:
        if reader.key:
            reader.remarks.append("la clé du journal n'est pas sur cette machine : elle n'a pas été comparée")
        return ""
    if reader.count and reader.key is None:
        return (
            "ce dossier a une clé du journal et aucune ligne n'est signée : les signatures ont été effacées"
        )
    if reader.key and mine != reader.key:
        return "la clé qui a signé la fin du journal n'est pas celle de ce dossier"
    return ""
