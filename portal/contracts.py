"""Contrats: the register with its calendar, one contract, its renewal, and whether an amendment is allowed."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException

from models.errors import BadInput, NotAllowed, Refused
from models.law.dated import NoValue
from models.law.modification import Modification, ModificationGround, Verdict, judge
from models.law.regime import Nature
from models.reading.values import parse_amount, parse_positive_amount
from portal.frame.pages import address_without_page, page, page_number
from portal.frame.security import Here, Sent, here, sent
from portal.frame.turns import apart
from tasks import clock
from tasks.contracts import renewal
from tasks.views import contract, contracts, portfolio
from tasks.views.contracts import State

router = APIRouter(prefix="/contrats")
Me = Annotated[Here, Depends(here)]
GROUNDS = {
    ModificationGround.REVIEW_CLAUSE: "Clause de réexamen",
    ModificationGround.ADDITIONAL: "Prestations supplémentaires nécessaires",
    ModificationGround.UNFORESEEN: "Circonstances imprévues",
    ModificationGround.SUBSTITUTION: "Nouveau titulaire",
    ModificationGround.NON_SUBSTANTIAL: "Modification non substantielle",
    ModificationGround.SMALL: "Faible montant",
}


def filter_of(query: QueryParams) -> contracts.Filter:
    """Return the filter of an address; what it does not understand is left out."""
    return contracts.Filter(
        text=query.get("q", "")[:200],
        family=query.get("famille", "")[:100],
        buyer=query.get("acheteur", "")[:14],
        month=_month(query.get("mois", "")),
        state=next((one for one in State if one == query.get("etat")), State.LIVE),
        page=page_number(query),
    )


def _month(text: str) -> date | None:
    """Return the first day of a month written AAAA-MM, None for anything else."""
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return month if month.year < date.max.year else None


@router.get("")
def show_all(request: Request, me: Me) -> Response:
    """Show the contracts of the group, those that end first at the top."""
    wanted = filter_of(request.query_params)
    return page(
        me,
        "contrats.html",
        filtre=wanted,
        liste=contracts.search(me.person, wanted),
        mois=contracts.ends_by_month(me.person, clock.today()),
        choix=portfolio.choices(),
        etats=list(State),
        adresse=address_without_page("/contrats", request.url.query),
    )


@router.get("/fiche")
def show_one(request: Request, me: Me, cle: str = "") -> Response:
    """Show one contract; with an amount, whether the law allows that amendment."""
    found = contract.page(me.person, cle)
    if found is None:
        raise HTTPException(404)
    query = request.query_params
    asked = {name: query.get(name, "").strip() for name in ("initial", "montant", "fondement", "precedent")}
    verdict, fault = None, ""
    if asked["montant"]:
        try:
            verdict = _judged(found, asked)
        except (BadInput, Refused, NoValue) as refusal:
            fault = str(refusal)
    return page(
        me,
        "contrat.html",
        400 if fault else 200,
        contrat=found,
        demande=asked,
        fondements=GROUNDS,
        avis=verdict,
        faute=fault,
    )


def _judged(found: contract.Page, asked: dict[str, str]) -> Verdict:
    nature = found.first.nature
    return judge(
        Modification(
            nature=Nature(nature) if nature in list(Nature) else Nature.SUPPLIES,
            initial_ht=parse_positive_amount(asked["initial"], "montant initial"),
            previous_ht=parse_amount(asked["precedent"] or "0", "modifications précédentes"),
            amount_ht=parse_amount(asked["montant"], "montant de l'avenant"),
            ground=next((one for one in GROUNDS if one == asked["fondement"]), ModificationGround.SMALL),
            on=clock.today(),
        )
    )


@router.post("/renouveler")
@apart
def renew(me: Me, form: Annotated[Sent, Depends(sent)]) -> Response:
    """Open the purchase that renews a contract, once; go to it."""
    found = contract.page(me.person, form.get("cle"))
    if found is None:
        raise HTTPException(404)
    if not me.person.opens_purchases:
        raise NotAllowed("Un renouvellement est ouvert par un acheteur ou par la direction des achats.")
    if not found.renewable:
        raise BadInput("Aucune échéance de ce contrat n'est à renouveler aujourd'hui.")
    return RedirectResponse(f"/achats/{renewal.open_for(found.renewable, me.person.email).ref}", 303)
