"""Who calls the API: the personal token of the call, and the scope that the operation asks."""

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
    return viewer
