"""À faire: what waits for the person, by due date."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from portal.pages import page
from portal.security import Here, here
from tasks import worklist

router = APIRouter()


@router.get("/")
def show(me: Annotated[Here, Depends(here)]) -> Response:
    """Show what waits for the person."""
    return page(me, "a_faire.html", attendus=worklist.waiting_for(me.person))
