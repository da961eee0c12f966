"""Anchors and exports of the journal: what is kept elsewhere reveals a journal cut off or rewritten as a whole."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError
from sqlmodel import Session, col, func, select

from models.errors import BadInput
from models.journal import GENESIS, JournalHead, JournalLine
from tasks import clock, storage
from tasks.ledger import line_keys

SUFFIX = ".ancre.json"
FEW = 500


class Fault(BaseModel):
    """The first line that contradicts what was kept elsewhere."""

    line: int
    reason: str


class Kept(BaseModel):
    """The number and the hash of a line, as they were on the day of the anchor."""

    seq: int = Field(alias="lignes", ge=0)
    hash: str = Field(alias="empreinte", pattern=r"^[0-9a-f]{64}$")


class Anchor(BaseModel):
    """Lines kept elsewhere, in order: the last one alone (an anchor) or every one (an export)."""

    path: Path
    kept: list[Kept]

    @property
    def name(self) -> str:
        """Return the name of its file."""
        return self.path.name

    def fault(self, session: Session) -> Fault | None:
        """Return the first kept line that the journal no longer has as it was, or None."""
        now, count = self._present(session), session.exec(select(func.count()).select_from(JournalLine)).one()
        for one in self.kept:
            if one.seq not in now:
                cut = (
                    f"fin du journal coupée : {self.name} atteste {self.kept[-1].seq} lignes, {count} restent"
                )
                return Fault(line=count + 1, reason=cut)
            if now[one.seq] != one.hash:
                changed = f"le journal a été réécrit : la ligne {one.seq} n'est plus celle de {self.name}"
                return Fault(line=one.seq, reason=changed)
        return None

    def _present(self, session: Session) -> dict[int, str]:
        query = select(JournalLine.seq, JournalLine.hash)
        if len(self.kept) <= FEW:
            query = query.where(col(JournalLine.seq).in_([one.seq for one in self.kept]))
        return {**dict(session.exec(query).all()), 0: GENESIS}


class Present(BaseModel):
    """The anchor of this moment, as it is written."""

    lignes: int
    empreinte: str
    le: datetime
    cle: str | None = None  # public key that signs the journal


def present(session: Session) -> Present:
    """Return the number and the hash of the last line."""
    head = session.get(JournalHead, 1) or JournalHead()
    return Present(lignes=head.seq, empreinte=head.hash, le=clock.now(), cle=line_keys.public_key())


def exported(session: Session, ref: str | None = None) -> Iterator[str]:
    """Yield each line of the journal (or of one purchase) as one line of JSON, with all that its hash covers."""
    query = select(JournalLine).order_by(col(JournalLine.seq)).execution_options(yield_per=2000)
    if ref is not None:
        query = query.where(JournalLine.ref == ref)
    for line in session.exec(query):
        content = line.model_dump(mode="json")
        content["at"] = line.at.isoformat(timespec="microseconds")  # the text that the hash covers
        yield json.dumps(content, ensure_ascii=False)


def read(path: Path) -> Anchor:
    """Return the lines that an anchor or an export keeps, or refuse a file that is neither."""
    try:
        rows = [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines() if row.strip()]
        kept = [_kept(row) for row in rows]
    except OSError as error:
        raise BadInput(f"--ancre : fichier {path} illisible ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"--ancre : {path} n'est ni une ancre ni un export du journal.") from error
    if not kept:
        raise BadInput(f"--ancre : {path} est vide.")
    return Anchor(path=path, kept=kept)


def read_all(folder: Path) -> list[Anchor]:
    """Return every anchor of a folder, in order of name."""
    return [read(path) for path in sorted(folder.glob(f"*{SUFFIX}"))]


def _kept(row: dict[str, object]) -> Kept:
    found = row if "lignes" in row else {"lignes": row["seq"], "empreinte": row["hash"]}
    try:
        return Kept.model_validate(found)
    except ValidationError as error:
        raise ValueError from error


def write(path: Path, lines: Iterator[str]) -> int:
    """Write lines to a new or replaced file, whole or not at all; return how many."""
    count = 0
    try:
        with storage.whole(path) as file:
            for line in lines:
                file.write(f"{line}\n".encode())
                count += 1
    except OSError as error:
        raise BadInput(f"Écriture impossible de {path} ({error.strerror}).") from error
    return count
