"""What may be corrected in a published dossier, as its file gives it, and the strategy that follows."""

from pydantic import Field

from models.errors import BadInput
from models.process.forms import Criterion, Day, Form, Quantity, Strategy, StrategyItem, Text


class ItemCorrection(Form):
    """A new label or unit for an item."""

    code: Text
    label: Text | None = Field(default=None, alias="libelle")
    unit: Text | None = Field(default=None, alias="unite")


class ItemCorrections(Form):
    """What changes in the list of items."""

    modified: list[ItemCorrection] = Field(default_factory=list, alias="modifies")
    added: list[StrategyItem] = Field(default_factory=list, alias="ajoutes")
    removed: list[Text] = Field(default_factory=list, alias="retires")


class LotLabel(Form):
    """A new title for a lot."""

    number: int = Field(alias="numero", ge=1)
    label: Text = Field(alias="libelle")


class Answered(Form):
    """A question of a candidate, never named, and its answer to all."""

    question: Text
    answer: Text = Field(alias="reponse")


class Corrections(Form):
    """The file of `achats dce rectifier`; everything is optional."""

    items: ItemCorrections = Field(default_factory=ItemCorrections, alias="articles")
    quantities: dict[str, dict[str, Quantity]] = Field(
        default_factory=dict, alias="quantites", title="Par établissement (SIRET ou FINESS), puis par article"
    )
    lots: list[LotLabel] = Field(default_factory=list)
    criteria: list[Criterion] = Field(default_factory=list, alias="criteres")
    answers: list[Answered] = Field(default_factory=list, alias="reponses")
    due_on: Day | None = Field(default=None, alias="date_limite")


def corrected(strategy: Strategy, asked: Corrections) -> Strategy:
    """Return the strategy with its items, titles of lots and criteria corrected.

    Raises `BadInput` for an item or a lot that is not in the dossier, or when a lot would be left empty.
    """
    named = {lot.number: lot.label for lot in asked.lots}
    if unknown := sorted(named.keys() - {lot.number for lot in strategy.lots}):
        raise BadInput(f"Lot inconnu : {', '.join(map(str, unknown))}.")
    lots = [lot.model_copy(update={"label": named.get(lot.number, lot.label)}) for lot in strategy.lots]
    items = _corrected_items(strategy.items, asked.items)
    bare = sorted({lot.number for lot in lots} ^ {item.lot for item in items})
    if bare:
        raise BadInput(f"Lots sans article ou articles sans lot : {', '.join(map(str, bare))}.")
    values = {"items": items, "lots": lots, "criteria": asked.criteria or strategy.criteria}
    return strategy.model_copy(update=values)


def _corrected_items(items: list[StrategyItem], asked: ItemCorrections) -> list[StrategyItem]:
    known = {item.code for item in items}
    named = [one.code for one in asked.modified] + asked.removed
    if unknown := sorted(set(named) - known):
        raise BadInput(
            f"Article inconnu : {', '.join(unknown)}. Articles du dossier : {', '.join(sorted(known))}."
        )
    codes = named + [item.code for item in asked.added]
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        raise BadInput(f"Article donné deux fois : {', '.join(twice)}.")
    if again := sorted(known & {item.code for item in asked.added}):
        raise BadInput(f"Article déjà au dossier : {', '.join(again)}.")
    changes = {one.code: one.model_dump(exclude={"code"}, exclude_none=True) for one in asked.modified}
    kept = [item.model_copy(update=changes.get(item.code, {})) for item in items]
    return [item for item in kept if item.code not in asked.removed] + asked.added
