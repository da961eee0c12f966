"""The application object of the command line: French help, one French line per error."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Any

from cyclopts import App, Group, Parameter
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from flows.commands.faults import say
from flows.commands.help import GROUP_HELP, FrenchHelp
from tasks.recorded import counting

PAPER_WIDTH = 180


def application(commands: dict[str, str]) -> App:
    """Return the application with its commands, given as words ("importer contrats") and import paths."""
    app = _app("achats", "Achats mutualisés d'un groupement hospitalier de territoire.", commands)
    groups: dict[str, App] = {}
    for name in dict.fromkeys(words.split()[0] for words in commands if " " in words):
        inside = {words.removeprefix(f"{name} "): path for words, path in commands.items()}
        groups[name] = _app(name, GROUP_HELP.get(name, ""), inside)
        app.command(groups[name])
    for words, path in commands.items():
        first, _, rest = words.partition(" ")
        if rest:
            groups[first].command(path, name=rest)
        elif first in groups:
            groups[first].default(_load(path))
        else:
            app.command(path, name=first)
    return app


def _load(path: str) -> Callable[..., object]:
    """Return the function at `module:name` (the command that a group runs when no word follows)."""
    module, _, name = path.partition(":")
    found: Callable[..., object] = getattr(import_module(module), name)
    return found


def _app(name: str, text: str, paths: dict[str, str]) -> App:
    return App(
        name=name,
        help=text,
        help_flags=["--help", "-h", "--aide"],
        version_flags=[],
        group_commands=Group("Commandes"),
        group_parameters=Group("Options"),
        group_arguments=Group("Arguments"),
        default_parameter=Parameter(negative=()),
        help_format="plaintext",
        help_formatter=FrenchHelp(paths),
    )


def run(app: App, words: Sequence[str]) -> int:
    """Run one command; return its exit code (see `flows.commands.faults`)."""
    with counting():
        try:
            result = app(words, exit_on_error=False, print_error=False, result_action="return_value")
        except BrokenPipeError:
            return 0
        except Exception as error:
            if (code := say(error)) is None:
                raise
            return code
    return result if isinstance(result, int) else 0


def print_json(value: Any) -> None:
    """Print a model, a list of models or plain data as JSON on standard output."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", by_alias=True)
    elif isinstance(value, list):
        value = [v.model_dump(mode="json", by_alias=True) if isinstance(v, BaseModel) else v for v in value]
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))  # noqa: T201


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table for people."""
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    _console().print(table)


def print_line(text: str) -> None:
    """Print one line for people."""
    _console().print(text, markup=False, soft_wrap=True, highlight=False)


def _console() -> Console:
    """Return a console as wide as the terminal; wide enough for whole tables when written to a file."""
    return Console(width=None if sys.stdout.isatty() else PAPER_WIDTH)
