"""Security of the accesses, for the administrator; the group put in service; a person's own data."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from models.errors import NotAllowed, Refused
from portal.frame.pages import page
from portal.frame.security import Here, Sent, here, sent
from portal.frame.turns import apart
from portal.proof import prove
from tasks.access import fresh_proof, service
from tasks.views import accesses, own_data

router = APIRouter()
Me = Annotated[Here, Depends(here)]


@router.get("/organisation/securite")
def show(me: Me) -> Response:
    """Show who may enter, by what, and what looks odd."""
    _check(me)
    return _show(me)


def _check(me: Here) -> None:
    if not me.person.is_administrator:
        raise NotAllowed("Cette page est réservée à l'administrateur de l'application.")


def _show(me: Here, fault: str = "") -> Response:
    return page(
        me,
        "securite.html",
        400 if fault else 200,
        vue=accesses.view(),
        faute=fault,
        preuve=fresh_proof.asked_of(me.person.email),
    )


@router.post("/organisation/en-service")
@apart
def put_in_service(request: Request, me: Me, form: Annotated[Sent, Depends(sent)]) -> Response:
    """Put the group in service, for ever, after a fresh proof of the administrator."""
    _check(me)
    try:
        prove(request, me, form)
        service.put_in_service(me.person.email)
    except Refused as refusal:
        return _show(me, str(refusal))
    return _show(me)


@router.get("/compte/mes-donnees.json")
@apart
def own(me: Me) -> Response:
    """Give the person what the application keeps of her."""
    name = 'attachment; filename="mes-donnees.json"'
    content = own_data.of(me.person.email).model_dump_json(indent=2)
    return Response(content, media_type="application/json", headers={"Content-Disposition": name})
