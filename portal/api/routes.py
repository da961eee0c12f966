"""The API (`/api/v1`): the operations of the pages for the hospital's own tools, with personal tokens.

A signature is given in the pages only: no token signs.
"""

import logging
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from models.access.sight import Scope, Viewer
from models.errors import AlreadyDone, BadInput, Failure, NotAllowed, TooMany, Unavailable
from models.law.regime import Nature
from models.reading.form_faults import faults_said
from models.reading.values import parse_positive_amount
from portal.api import webhooks
from portal.api.bearer import Given, viewer_of
from portal.files import send_file
from portal.frame import forward
from portal.frame.turns import apart
from tasks.access.proofs import Credentials
from tasks.gates import decisions
from tasks.process import procurements
from tasks.views import archive as views_archive
from tasks.views import gate as views_gate
from tasks.views import portfolio, work
from tasks.views import purchase as views_purchase
from tasks.views.portfolio import Filter, Risk, Sort

LOG = logging.getLogger("achats.pages")
STATUS: dict[type[Failure], int] = {
    BadInput: 422,
    NotAllowed: 403,
    AlreadyDone: 409,
    TooMany: 429,
    Unavailable: 503,
}
BROKEN = "L'application a rencontré une erreur : rien n'a été enregistré. L'administrateur lit les journaux techniques."
SAID = {
    400: "La demande n'est pas lisible.",
    401: "Un jeton personnel en cours de validité est demandé.",
    404: "Introuvable.",
    405: "Cette adresse n'admet pas cette méthode.",
    413: "Ce que vous envoyez est trop volumineux (6 Mo au plus).",
}
Reference = Annotated[str, Field(pattern=r"^\d{4}-\d{3,6}$")]


class Fault(BaseModel):
    """Why a call was refused."""

    motif: str


class Wanted(BaseModel):
    """What the list of purchases is asked, by the names that the pages give it; empty means everything."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(default="", max_length=200)
    famille: str = Field(default="", max_length=100)
    etape: str = Field(default="", max_length=60)
    acheteur: str = Field(default="", max_length=254)
    etablissement: str = Field(default="", max_length=14)
    risque: Risk | Literal[""] = ""
    tri: Sort = Sort.DUE
    page: int = Field(default=1, ge=1, le=100_000)

    def as_filter(self) -> Filter:
        """Return the filter of the portfolio."""
        return Filter(
            text=self.q,
            family=self.famille,
            stage=self.etape,
            buyer=self.acheteur,
            establishment=self.etablissement,
            risk=self.risque or None,
            sort=self.tri,
            page=self.page,
        )


class Opening(BaseModel):
    """What opens a purchase; the amount is in EUR HT over the whole duration."""

    objet: str = Field(min_length=1, max_length=500)
    famille: str = Field(max_length=100)
    cpv: str = Field(max_length=20)
    montant: str = Field(max_length=40, examples=["900000.00"])
    duree_mois: int = Field(ge=1, le=240)
    nature: Nature = Nature.SUPPLIES
    demarrage: date | None = None


class Opened(BaseModel):
    """The reference of the purchase opened."""

    ref: str


class Answer(BaseModel):
    """An answer at the open gate, by the French names of its form; `etape` is the stay it is meant for."""

    reponse: str = Field(max_length=60)
    etape: str = Field(max_length=60, examples=["needs/1"])
    champs: dict[str, object] = {}


def _reads(given: Given) -> Viewer:
    return viewer_of(given, Scope.READ)


def _opens(given: Given) -> Viewer:
    return viewer_of(given, Scope.OPEN)


def _decides(given: Given) -> Viewer:
    return viewer_of(given, Scope.DECIDE)


Reader = Annotated[Viewer, Depends(_reads)]
REFUSALS: dict[int | str, dict[str, object]] = {
    code: {"model": Fault} for code in (400, 401, 403, 404, 409, 413, 422, 429, 500, 503)
}
api = FastAPI(title="Achats du groupement", version="1", docs_url=None, redoc_url=None, responses=REFUSALS)
api.include_router(webhooks.router)


@api.exception_handler(Failure)
def _failed(_: Request, failure: Failure) -> JSONResponse:
    status = next((code for kind, code in STATUS.items() if isinstance(failure, kind)), 400)
    wait = {"Retry-After": str(failure.seconds)} if isinstance(failure, TooMany) else None
    return _fault(str(failure), status, wait)


@api.exception_handler(HTTPException)
def _refused(_: Request, error: HTTPException) -> JSONResponse:
    return _fault(SAID.get(error.status_code, "Refusé."), error.status_code, error.headers)


@api.exception_handler(RequestValidationError)
def _not_understood(_: Request, error: RequestValidationError) -> JSONResponse:
    """Say what is wrong in each field; what was typed is left out."""
    faults = [
        ErrorDetails(type=one["type"], loc=_place(one), msg=one["msg"], input=None, ctx=one.get("ctx", {}))
        for one in error.errors()
    ]
    return _fault(faults_said(faults, "demande"), 422)


@api.exception_handler(ClientDisconnect)
def gone(_: Request, __: Exception) -> Response:
    """Answer nobody: who was sending has gone away, which is no fault of ours."""
    return Response(status_code=400)


@api.exception_handler(Exception)
def _broken(request: Request, error: Exception) -> JSONResponse:
    """Answer in JSON without a word of the cause, which goes to the technical log."""
    LOG.error("appel %s en erreur", request.url.path, exc_info=error)
    return _fault(BROKEN, 500)


def _place(fault: ErrorDetails) -> tuple[int | str, ...]:
    """Return the place of a fault without where it was found (body, query); an unreadable body has none."""
    return () if fault["type"] == "json_invalid" else fault["loc"][1:]


def _fault(said: str, status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return a refusal; half a surrogate pair, which JSON can write and UTF-8 cannot, is replaced in it."""
    whole = Fault(motif=said.encode(errors="replace").decode())
    return JSONResponse(whole.model_dump(), status, headers=headers)


@api.get("/a-faire")
def to_do(me: Reader) -> list[work.Waiting]:
    """Ce qui attend la personne, par échéance."""
    return work.waiting_for(me)


@api.get("/achats")
def purchases(me: Reader, wanted: Annotated[Wanted, Query()]) -> portfolio.Page:
    """Le portefeuille, page par page."""
    return portfolio.search(wanted.as_filter())


@api.get("/achats/{ref}")
def purchase(me: Reader, ref: Reference) -> views_purchase.PurchaseView:
    """Un achat, tel que la personne peut le lire."""
    found = views_purchase.view(me, ref)
    if found is None:
        raise HTTPException(404)
    return found


@api.get("/achats/{ref}/documents/{digest}", response_class=Response)
@apart
def document(
    me: Reader, ref: Reference, digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
) -> Response:
    """Un document, par son empreinte SHA-256."""
    found = views_archive.one(me, ref, digest)
    if found is None:
        raise HTTPException(404)
    return send_file(found.content, found.name, "attachment")


@api.get("/achats/{ref}/documents.zip", response_class=Response)
@apart
def documents(me: Reader, ref: Reference) -> Response:
    """Tous les documents que la personne peut lire, dans un seul ZIP."""
    archive = views_archive.every(me, ref)
    if archive is None:
        raise HTTPException(404)
    return send_file(archive.content, archive.name, "attachment")


@api.post("/achats", status_code=201)
@apart
def open_purchase(me: Annotated[Viewer, Depends(_opens)], body: Opening) -> Opened:
    """Ouvrir un achat."""
    if not me.opens_purchases:
        raise NotAllowed("Un achat est ouvert par un acheteur ou par la direction des achats du groupement.")
    ref = procurements.open_procurement(
        procurements.Request(
            objet=body.objet,
            family=body.famille,
            cpv=body.cpv,
            amount_ht=parse_positive_amount(body.montant, "montant"),
            duration_months=body.duree_mois,
            nature=body.nature.value,
            starts_on=body.demarrage,
            buyer=me.email,
        )
    )
    forward.start_next(ref)
    return Opened(ref=ref)


@api.post("/achats/{ref}/reponse")
@apart
def answer(me: Annotated[Viewer, Depends(_decides)], ref: Reference, body: Answer) -> decisions.Outcome:
    """Répondre à l'étape ouverte (besoins, visa, analyse…) ; une signature se donne dans les pages."""
    gate = views_gate.gate_view(me, ref)
    if gate is None:
        raise HTTPException(404)
    possible = next((one for one in gate.possible if one.answer.key == body.reponse), None)
    if gate.asks_share or (possible is not None and possible.signs):
        raise NotAllowed("Une signature ou une ouverture de plis se fait dans les pages, pas par un jeton.")
    reply = decisions.Reply(
        person=me.email,
        answer=body.reponse,
        fields=body.champs,
        stage=body.etape,
        credentials=Credentials(has_token=True),
    )
    done = decisions.decide(ref, reply)
    forward.start_next(ref)
    return done
