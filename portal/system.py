"""System: the room left, the backups; for the administrator. And `/sante`, for whoever watches the machine."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import PlainTextResponse, Response

from models.errors import NotAllowed
from portal.frame.pages import page
from portal.frame.security import Here, here
from tasks.views import system

router = APIRouter()
Me = Annotated[Here, Depends(here)]


@router.get("/systeme")
def show(me: Me) -> Response:
    """Show the state of the installation."""
    if not me.person.is_administrator:
        raise NotAllowed("Cette page est réservée à l'administrateur de l'application.")
    return page(me, "systeme.html", vue=system.view())


@router.get("/sante", include_in_schema=False)
async def health() -> PlainTextResponse:
    """Say that the pages answer, and what an operator should look at; 200 as long as they answer."""
    return PlainTextResponse(system.health())
