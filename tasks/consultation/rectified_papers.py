"""The documents of a rectified dossier: what is unchanged keeps its bytes, the rest is said passage by passage."""

from collections.abc import Iterator

from pydantic import BaseModel
from sqlmodel import col, select

from models.consultation.rectification import Rectification
from models.documents.consultation import head_of
from models.documents.dossier import Dossier
from models.documents.rectification import AnsweredQuestion, AnswersAnnex, ChangedPiece, ChangesList, Passage
from models.process.procurement import Document
from tasks import storage
from tasks.consultation import drafting, editions, versions
from tasks.consultation.editions import DocumentChange
from tasks.documents import consultation_set
from tasks.documents.french import PARIS
from tasks.documents.render import render
from tasks.process import filing
from tasks.store import reading

Passages = list[tuple[str, str]]
NOTHING = "néant"
ANSWERS = "reponses_questions"
DIFFERENCES = "differences"


class Version(BaseModel):
    """A rectification with its two dossiers, and the pieces that were published before it."""

    row: Rectification
    old: Dossier
    new: Dossier
    published: dict[str, Document]  # by file name

    @property
    def unnumbered(self) -> Dossier:
        """Return the new dossier under the number of the old one: what differs then is not the number."""
        return self.new.model_copy(update={"version": self.old.version, "dated_on": self.old.dated_on})


def version_of(row: Rectification) -> Version:
    """Return a rectification ready to be written."""
    with reading() as session:
        pieces = drafting.pieces_of(session, row.ref, row.previous)
    return Version(
        row=row,
        old=Dossier.model_validate(row.before),
        new=Dossier.model_validate(row.after),
        published={_name(piece): piece for piece in pieces if piece.kind != DIFFERENCES},
    )


def write(row: Rectification) -> list[DocumentChange]:
    """Write every piece of the version once and return what changed; written twice, it gives the same bytes."""
    version = version_of(row)
    changes: list[DocumentChange] = []
    shown: list[ChangedPiece] = []
    for paper, passages in [*_write_pieces(version), *_write_answers(version)]:
        change = _change(paper, version.published.get(_name(paper)))
        changes.append(change)
        if change.state != "identique":
            shown.append(_shown(paper, change.state, passages))
    written = {change.name for change in changes}
    for name, piece in version.published.items():
        if name not in written:
            changes.append(
                DocumentChange(name=name, kind=piece.kind, state="retiré", old_sha256=piece.sha256)
            )
            shown.append(_shown(piece, "retiré", []))
    _write_differences(version, shown)
    return changes


def _write_pieces(version: Version) -> Iterator[tuple[Document, Passages]]:
    """Keep the pieces of the set, each with its passages that changed; an unchanged one keeps its bytes."""
    was = {name: content for _, name, content in consultation_set.documents(version.old)}
    fresh = {name: content for _, name, content in consultation_set.documents(version.new)}
    for kind, name, content in consultation_set.documents(version.unnumbered):
        before = version.published.get(name)
        if before and was.get(name) == content:
            yield _keep(version.row, kind, name, storage.read(before.path)), []
        else:
            passages = editions.passages(_text(name, was.get(name)), _text(name, content)) if before else []
            yield _keep(version.row, kind, name, fresh[name]), passages


def _text(name: str, content: bytes | None) -> list[str]:
    return editions.text_of(name, content) if content else []


def _name(piece: Document) -> str:
    return piece.path.rpartition("/")[2]


def _keep(row: Rectification, kind: str, name: str, content: bytes) -> Document:
    return filing.keep(
        filing.Paper(
            ref=row.ref,
            kind=kind,
            title=drafting.title_of(kind),
            folder=versions.folder(row.version),
            file_name=name,
            content=content,
            version=row.version,
            recipient=name,
        )
    )


def _change(paper: Document, before: Document | None) -> DocumentChange:
    old = before.sha256 if before else None
    state = "ajouté" if before is None else "identique" if old == paper.sha256 else "modifié"
    return DocumentChange.model_validate(
        {
            "name": _name(paper),
            "kind": paper.kind,
            "state": state,
            "old_sha256": old,
            "new_sha256": paper.sha256,
        }
    )


def _shown(paper: Document, state: str, passages: Passages) -> ChangedPiece:
    rows = [Passage(before=_cells(was) or NOTHING, after=_cells(now) or NOTHING) for was, now in passages]
    return ChangedPiece(title=paper.title, name=_name(paper), state=state, passages=rows)


def _cells(text: str) -> str:
    """Return rows of a workbook as a person reads them: cells apart, empty ones left out."""
    lines = (" – ".join(cell for cell in line.split("\t") if cell.strip()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _write_answers(version: Version) -> Iterator[tuple[Document, Passages]]:
    """Keep the annex of the answers given so far; without a new answer, the annex published before."""
    row, name = version.row, f"{version.row.ref}_Reponses-aux-questions.docx"
    before = version.published.get(name)
    if row.answers:
        answers = list(_answers_until(row))
        context = AnswersAnnex(head=head_of(version.new), signatory=version.new.signatory, answers=answers)
        yield _keep(row, ANSWERS, name, render(ANSWERS, context)), []
    elif before:
        yield _keep(row, ANSWERS, name, storage.read(before.path)), []


def _answers_until(row: Rectification) -> Iterator[AnsweredQuestion]:
    query = select(Rectification).where(
        Rectification.ref == row.ref, col(Rectification.version) <= row.version
    )
    with reading() as session:
        for one in session.exec(query.order_by(col(Rectification.version))):
            yield from (AnsweredQuestion.model_validate(answer) for answer in one.answers)


def _write_differences(version: Version, pieces: list[ChangedPiece]) -> Document:
    row = version.row
    context = ChangesList(
        head=head_of(version.new),
        signatory=version.new.signatory,
        previous=row.previous,
        reason=row.reason,
        pieces=pieces,
        due_before=row.due_before.astimezone(PARIS),
        due_at=row.due_at.astimezone(PARIS),
        is_extended=row.due_at > row.due_before,
        ground=row.ground[:1].upper() + row.ground[1:],
    )
    name = f"{row.ref}_Modifications-v{row.version}.docx"
    return _keep(row, DIFFERENCES, name, render(DIFFERENCES, context))
