"""Risques: the board, the register, one risk; taking it in hand, acting against it, closing it."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException

from models.errors import BadInput, NotAllowed
from models.reading.values import parse_date
from models.risks.register import Level, RiskKind
from portal.frame.forms import said_above
from portal.frame.pages import address_without_page, page, page_number
from portal.frame.security import Here, Sent, here, sent
from portal.frame.turns import apart
from tasks.risks import register
from tasks.risks.board import LEVELS
from tasks.views import organisation, portfolio
from tasks.views import risks as views_risks

router = APIRouter(prefix="/risques")
Me = Annotated[Here, Depends(here)]
Form = Annotated[Sent, Depends(sent)]
SHADES = 4


def filter_of(query: QueryParams) -> views_risks.Filter:
    """Return the filter of an address; what it does not understand is left out."""
    return views_risks.Filter(
        kind=next((one for one in RiskKind if one == query.get("nature")), None),
        level=next((one for one in Level if one == query.get("niveau")), None),
        family=query.get("famille", "")[:100],
        text=query.get("q", "")[:200],
        alone=query.get("etat") == "seul",
        vital=query.get("etat") == "vital",
        closed=query.get("etat") == "clos",
        page=page_number(query),
    )


@router.get("")
def show_all(request: Request, me: Me) -> Response:
    """Show the board of the risks and the register, the worst first."""
    wanted = filter_of(request.query_params)
    counts = views_risks.board(me.person)
    most = max((n for row in counts.nombre.values() for n in row.values()), default=0) or 1
    return page(
        me,
        "risques.html",
        tableau=counts,
        niveaux=LEVELS,
        natures=list(RiskKind),
        teintes={n: -(-SHADES * n // most) for row in counts.nombre.values() for n in row.values()},
        filtre=wanted,
        etat=request.query_params.get("etat", ""),
        liste=views_risks.search(me.person, wanted),
        suspendus=views_risks.suspended(),
        familles=portfolio.families(),
        adresse=address_without_page("/risques", request.url.query),
    )


@router.get("/fiche")
def show_one(me: Me, cle: str = "") -> Response:
    """Show one risk, its actions and its history."""
    return _sheet(me, cle)


@router.post("/fiche")
@apart
def act(me: Me, form: Form) -> Response:
    """Acknowledge a risk, add an action, or close it, as the command line does."""
    key = form.get("cle")
    if not _found(me, key).may_act:
        raise NotAllowed("Ce risque est suivi par son responsable et par l'équipe des achats.")
    try:
        _do(me.person.email, key, form)
    except BadInput as fault:
        return _sheet(me, key, fault, dict(form.fields))
    return RedirectResponse(f"/risques/fiche?{urlencode({'cle': key})}", 303)


def _do(email: str, key: str, form: Sent) -> None:
    match form.get("action"):
        case "acquitter":
            register.acknowledge(key, _ack(email, form))
        case "agir":
            register.undertake(key, _ack(email, form))
        case "clore":
            register.close(key, email, form.get("motif")[:4000])
        case _:
            raise BadInput("Action inconnue.")


def _ack(email: str, form: Sent) -> register.Ack:
    due = form.get("echeance").strip()
    try:
        due_on = parse_date(due, "échéance") if due else None
    except BadInput as fault:
        raise BadInput(str(fault), fields={"echeance": str(fault)}) from fault
    return register.Ack(
        person=email,
        action=form.get("texte")[:2000],
        owner=form.get("responsable") or None,
        due_on=due_on,
    )


def _found(me: Here, key: str) -> views_risks.Sheet:
    found = views_risks.sheet(me.person, key)
    if found is None:
        raise HTTPException(404)
    return found


def _sheet(
    me: Here, key: str, fault: BadInput | None = None, typed: dict[str, str] | None = None
) -> Response:
    return page(
        me,
        "risque.html",
        400 if fault else 200,
        fiche=_found(me, key),
        personnes=organisation.active_people(),
        faute=said_above(fault) if fault else "",
        fautes=fault.fields if fault else {},
        valeurs=typed or {},
    )
