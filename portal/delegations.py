"""Délégations: the register, and who may sign what."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from models.delegations import Act
from models.errors import BadInput, Refused
from models.reading import parse_date, parse_positive_amount
from portal.pages import page
from portal.security import Here, here
from tasks import clock, delegation_view, portfolio

router = APIRouter()
Me = Annotated[Here, Depends(here)]


@router.get("/delegations")
def delegations(request: Request, me: Me) -> Response:
    """Show the register of delegations, and who may sign what."""
    query = request.query_params
    asked = {name: query.get(name, "").strip() for name in ("acte", "montant", "famille", "jour")}
    answer, fault = [], ""
    if asked["montant"]:
        try:
            answer = delegation_view.who_may(
                asked["acte"],
                parse_positive_amount(asked["montant"], "montant"),
                asked["famille"],
                parse_date(asked["jour"]) if asked["jour"] else clock.today(),
            )
        except (BadInput, Refused) as refusal:
            fault = str(refusal)
    return page(
        me,
        "delegations.html",
        delegations=delegation_view.lines(clock.today()),
        actes=list(Act),
        choix=portfolio.choices(),
        demande=asked,
        signataires=answer,
        faute=fault,
    )
