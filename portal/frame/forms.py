"""Forms of the pages, made from the typed forms of the gates: what is drawn, what is read back, what is wrong.

The names of the fields are those of the command line (`criteres.0.libelle`, `quantites.PERF-101`), so both doors
give the same content to the same model.
"""

import re
import types
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from models.errors import Refused
from models.law.wording import grouped
from models.process.forms import Form
from models.reading.form_faults import beside, fault_of
from portal.frame.pages import said

LONG_TEXT = 200
BLANK_ROWS = 1
MOST_ROWS = 400
DEEPEST = 4
INCOMPLETE = "Rien n'est enregistré : corrigez ce qui est signalé."
PLAIN_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")  # as JSON writes it


class Choice(BaseModel):
    """One possible value of a list."""

    value: str
    label: str


class FieldView(BaseModel):
    """One field as the page draws it."""

    name: str
    label: str
    kind: str  # text, long, number, yes, choice, lines, table, map
    value: str = ""
    checked: bool = False
    required: bool = False
    fault: str = ""
    choices: list[Choice] = []
    columns: list["FieldView"] = []  # of a table, without values
    rows: list[list["FieldView"]] = []
    optional_help: str = ""

    @property
    def id(self) -> str:
        """Return the identifier of the input in the page."""
        return "champ-" + self.name.replace(".", "-")


def fields_of(
    form: type[BaseModel], values: dict[str, object], faults: dict[str, str], prefix: str = ""
) -> list[FieldView]:
    """Return the fields of a form, filled with values and marked with faults (by dotted French name)."""
    return [
        _field(info, prefix + (info.alias or name), values.get(info.alias or name), faults)
        for name, info in form.model_fields.items()
    ]


def _bare(annotation: object) -> object:
    """Return a type without `Annotated` and without `| None`."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        inner = [one for one in get_args(annotation) if one is not type(None)]
        return _bare(inner[0]) if len(inner) == 1 else annotation
    return annotation


def _field(info: FieldInfo, name: str, value: object, faults: dict[str, str]) -> FieldView:
    kind = _bare(info.annotation)
    view = FieldView(
        name=name,
        label=info.title or name,
        kind="text",
        required=info.is_required(),
        fault=faults.get(name, ""),
    )
    if get_origin(kind) is list:
        return _list_field(view, _bare(get_args(kind)[0]), value, faults)
    if get_origin(kind) is dict:
        return _map_field(view, value, faults)
    return _simple_field(view, kind, info, value)


def _simple_field(view: FieldView, kind: object, info: FieldInfo, value: object) -> FieldView:
    default = info.get_default(call_default_factory=False)
    shown = default if value is None and not info.is_required() else value
    if kind is bool:
        view.kind, view.checked = "yes", shown in (True, "oui", "on", "true")
        return view
    if isinstance(kind, type) and issubclass(kind, Enum):
        view.kind = "choice"
        view.choices = [Choice(value=str(one.value), label=str(one.value)) for one in kind]
    elif words := _words(info):
        view.kind = "choice"
        view.choices = [Choice(value=word, label=LABELS.get(word, word.capitalize())) for word in words]
    elif kind in (int, Decimal):
        view.kind = "number"
    elif kind is date:
        view.kind = "date"
    elif _longest(info) > LONG_TEXT and view.name.count(".") == 0:
        view.kind = "long"
    view.value = _text(shown)
    if kind is Decimal and PLAIN_NUMBER.fullmatch(view.value):
        view.value = _figures(view.value)
    return view


def _figures(plain: str) -> str:
    """Return a number as JSON writes it in French figures, which `models.reading.values` takes back.

    >>> [_figures(one).replace("\u202f", " ") for one in ("-45000.00", "1200", "12.5")]
    ['-45 000,00', '1 200', '12,5']
    """
    return grouped(f"{Decimal(plain):,f}")


LABELS = {
    "prix": "Prix",
    "cout": "Coût",
    "technique": "Technique",
    "environnement": "Environnement",
    "social": "Social",
    "delai": "Délai",
}


def _words(info: FieldInfo) -> list[str]:
    """Return the words of a pattern such as `^(prix|cout)$`, or nothing."""
    for rule in info.metadata:
        pattern = getattr(rule, "pattern", None)
        if isinstance(pattern, str) and pattern.startswith("^(") and pattern.endswith(")$"):
            return pattern[2:-2].split("|")
    return []


def _longest(info: FieldInfo) -> int:
    return max((getattr(rule, "max_length", 0) or 0 for rule in info.metadata), default=0)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Enum):
        return str(value.value)
    return _figures(str(value)) if isinstance(value, Decimal) else str(value)


def _list_field(view: FieldView, inner: object, value: object, faults: dict[str, str]) -> FieldView:
    rows = value if isinstance(value, list) else []
    if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
        view.kind, view.value = "lines", "\n".join(_text(one) for one in rows)
        return view
    view.kind = "table"
    view.columns = fields_of(inner, {}, {}, f"{view.name}.0.")
    filled: Iterable[object] = [*rows, *({} for _ in range(BLANK_ROWS))]
    view.rows = [
        fields_of(inner, row if isinstance(row, dict) else {}, faults, f"{view.name}.{rank}.")
        for rank, row in enumerate(filled)
    ]
    for row in view.rows[len(rows) :]:
        for cell in row:
            cell.value = ""  # a default would make a blank row look begun
    return view


def _map_field(view: FieldView, value: object, faults: dict[str, str]) -> FieldView:
    view.kind = "map"
    pairs = value if isinstance(value, dict) else {}
    view.rows = [
        [
            FieldView(
                name=f"{view.name}.{key}",
                label=str(key),
                kind="number",
                value=_text(one),
                fault=faults.get(f"{view.name}.{key}", ""),
            )
        ]
        for key, one in pairs.items()
    ]
    return view


def maps_of(form: type[BaseModel]) -> frozenset[str]:
    """Return the fields of a form that are maps: what follows their name is one key, dots included."""
    return frozenset(
        info.alias or name
        for name, info in form.model_fields.items()
        if get_origin(_bare(info.annotation)) is dict
    )


def nested(pairs: Iterable[tuple[str, str]], maps: frozenset[str] = frozenset()) -> dict[str, object]:
    """Return the fields sent by a browser as the form's content: `a.0.b=c` in lists and maps, blanks left out."""
    tree: dict[str, object] = {}
    for name, text in pairs:
        if text.strip():
            first, dot, rest = name.partition(".")
            parts = [first, rest] if dot and first in maps else name.split(".", DEEPEST)
            _put(tree, parts, text.strip())
    return {name: _as_list(value) for name, value in tree.items()}


def _put(tree: dict[str, object], parts: list[str], text: str) -> None:
    *parents, last = parts
    place = tree
    for part in parents:
        inner = place.setdefault(part, {})
        if not isinstance(inner, dict):
            return
        place = inner
    place.setdefault(last, text)


def _as_list(value: object) -> object:
    """Return a map whose keys are all row numbers as a list in their order, and so on inside."""
    if not isinstance(value, dict):
        return value
    inside = {key: _as_list(one) for key, one in value.items()}
    if (
        inside
        and all(key.isascii() and key.isdigit() and len(key) < 5 for key in inside)
        and any(isinstance(one, dict) for one in inside.values())
    ):
        return [inside[key] for key in sorted(inside, key=int)][:MOST_ROWS]
    return inside


def shaped(form: type[BaseModel], sent: dict[str, object]) -> dict[str, object]:
    """Return what was sent with unticked boxes made « non » and texts of several lines made lists."""
    content = dict(sent)
    for name, info in form.model_fields.items():
        key = info.alias or name
        kind = _bare(info.annotation)
        if kind is bool:
            content[key] = content.get(key) in ("oui", "on")
        elif get_origin(kind) is list and isinstance(content.get(key), str):
            content[key] = [line.strip() for line in str(content[key]).splitlines() if line.strip()]
    return content


def said_above(fault: Refused) -> str:
    """Return what the top of a form says of a refusal: the whole of it, unless each field says its own part."""
    if not fault.fields:
        return said(fault)
    whole = fault.fields.get("", "").rstrip(".")
    return f"{whole[:1].upper()}{whole[1:]}. {INCOMPLETE}" if whole else INCOMPLETE


def checked(form: type[Form], content: dict[str, object]) -> tuple[Form | None, dict[str, str]]:
    """Return the form read, or the faults by field (the empty name is the form itself)."""
    try:
        return form.model_validate(content), {}
    except ValidationError as error:
        return None, {
            ".".join(str(part) for part in fault["loc"]): beside(
                fault_of(fault["type"], fault["msg"], fault.get("ctx"))
            )
            for fault in error.errors()
        }
