"""The pace of each token: so many calls a minute in each process of the pages, the next ones are asked to wait."""

import time
from threading import Lock

from models.errors import TooMany
from tasks.settings import settings

MOST_KNOWN = 10_000  # tokens remembered: beyond, those that rested are forgotten
_LEFT: dict[str, tuple[float, float]] = {}
_LOCK = Lock()


def keep(token: str) -> None:
    """Count a call of a token; refuse it when the calls of a minute are used up."""
    most = float(settings().api_calls_per_minute)
    now = time.monotonic()
    with _LOCK:
        if len(_LEFT) > MOST_KNOWN:
            _LEFT.clear()
        left, since = _LEFT.get(token, (most, now))
        left = min(most, left + (now - since) * most / 60)
        _LEFT[token] = (max(left - 1, 0), now)
    if left < 1:
        raise TooMany(
            "Trop d'appels en une minute pour ce jeton : attendez un peu.", max(1, int(60 / most) + 1)
        )
