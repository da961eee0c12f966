"""À faire: what waits for the person, by due date."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from portal.frame.pages import page, page_number
from portal.frame.security import Here, here
from tasks.views import work

router = APIRouter()


@router.get("/")
def show(request: Request, me: Annotated[Here, Depends(here)]) -> Response:
    """Show what waits for the person."""
    number = page_number(request.query_params)
    return page(me, "a_faire.html", attendus=work.page_for(me.person, number), adresse="/?page=")
