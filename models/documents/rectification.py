"""The contexts of the documents that follow a publication: what changed, and the answers given to all."""

from pydantic import AwareDatetime, Field

from models.documents.head import Piece
from models.documents.plain import Line, Plain, Text


class Passage(Plain):
    """A passage before and after; « néant » where nothing stood, or nothing stands any more."""

    before: Text
    after: Text


class ChangedPiece(Plain):
    """A piece of the dossier that is not the same as in the version before."""

    title: Line
    name: Line
    state: Line
    passages: list[Passage]


class ChangesList(Piece):
    """The list of the differences between two versions of a dossier."""

    previous: int = Field(ge=1)
    reason: Text
    pieces: list[ChangedPiece]
    due_before: AwareDatetime
    due_at: AwareDatetime
    is_extended: bool
    ground: Text


class AnsweredQuestion(Plain):
    """A question asked by a candidate, whose name is not told, and the answer."""

    question: Text
    answer: Text


class AnswersAnnex(Piece):
    """The answers given to every candidate (CCP art. R. 2132-6)."""

    answers: list[AnsweredQuestion] = Field(min_length=1)
