"""Courriers: the letters to the candidates of a purchase, how each left, and what a person does about the others."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response

from models.errors import BadInput, NotAllowed
from models.outgoing.letters import Means
from portal.frame.forms import said_above
from portal.frame.pages import page
from portal.frame.security import Here, Sent, here, sent
from portal.frame.turns import apart
from tasks.outgoing import handing_over

router = APIRouter(prefix="/achats")
Me = Annotated[Here, Depends(here)]
Form = Annotated[Sent, Depends(sent)]
TYPED = ("moyen", "le", "recepisse", "adresse")


@router.get("/{ref}/courriers")
def show(ref: str, me: Me) -> Response:
    """Show the letters of a purchase to those who run the procedure."""
    return _page(me, ref)


def _page(me: Here, ref: str, form: Sent | None = None, fault: BadInput | None = None) -> Response:
    if not me.person.runs_purchases:
        raise NotAllowed("Les courriers aux candidats sont suivis par ceux qui mènent la procédure.")
    return page(
        me,
        "courriers.html",
        400 if fault else 200,
        ref=ref,
        courriers=handing_over.listed(ref),
        moyens=list(Means),
        choisis=[value for name, value in form.fields if name == "numero"] if form else [],
        valeurs={name: form.get(name) for name in TYPED} if form else {},
        faute=said_above(fault) if fault else "",
        fautes=fault.fields if fault else {},
    )


def _numbers(form: Sent) -> list[int]:
    found = [value for name, value in form.fields if name == "numero" and value.isdigit()]
    if not found:
        raise BadInput("Choisissez au moins un courrier.")
    return [int(value) for value in found]


@router.post("/{ref}/courriers")
@apart
def hand_over(ref: str, me: Me, form: Form) -> Response:
    """Note how letters left otherwise than by the application."""

    def act() -> object:
        said = handing_over.said_of(form.get("moyen"), form.get("le"), form.get("recepisse"))
        return handing_over.hand_over(me.person, ref, _numbers(form), said)

    return _done(ref, me, form, act)


@router.post("/{ref}/courriers/renvoyer")
@apart
def send_again(ref: str, me: Me, form: Form) -> Response:
    """Have a letter sent again, to another address when one is given."""
    return _done(
        ref,
        me,
        form,
        lambda: handing_over.send_again(me.person, ref, _numbers(form), form.get("adresse").strip()),
    )


def _done(ref: str, me: Here, form: Sent, act: Callable[[], object]) -> Response:
    try:
        act()
    except BadInput as fault:
        return _page(me, ref, form, fault)
    return RedirectResponse(f"/achats/{ref}/courriers", 303)
