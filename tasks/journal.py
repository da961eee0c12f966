"""Writing, reading and verifying the journal: lines numbered, chained, signed, with the digest of each row made.

The digests and the signatures themselves are of `tasks.ledger`.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from models.errors import Unavailable
from models.journal import Fact, JournalHead, JournalLine, JournalRow, digest_of_rows
from tasks import clock
from tasks.ledger import chain, line_keys, rows, touched

APPLICATION = "achats"
SALT_BYTES = 16
HEAD = "last line of the journal"

Kept = list[tuple[str, str, str]]


class Entry(BaseModel):
    """What a line says, before it is numbered and chained."""

    fact: Fact
    subject: str
    ref: str | None = None
    actor: str = APPLICATION
    before: str | None = None
    after: str | None = None
    reason: str = ""


def locked_head(session: Session) -> JournalHead:
    """Return the last line written, locked: writers take turns. A transaction locks it once and keeps it."""
    held: tuple[object, JournalHead] | None = session.info.get(HEAD)
    if held and held[0] is session.get_transaction():
        return held[1]
    head = session.get(JournalHead, 1, with_for_update=True, populate_existing=True)
    if head is None:
        head = JournalHead()
        session.add(head)
    if not head.salt:
        head.salt = secrets.token_hex(SALT_BYTES)
    session.info[HEAD] = (session.get_transaction(), head)
    return head


def write(session: Session, entry: Entry, at: datetime | None = None) -> JournalLine:
    """Append a line in the caller's transaction, with the digests of the rows touched since the line before it."""
    head = locked_head(session)
    session.flush()
    return append(session, head, entry, _of_touched(session, head), at)


def append(
    session: Session,
    head: JournalHead,
    entry: Entry,
    kept: Kept,
    at: datetime | None = None,
    key: str | None = None,
) -> JournalLine:
    """Append a line that keeps given digests, signed by the key of the home (`key` when it was just replaced)."""
    if head.registry != rows.registry():
        kept = [*kept, *columns_kept()]
        head.registry = rows.registry()
    moment = at or clock.now()
    line = JournalLine(
        seq=head.seq + 1,
        at=max(moment, head.at) if head.at else moment,
        **entry.model_dump(),
        previous_hash=head.hash,
        hash="",
        signing_key=key or _key(session, head),
    )
    _keep_rows(session, line.seq, kept)
    _seal(head, line, kept)
    session.add(line)
    session.flush()
    touched.remember(session, line, kept)
    return line


def columns_kept() -> Kept:
    """Return the columns that the digests cover, as a line keeps them."""
    return [(rows.REGISTRY, name, ",".join(rows.covered(name))) for name in rows.tables()]


def amend(session: Session, line: JournalLine, kept: Kept) -> None:
    """Add to the last line of the transaction the rows touched after it."""
    head = locked_head(session)
    digests = {(table, key): digest for table, key, digest in (*kept, *_of_touched(session, head))}
    every = [(table, key, digest) for (table, key), digest in digests.items()]
    session.connection().execute(delete(JournalRow).where(JournalRow.seq == line.seq))  # type: ignore[arg-type]
    _keep_rows(session, line.seq, every)
    _seal(head, line, every)
    touched.remember(session, line, every)
    session.flush()


def _seal(head: JournalHead, line: JournalLine, kept: Kept) -> None:
    line.rows_digest = digest_of_rows(kept)
    line.hash = line.computed_hash()
    line.signature = line_keys.sign(line.hash)
    head.seq, head.hash, head.at = line.seq, line.hash, line.at


def _of_touched(session: Session, head: JournalHead) -> Kept:
    """Return the digest of every row touched since the last line of this transaction, as the database holds it now."""
    connection, found = session.connection(), list[tuple[str, str, str]]()
    for table, keys in touched.taken(session).items():
        found.extend(rows.digests(connection, head.salt, table, keys))
    return found


def _keep_rows(session: Session, seq: int, kept: Iterable[tuple[str, str, str]]) -> None:
    content = [{"table_name": table, "key": key, "seq": seq, "digest": digest} for table, key, digest in kept]
    if content:
        session.connection().execute(insert(JournalRow), content)


def _key(session: Session, head: JournalHead) -> str:
    """Return the public key that signs the next line, or refuse to go on with another than that of the last line."""
    last = session.get(JournalLine, head.seq) if head.seq else None
    if last is None or last.signing_key is None:
        return line_keys.made()
    mine = line_keys.public_key()
    if mine != last.signing_key:
        raise Unavailable(
            f"La clé du journal de ce dossier ({line_keys.key_file().name}) n'est pas celle qui a signé la dernière "
            "ligne. Remettez le fichier sauvegardé ; s'il est perdu : achats journal cle --perdue."
        )
    return mine


class Verdict(BaseModel):
    """Whether the journal is whole; otherwise the first bad line and why, in French, and everything else found."""

    valide: bool
    lignes: int
    empreinte: str
    premiere_anomalie: int | None = None
    motif: str = ""
    anomalies: list[str] = []
    signees_depuis: int | None = None  # the first signed line
    cle_publique: str | None = None  # of the last line
    remarques: list[str] = []


def read(session: Session, ref: str | None = None) -> list[JournalLine]:
    """Return the lines of one procurement, or all, in order."""
    query = select(JournalLine).order_by(col(JournalLine.seq))
    if ref:
        query = query.where(JournalLine.ref == ref)
    return list(session.exec(query))


def verify(session: Session) -> Verdict:
    """Recompute the whole chain; name the first line altered, missing, out of order, unsigned or cut off."""
    session.flush()
    found = chain.check(session.connection(), line_keys.public_key())
    if isinstance(found, chain.Break):
        return Verdict(
            valide=False,
            lignes=found.whole,
            empreinte=found.hash,
            premiere_anomalie=found.seq,
            motif=found.reason,
            anomalies=[found.reason],
        )
    return Verdict(
        valide=True,
        lignes=found.lines,
        empreinte=found.hash,
        signees_depuis=found.first_signed,
        cle_publique=found.key,
        remarques=found.remarks,
    )
