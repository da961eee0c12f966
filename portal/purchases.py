"""Achats: the portfolio, one purchase, and opening a new one."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request

from models.errors import BadInput, NotAllowed
from models.law.regime import Nature
from models.process.forms import NewPurchase
from portal.frame import drawing, forms, forward
from portal.frame.forms import INCOMPLETE, said_above
from portal.frame.pages import address_without_page, page, page_number
from portal.frame.security import Here, Sent, here, sent
from portal.frame.turns import apart
from tasks.consultation import withdrawals
from tasks.process import procurements
from tasks.views import portfolio, purchase
from tasks.views.portfolio import Filter, Risk, Sort

router = APIRouter(prefix="/achats")
Me = Annotated[Here, Depends(here)]
ASKED = frozenset(info.alias or name for name, info in NewPurchase.model_fields.items())
NO_FAULT: Mapping[str, str] = MappingProxyType({})


def filter_of(query: QueryParams) -> Filter:
    """Return the filter of an address; what it does not understand is left out."""
    return Filter(
        text=query.get("q", "")[:200],
        family=query.get("famille", "")[:100],
        stage=query.get("etape", "")[:60],
        buyer=query.get("acheteur", "")[:254],
        establishment=query.get("etablissement", "")[:14],
        risk=next((one for one in Risk if one == query.get("risque")), None),
        sort=next((one for one in Sort if one == query.get("tri")), Sort.DUE),
        page=page_number(query),
    )


@router.get("")
def show_all(request: Request, me: Me) -> Response:
    """Show the portfolio."""
    wanted = filter_of(request.query_params)
    found = portfolio.screen(wanted)
    return page(
        me,
        "achats.html",
        filtre=wanted,
        liste=found.page,
        choix=found.choices,
        comptes=found.counts,
        adresse=address_without_page("/achats", request.url.query),
    )


@router.get("/nouveau")
def show_new(me: Me) -> Response:
    """Show the form that opens a purchase."""
    _check_opener(me)
    return _new_page(me, {})


def _check_opener(me: Here) -> None:
    if not me.person.opens_purchases:
        raise NotAllowed("Un achat est ouvert par un acheteur ou par la direction des achats du groupement.")


def _new_page(
    me: Here, values: dict[str, str], fault: str = "", faults: Mapping[str, str] = NO_FAULT
) -> Response:
    return page(
        me,
        "achat_nouveau.html",
        400 if fault else 200,
        valeurs=values,
        faute=fault,
        fautes=faults,
        familles=[(one.value, one.label) for one in portfolio.choices().families],
        natures=[(one.value, one.value.replace("_", " ").capitalize()) for one in Nature],
    )


@router.post("/nouveau")
@apart
def open_new(me: Me, form: Annotated[Sent, Depends(sent)]) -> Response:
    """Open a purchase."""
    _check_opener(me)
    values = {name: text.strip() for name, text in form.fields if name in ASKED}
    asked, faults = forms.checked(NewPurchase, {name: text for name, text in values.items() if text})
    if not isinstance(asked, NewPurchase):
        return _new_page(me, values, INCOMPLETE, faults)
    request = procurements.Request(**asked.model_dump(), buyer=me.person.email)
    try:
        ref = procurements.open_procurement(request)
    except BadInput as fault:
        return _new_page(me, values, said_above(fault), fault.fields)
    forward.start_next(ref)
    return RedirectResponse(f"/achats/{ref}", 303)


@router.get("/{ref}")
def show_one(request: Request, ref: str, me: Me, vu: str = "") -> Response:
    """Show where one purchase stands, and what the person may read of it; `vu` is what a page that waits shows."""
    seen = purchase.view(me.person, ref)
    if seen is None:
        raise HTTPException(404)
    if vu and "hx-request" in request.headers and (vu == seen.place or vu.startswith(purchase.WORKING)):
        whole = {"HX-Refresh": "true"} if vu != seen.place else {}
        return Response(status_code=204, headers=whole)
    return page(
        me,
        "achat.html",
        achat=seen,
        dessin=drawing.draw(seen.status),
        retraits=withdrawals.register_for(me.person, ref),
        a_prendre=me.person.opens_purchases and not seen.buyer,
        a_moi=any(me.person.email in one.holders for one in seen.status.awaiting),
    )


@router.post("/{ref}/prendre-en-charge")
@apart
def take_charge(ref: str, me: Me, _: Annotated[Sent, Depends(sent)]) -> Response:
    """Become the buyer of a purchase that has none."""
    procurements.take_charge(me.person, ref)
    return RedirectResponse(f"/achats/{ref}", 303)


@router.post("/{ref}/retraits")
@apart
def enter_withdrawal(ref: str, me: Me, form: Annotated[Sent, Depends(sent)]) -> Response:
    """Enter in the register a company to which the dossier was given."""
    typed = {name: form.get(name).strip() for name in ("nom", "courriel", "entreprise")}
    who = withdrawals.Taker(name=typed["nom"], email=typed["courriel"], company=typed["entreprise"])
    try:
        withdrawals.enter(me.person, ref, who)
    except BadInput as fault:
        shown = {"valeurs": typed, "faute": said_above(fault), "fautes": fault.fields}
        return page(me, "retrait.html", 400, ref=ref, **shown)
    return RedirectResponse(f"/achats/{ref}#retraits", 303)
