"""Versions of the documents of a purchase: which exist, what changed between two, line by line."""

import difflib
import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.access.sight import Viewer, sees_document
from models.consultation.rectification import Rectification
from models.errors import Unavailable
from models.organisation.group import Person
from models.process.procurement import Document, Procurement
from tasks import storage
from tasks.consultation import editions
from tasks.store import reading
from tasks.views import files

VERSION = re.compile(r"-v\d+")
WORD = re.compile(r"\w+|\W")
AROUND = 2  # unchanged lines shown before and after a change
OFFICE, PLAIN = (".docx", ".xlsx"), (".csv", ".json", ".txt", ".ics")
LONGEST_WORDS = 1000


class State(StrEnum):
    """What became of a document between two versions."""

    ADDED = "ajouté"
    REMOVED = "retiré"
    CHANGED = "modifié"
    SAME = "identique"


class Version(BaseModel):
    """One version of the dossier: when, by whom and why it was made."""

    number: int
    made_at: datetime
    person: str = ""
    reason: str = ""
    due_at: datetime | None = None


class Compared(BaseModel):
    """A document in two versions; `before` and `after` are hashes, empty where it does not exist."""

    title: str
    name: str
    state: State
    before: str = ""
    after: str = ""
    is_readable: bool = False

    @property
    def label(self) -> str:
        """What people read."""
        return files.label_of(self.title, self.name)


class Versions(BaseModel):
    """The versions of a purchase's documents, and what two of them hold."""

    ref: str
    objet: str
    versions: list[Version]
    before: int
    after: int
    documents: list[Compared]


class Piece(BaseModel):
    """A piece of a line, marked when it is what changed."""

    text: str
    is_marked: bool = False


class Row(BaseModel):
    """A line of a comparison: kept, removed or added; `skipped` counts lines left out before it."""

    kind: str  # garde, retire, ajoute
    pieces: list[Piece]
    skipped: int = 0


class Difference(BaseModel):
    """Two versions of one document compared."""

    title: str
    name: str
    before: Document
    after: Document
    rows: list[Row]
    removed: int
    added: int
    skipped: int = 0  # lines left out after the last one

    @property
    def label(self) -> str:
        """What people read."""
        return files.label_of(self.title, self.name)


def versions(viewer: Viewer, ref: str, before: int = 0, after: int = 0) -> Versions | None:
    """Return the versions that the person may read, the last two compared when none are named."""
    with reading() as session:
        procurement = session.get(Procurement, ref)
        if procurement is None:
            return None
        documents = _documents(session, viewer, procurement)
        found = _versions(session, ref, documents)
    numbers = [one.number for one in found] or [1]
    last = after if after in numbers else numbers[-1]
    earlier = [one for one in numbers if one < last]
    first = before if before in numbers else (earlier or numbers)[-1]
    return Versions(
        ref=ref,
        objet=procurement.objet,
        versions=found,
        before=first,
        after=last,
        documents=_compared(documents, first, last) if first != last else [],
    )


def _documents(session: Session, viewer: Viewer, procurement: Procurement) -> list[Document]:
    rows = session.exec(
        select(Document).where(Document.ref == procurement.ref).order_by(col(Document.id))
    ).all()
    notified = procurement.notified_on is not None
    return [row for row in rows if sees_document(viewer, row.path, row.kind, notified)]


def _versions(session: Session, ref: str, documents: Iterable[Document]) -> list[Version]:
    first_made: dict[int, datetime] = {}
    for one in documents:
        first_made.setdefault(one.version, one.created_at)
    found = {number: Version(number=number, made_at=made) for number, made in first_made.items()}
    query = (
        select(Rectification, Person)
        .join(Person, col(Person.email) == col(Rectification.person_email))
        .where(Rectification.ref == ref)
    )
    for row, someone in session.exec(query):
        if row.version in found:
            found[row.version] = Version(
                number=row.version,
                made_at=row.decided_at,
                person=someone.name,
                reason=row.reason,
                due_at=row.due_at,
            )
    return [found[number] for number in sorted(found)]


def _place(one: Document) -> tuple[str, str]:
    """Return what stays the same from one version of a document to the next: its folder and its name."""
    folder, _, name = one.path.rpartition("/")
    return VERSION.sub("", folder), VERSION.sub("", name)


def _compared(documents: list[Document], before: int, after: int) -> list[Compared]:
    """Return what became of each document; one whose folder was not made again is not « removed »."""
    old = {_place(one): one for one in documents if one.version == before}
    new = {_place(one): one for one in documents if one.version == after}
    made_again = {folder for folder, _ in new}
    places = [*new, *(place for place in old if place not in new and place[0] in made_again)]
    return [_state(old.get(place), new.get(place)) for place in places]


def _state(old: Document | None, new: Document | None) -> Compared:
    shown = new or old
    assert shown is not None
    state = State.ADDED if old is None else State.REMOVED if new is None else State.CHANGED
    if old and new and old.sha256 == new.sha256:
        state = State.SAME
    name = shown.path.rpartition("/")[2]
    return Compared(
        title=shown.title,
        name=name,
        state=state,
        before=old.sha256 if old else "",
        after=new.sha256 if new else "",
        is_readable=state is State.CHANGED and name.endswith(OFFICE + PLAIN),
    )


def difference(viewer: Viewer, ref: str, before: str, after: str) -> Difference | None:
    """Return two documents compared line by line, or None when the person may not read both as text."""
    old = files.document(viewer, ref, before)
    new = files.document(viewer, ref, after)
    if old is None or new is None or not new.path.endswith(OFFICE + PLAIN):
        return None
    was, now = _lines(old), _lines(new)
    rows, skipped = _rows(was, now)
    return Difference(
        title=new.title,
        name=new.path.rpartition("/")[2],
        before=old,
        after=new,
        rows=rows,
        removed=sum(1 for row in rows if row.kind == "retire"),
        added=sum(1 for row in rows if row.kind == "ajoute"),
        skipped=skipped,
    )


def _lines(document: Document) -> list[str]:
    """Return the text of a document, after checking that the file is still the one that was recorded."""
    content = storage.read(document.path)
    if storage.sha256(content) != document.sha256:
        raise Unavailable(
            f"Le fichier « {document.title} » n'est plus celui qui a été enregistré : prévenez l'administrateur."
        )
    if document.path.endswith(OFFICE):
        return editions.text_of(document.path, content)
    return content.decode("utf-8", "replace").splitlines()


def _rows(was: list[str], now: list[str]) -> tuple[list[Row], int]:
    """Return the lines to show and how many are left out at the end."""
    matcher = difflib.SequenceMatcher(a=was, b=now, autojunk=False)
    rows: list[Row] = []
    shown = 0  # lines of the former text that are behind us
    for group in matcher.get_grouped_opcodes(AROUND):
        start = len(rows)
        for kind, i, j, k, m in group:
            if kind == "equal":
                rows += [Row(kind="garde", pieces=[Piece(text=line)]) for line in was[i:j]]
            else:
                rows += _changed(was[i:j], now[k:m])
        rows[start].skipped = group[0][1] - shown
        shown = group[-1][2]
    return rows, len(was) - shown


def _changed(was: list[str], now: list[str]) -> list[Row]:
    """Return the lines removed, then those added; a line that became another has its own words marked."""
    removed, added = [], []
    for rank in range(max(len(was), len(now))):
        old = was[rank] if rank < len(was) else None
        new = now[rank] if rank < len(now) else None
        marked = _words(old, new) if old is not None and new is not None else None
        if old is not None:
            removed.append(Row(kind="retire", pieces=marked[0] if marked else [Piece(text=old)]))
        if new is not None:
            added.append(Row(kind="ajoute", pieces=marked[1] if marked else [Piece(text=new)]))
    return [*removed, *added]


def _words(old: str, new: str) -> tuple[list[Piece], list[Piece]] | None:
    """Return two lines cut into what stayed and what changed, None when they have little in common."""
    was, now = WORD.findall(old), WORD.findall(new)
    if len(was) + len(now) > LONGEST_WORDS:
        return None
    matcher = difflib.SequenceMatcher(a=was, b=now, autojunk=False)
    if matcher.ratio() < 0.5:
        return None
    left: list[Piece] = []
    right: list[Piece] = []
    for kind, i, j, k, m in matcher.get_opcodes():
        if j > i:
            left.append(Piece(text="".join(was[i:j]), is_marked=kind != "equal"))
        if m > k:
            right.append(Piece(text="".join(now[k:m]), is_marked=kind != "equal"))
    return left, right
