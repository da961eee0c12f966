"""Who calls the API: the personal token of the call, and the scope that the operation asks."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from models.access.sight import Scope, Viewer
from portal import pace
from tasks.access import tokens

bearer = HTTPBearer(auto_error=False, description="Jeton personnel, de la page « Mon compte ».")
Given = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


def viewer_of(given: HTTPAuthorizationCredentials | None, *scopes: Scope) -> Viewer:
    """Return whose token was given; 401 without a token that lives, a refusal when its scopes are too small."""
    viewer = tokens.check(given.credentials, *scopes) if given else None
    if given is None or viewer is None:
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
    pace.keep(tokens.number_of(given.credentials))
    _note_used(tokens.number_of(given.credentials))
    return viewer


_NOTES = ThreadPoolExecutor(max_workers=1, thread_name_prefix="jetons")
_NOTED: dict[str, float] = {}


def _note_used(number: str) -> None:
    """Note the use of a token beside the call, once an hour: a reader waits for no write."""
    last = _NOTED.get(number)
    if last is None or time.monotonic() - last > tokens.USED_EVERY.total_seconds():
        _NOTED[number] = time.monotonic()
        _NOTES.submit(tokens.note_used, number)
