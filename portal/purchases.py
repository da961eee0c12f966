"""Achats: the portfolio, one purchase, and opening a new one."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request

from models.errors import BadInput, NotAllowed
from models.law.regime import Nature
from models.reading import parse_date, parse_positive_amount
from portal import drawing, forward
from portal.pages import address_without_page, page, page_number, said
from portal.security import Here, Sent, here, sent
from portal.turns import apart
from tasks import portfolio, procurements, purchase_view, withdrawals
from tasks.portfolio import Filter, Risk, Sort

router = APIRouter(prefix="/achats")
Me = Annotated[Here, Depends(here)]


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
    return _new_page(me, {}, "")


def _check_opener(me: Here) -> None:
    if not me.person.opens_purchases:
        raise NotAllowed("Un achat est ouvert par un acheteur ou par la direction des achats du groupement.")


def _new_page(me: Here, values: dict[str, str], fault: str) -> Response:
    return page(
        me,
        "achat_nouveau.html",
        400 if fault else 200,
        valeurs=values,
        faute=fault,
        choix=portfolio.choices(),
        natures=list(Nature),
    )


@router.post("/nouveau")
@apart
def open_new(me: Me, form: Annotated[Sent, Depends(sent)]) -> Response:
    """Open a purchase."""
    _check_opener(me)
    values = dict(form.fields)
    try:
        ref = procurements.open_procurement(_request(values, me.person.email))
    except BadInput as fault:
        return _new_page(me, values, said(fault))
    forward.start_next(ref)
    return RedirectResponse(f"/achats/{ref}", 303)


def _request(values: dict[str, str], email: str) -> procurements.Request:
    months = values.get("duree_mois", "")
    if not (months.isascii() and months.isdigit()) or len(months) > 4:
        raise BadInput("Durée : un nombre de mois est attendu.")
    start = values.get("demarrage", "").strip()
    return procurements.Request(
        objet=values.get("objet", "")[:500],
        family=values.get("famille", ""),
        cpv=values.get("cpv", ""),
        amount_ht=parse_positive_amount(values.get("montant", ""), "montant"),
        duration_months=int(months),
        nature=values.get("nature", ""),
        starts_on=parse_date(start, "démarrage") if start else None,
        buyer=email,
    )


@router.get("/{ref}")
def show_one(ref: str, me: Me) -> Response:
    """Show where one purchase stands, and what the person may read of it."""
    seen = purchase_view.view(me.person, ref)
    if seen is None:
        raise HTTPException(404)
    return page(
        me,
        "achat.html",
        achat=seen,
        dessin=drawing.draw(seen.status),
        retraits=withdrawals.register_for(me.person, ref),
        a_prendre=me.person.opens_purchases and not seen.buyer,
        a_moi=any(me.person.email in one.personnes for one in seen.status.awaiting),
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
    who = withdrawals.Taker(name=form.get("nom"), email=form.get("courriel"), company=form.get("entreprise"))
    withdrawals.enter(me.person, ref, who)
    return RedirectResponse(f"/achats/{ref}#retraits", 303)
