"""Versions of the documents of a purchase, and the differences between two."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from portal.frame.pages import page
from portal.frame.security import Here, here
from portal.frame.turns import apart
from tasks.views import versions

router = APIRouter(prefix="/achats/{ref}")
Me = Annotated[Here, Depends(here)]


@router.get("/versions")
def show(ref: str, me: Me, de: str = "", a: str = "") -> Response:
    """Show the versions of the documents, and what became of each document between two of them."""
    found = versions.versions(me.person, ref, _number(de), _number(a))
    if found is None:
        raise HTTPException(404)
    return page(me, "versions.html", vue=found)


@router.get("/differences")
@apart
def compare(ref: str, me: Me, avant: str = "", apres: str = "") -> Response:
    """Show two versions of a document compared line by line."""
    found = versions.difference(me.person, ref, avant, apres)
    if found is None:
        raise HTTPException(404)
    return page(me, "differences.html", ref=ref, comparaison=found)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
