"""À faire: what waits for the person, by due date."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from portal.pages import page, page_number
from portal.security import Here, here
from tasks import worklist

router = APIRouter()


@router.get("/")
def show(request: Request, me: Annotated[Here, Depends(here)]) -> Response:
    """Show what waits for the person."""
    number = page_number(request.query_params)
    return page(me, "a_faire.html", attendus=worklist.page_for(me.person, number), adresse="/?page=")
