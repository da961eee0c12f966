"""The Jinja environments of the documents: plain data only, no call, no method, nothing undefined, no hole.

Templates may come from a hospital: they can read the items of the context, loop, test and apply the filters
listed here. Anything else is refused: only dictionaries have attributes, and nothing is called.
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Final, cast

from jinja2 import StrictUndefined, Undefined
from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from models.errors import Refused
from tasks.documents import french

LOOP_ATTRIBUTES: Final = frozenset({"index", "index0", "first", "last", "length", "revindex", "revindex0"})
JINJA_FILTERS: Final = frozenset(
    {"length", "count", "first", "last", "sum", "join", "upper", "lower", "capitalize", "abs", "round", "int"}
    | {"selectattr", "rejectattr", "map", "list", "sort", "unique", "reverse", "default", "d", "trim"}
)
FRENCH_FILTERS: Final[dict[str, Callable[..., str]]] = {
    "jour": french.day,
    "instant": french.instant,
    "nombre": french.number,
    "euros": french.euros,
    "points": french.points,
    "euros_en_lettres": french.euros_in_words,
    "en_lettres": french.in_words,
    "pourcent": french.percent,
    "enumeration": french.enumeration,
    "pluriel": french.plural,
}


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment where a template reads data and nothing else."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def getattr(self, obj: object, attribute: str) -> object:
        """Return the item of a dictionary, or a counter of a loop; refuse any other attribute."""
        if isinstance(obj, dict):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        if isinstance(obj, LoopContext) and attribute in LOOP_ATTRIBUTES:
            return cast("object", getattr(obj, attribute))
        if isinstance(obj, Undefined):
            return self.undefined(obj=obj, name=attribute)
        raise SecurityError(f"l'accès à « {attribute} » sur une valeur n'est pas permis")

    def getitem(self, obj: object, argument: object) -> object:
        """Return an item of a dictionary, list or text; refuse the fall back on attributes."""
        if isinstance(obj, dict | list | tuple | str):
            try:
                return obj[argument]  # type: ignore[index, call-overload]
            except (KeyError, IndexError, TypeError):
                return self.undefined(obj=obj, name=str(argument))
        raise SecurityError(f"l'accès à « {argument} » sur une valeur n'est pas permis")

    def is_safe_callable(self, obj: object) -> bool:
        """Return whether a call is allowed: only macros of the template itself."""
        return isinstance(obj, Macro)

    def call_binop(self, _context: object, operator: str, left: object, right: object) -> object:
        """Multiply numbers; refuse to repeat texts, to raise to a power, to format."""
        numbers = isinstance(left, int | Decimal) and isinstance(right, int | Decimal)
        if operator == "*" and numbers:
            return left * right  # type: ignore[operator]
        raise SecurityError(f"l'opération « {operator} » n'est pas permise ici")


def written(value: object) -> str:
    """Return a value as it is written in a French document; an absent value is refused."""
    if value is None:
        raise Refused("une valeur absente devait être écrite")
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime):
        return french.instant(value)
    if isinstance(value, date):
        return french.day(value)
    if isinstance(value, int | Decimal):
        return french.number(value)
    if isinstance(value, str):
        return value
    raise SecurityError("seuls des textes, des nombres et des dates peuvent être écrits")


def in_word(value: object) -> object:
    """Return a value escaped for a Word run; line ends become line breaks."""
    if isinstance(value, Undefined | Markup):
        return value
    safe = str(escape(written(value)))
    return Markup(safe.replace("\n", '</w:t><w:br/><w:t xml:space="preserve">'))  # noqa: S704 (escaped above)


def in_xml(value: object) -> object:
    """Return a value escaped for any other XML part; line ends become spaces."""
    return value if isinstance(value, Undefined | Markup) else escape(written(value).replace("\n", " "))


def environment(finalize: Callable[[object], object], *, autoescape: bool = True) -> Sandbox:
    """Return a sandboxed environment with the French filters."""
    made = Sandbox(
        undefined=StrictUndefined, autoescape=autoescape, finalize=finalize, keep_trailing_newline=True
    )
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in JINJA_FILTERS} | FRENCH_FILTERS
    return made


WORD: Final = environment(in_word)
XML: Final = environment(in_xml)
XML.filters["iso"] = date.isoformat
