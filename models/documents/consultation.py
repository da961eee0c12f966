"""The contexts of the consultation documents, drawn from a dossier."""

from decimal import Decimal
from typing import Final, Literal

from pydantic import Field

from models.documents.dossier import Dossier, Terms
from models.documents.head import Head, Piece
from models.documents.legal import PROCEDURE_LABELS
from models.documents.plain import Amount, Cpv, Line, Plain, Text
from models.documents.purchase import Criterion, Lot


class LotSummary(Plain):
    """A lot without its items."""

    number: int
    title: Line
    description: Text
    cpv: Cpv
    pricing: Literal["unitaire", "forfait"]
    estimate: Amount
    minimum: Amount | None
    maximum: Amount | None
    item_count: int


class Purchase(Terms):
    """The terms of the consultation with its lots in summary, and what follows from them."""

    lots: list[LotSummary]
    procedure_label: Line
    is_formalised: bool
    is_framework: bool
    total_months: int
    total_estimate: Amount
    total_maximum: Amount | None
    has_unit_prices: bool
    has_lump_sum: bool
    green_criteria: list[Line]


TABLE_LAYOUTS: Final = (
    (32, 68),
    (44, 56),
    (22, 46, 32),
    (24, 58, 18),
    (44, 26, 30),
    (9, 47, 22, 22),
    (11, 47, 30, 12),
    (16, 36, 16, 16, 16),
)


class Block(Plain):
    """A part of an article."""

    kind: Literal["paragraph", "bullet", "subtitle", "frame", "table"]
    text: str = ""
    rows: list[list[str]] = []
    strong: list[int] = Field(
        default=[], description="Rangs des lignes principales, la première après le titre vaut 1"
    )
    layout: str = Field(default="", description="Largeurs des colonnes, parmi TABLE_LAYOUTS")


class Article(Plain):
    """An article assembled from the clause library."""

    number: int = Field(gt=0)
    id: Line
    title: Line
    blocks: list[Block]
    legal: Line | None = None


class ConsultationPiece(Piece):
    """A piece of the consultation."""

    purchase: Purchase


class AssembledPiece(ConsultationPiece):
    """A piece made of articles: RC, CCAP, CCTP."""

    articles: list[Article] = Field(min_length=1)


class LotPiece(ConsultationPiece):
    """A piece of one lot: acte d'engagement."""

    lot: LotSummary


class Requested(Plain):
    """A document that the candidate gives."""

    name: Line
    detail: Text
    when: Literal["candidature", "offre", "attribution"]


class CandidatureList(ConsultationPiece):
    """The list of documents asked from the candidates."""

    requested: list[Requested] = Field(min_length=1)


class Question(Plain):
    """A question of the technical answer form."""

    number: Line
    criterion: Line
    name: Line
    weight: Decimal
    question: Text
    guide: Text


class AnswerForm(ConsultationPiece):
    """The technical answer form: one question per sub-criterion."""

    questions: list[Question] = Field(min_length=1)


class ConsultationLetter(ConsultationPiece):
    """The letter of consultation, below the threshold of publicity."""

    requested: list[Requested] = Field(min_length=1)


def summary(lot: Lot) -> LotSummary:
    """Return the lot without its items."""
    values = lot.model_dump(exclude={"items"})
    return LotSummary(**values, item_count=len(lot.items))


def purchase_of(dossier: Dossier) -> Purchase:
    """Return what the documents say of the purchase, from its dossier."""
    lots = [summary(lot) for lot in dossier.lots]
    maximums = [lot.maximum for lot in lots if lot.maximum is not None]
    terms = {name: getattr(dossier, name) for name in Terms.model_fields}
    return Purchase(
        **terms,
        lots=lots,
        procedure_label=PROCEDURE_LABELS[dossier.legal.procedure],
        is_formalised=dossier.legal.is_formalised,
        is_framework=dossier.form == "accord_cadre",
        total_months=dossier.duration.total_months,
        total_estimate=sum((lot.estimate for lot in lots), Decimal(0)),
        total_maximum=sum(maximums, Decimal(0)) if maximums else None,
        has_unit_prices=any(lot.pricing == "unitaire" for lot in lots),
        has_lump_sum=any(lot.pricing == "forfait" for lot in lots),
        green_criteria=[c.name for c in dossier.criteria if c.kind == "environnement"],
    )


def head_of(dossier: Dossier, lot: Lot | None = None) -> Head:
    """Return the header of a piece of the consultation."""
    buyer = dossier.buyer
    several = len(dossier.lots) > 1
    return Head(
        organisation=buyer.name,
        service=buyer.service,
        group_name=buyer.group_name,
        address=f"{buyer.address.street}, {buyer.address.postal_code} {buyer.address.city}",
        city=buyer.address.city,
        email=buyer.email,
        phone=buyer.phone,
        reference=dossier.reference,
        title=dossier.title,
        version=dossier.version,
        dated_on=dossier.dated_on,
        on_behalf_of=[member.name for member in dossier.members],
        lot=f"Lot n°\u00a0{lot.number} – {lot.title}" if lot and several else None,
        procedure=PROCEDURE_LABELS[dossier.legal.procedure],
        due_at=dossier.calendar.offers_due_at,
    )


def questions_of(criteria: list[Criterion]) -> list[Question]:
    """Return one question per sub-criterion; a criterion without parts asks one question, prices none."""
    questions = []
    judged = [criterion for criterion in criteria if criterion.kind not in ("prix", "cout")]
    for rank, criterion in enumerate(judged, start=1):
        for part_rank, part in enumerate(criterion.sub_criteria, start=1):
            questions.append(
                Question(
                    number=f"{rank}.{part_rank}",
                    criterion=criterion.name,
                    name=part.name,
                    weight=part.weight,
                    question=part.question,
                    guide=part.guide,
                )
            )
    return questions
