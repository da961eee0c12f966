"""The one way to make a function a step of a flow: named in French, tried again when something is unavailable."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import Task, task
from prefect.client.schemas.objects import State

from models.errors import Unavailable

P = ParamSpec("P")
R = TypeVar("R")

WAITS = [2.0, 10.0, 30.0]


def is_unavailable(_task: object, _run: object, state: State[object]) -> bool:
    """Return whether a failed step is worth another try: what is unavailable is, what is refused is not."""
    try:
        state.result()
    except Unavailable:
        return True
    except Exception:  # noqa: BLE001 (anything else goes to a person)
        return False
    return False


def step(name: str) -> Callable[[Callable[P, R]], Task[P, R]]:
    """Return the decorator of a step; `name` is what the Prefect UI shows."""

    def decorate(function: Callable[P, R]) -> Task[P, R]:
        made: Any = task(
            name=name, retries=len(WAITS), retry_delay_seconds=WAITS, retry_condition_fn=is_unavailable
        )(function)
        decorated: Task[P, R] = made
        return decorated

    return decorate
