"""What the command line says of an error: one line in French on standard error, and its exit code.

2 for what a person can correct, 3 when the database or the disk fails, 1 for anything else that is away.
"""

import sys

from cyclopts import CycloptsError
from cyclopts.exceptions import (
    CoercionError,
    MissingArgumentError,
    RepeatArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from models.errors import Failure, Refused

FAILED, REFUSED, BROKEN = 1, 2, 3


def say(error: Exception) -> int | None:
    """Say what went wrong and return the exit code; None for a defect of the application, which nothing explains."""
    from tasks.store_faults import store_fails, whole

    if isinstance(error, CycloptsError):
        return _complain(_in_french(error), REFUSED)
    if failure := store_fails(error):
        return _complain(whole(failure), BROKEN)
    if isinstance(error, Failure):
        said = f"{error} {error.at_command}".rstrip()  # with what only the command line adds to it
        return _complain(said, REFUSED if isinstance(error, Refused) else FAILED)
    return None


def _complain(message: str, code: int) -> int:
    print(f"achats : {message}", file=sys.stderr)  # noqa: T201
    return code


def _in_french(error: CycloptsError) -> str:
    """Return one French sentence for an error of the command line itself."""
    argument = getattr(error, "argument", None)
    name = argument.names[0] if argument is not None and argument.names else ""
    token = getattr(error, "token", None)
    given = (token.keyword or token.value) if token else "?"
    rest = " ".join(getattr(error, "unused_tokens", None) or [])
    sentences: dict[type[CycloptsError], str] = {
        MissingArgumentError: f"il manque {name}",
        CoercionError: f"{name} : « {token.value if token else '?'} » n'est pas une valeur possible",
        UnknownOptionError: f"option inconnue : {given}",
        UnknownCommandError: f"commande inconnue : {rest}",
        UnusedCliTokensError: f"mots en trop : {rest}",
        RepeatArgumentError: f"{name} est donné deux fois",
    }
    sentence = next((text for kind, text in sentences.items() if isinstance(error, kind)), str(error))
    return f"{sentence}. Aide : ajoutez --help."
