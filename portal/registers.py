"""Contrats and Délégations: what the group has signed, and who may sign."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from models.delegations import Act
from models.errors import BadInput, Refused
from models.reading import parse_date, parse_positive_amount
from portal.pages import address_without_page, numbered, page
from portal.security import Here, here
from tasks import clock, contract_view, delegation_view, portfolio

router = APIRouter()
Me = Annotated[Here, Depends(here)]


@router.get("/contrats")
def contracts(request: Request, me: Me) -> Response:
    """Show the contracts of the group, those that end first at the top."""
    query = request.query_params
    wanted = contract_view.Filter(
        text=query.get("q", "")[:200],
        family=query.get("famille", "")[:100],
        state=next(
            (one for one in contract_view.State if one == query.get("etat")), contract_view.State.LIVE
        ),
        page=numbered(query.get("page", "1")),
    )
    return page(
        me,
        "contrats.html",
        filtre=wanted,
        liste=contract_view.search(me.person, wanted),
        mois=contract_view.ends_by_month(me.person, clock.today()),
        choix=portfolio.choices(),
        etats=list(contract_view.State),
        adresse=address_without_page("/contrats", request.url.query),
    )


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
