"""What other tools hand over through the API: spend lines, and the tenders received by the buyer profile."""

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, HTTPException, Request, Response, UploadFile
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from models.access.sight import Scope, Viewer, deposits_tenders
from models.errors import NotAllowed
from models.tendering.tenders import TenderFile
from portal.api.bearer import Given, viewer_of
from portal.api.routes import Reference
from portal.frame import forward
from portal.frame.turns import apart
from tasks.access import tokens
from tasks.runs import import_requests
from tasks.spend import deposit
from tasks.tendering import tenders

router = APIRouter()
LONGEST = 200


class Sender(BaseModel):
    """Who sends, and by which token."""

    viewer: Viewer
    token: str


def _sends_spend(given: Given) -> Sender:
    viewer = viewer_of(given, Scope.SPEND)
    return Sender(viewer=viewer, token=tokens.number_of(given.credentials) if given else "")


Spender = Annotated[Sender, Depends(_sends_spend)]


def _deposits(given: Given) -> Viewer:
    """Return who hands a tender over: the buyer profile by its own credential, or a person who evaluates none."""
    return viewer_of(given, Scope.PROFILE, Scope.TENDER)


async def _body(request: Request) -> bytes:
    return await request.body()


@router.post("/depenses", status_code=202, response_model=import_requests.Followed)
@apart
def send_spend(
    me: Spender,
    fichier: Annotated[
        UploadFile, File(description="CSV (toute écriture, compressé ou non) ou classeur ; 6 Mo au plus.")
    ],
    etablissement: Annotated[
        str,
        Form(
            max_length=LONGEST,
            description="SIRET ou FINESS, ou « colonne » si une colonne du fichier le donne.",
        ),
    ],
    famille: Annotated[
        str,
        Form(
            max_length=LONGEST, description="Code de la famille, ou « auto » : par colonne, sinon par mots."
        ),
    ] = "auto",
    colonne: Annotated[
        list[str] | None,
        Form(
            max_length=20,
            description="sens=nom, par exemple montant=Amount. Sens : date, montant, fournisseur, libelle, famille, "
            "marche, siren, etablissement.",
        ),
    ] = None,
    remplacer: Annotated[bool, Form(description="Reprendre un contenu déjà importé.")] = False,
) -> Response:
    """Envoyer des lignes de dépense : elles sont importées en arrière-plan, à suivre à l'adresse donnée."""
    upload = deposit.Upload(
        name=fichier.filename or "",
        content=fichier.file.read(),
        establishment=etablissement,
        family=famille,
        columns=colonne or [],
        replaces=remplacer,
    )
    asked = import_requests.ask(me.viewer, me.token, upload)
    forward.start_next(asked.numero)
    said = asked.model_dump(mode="json", exclude_none=True)
    return JSONResponse(said, 202, headers={"Location": asked.adresse})


@router.get("/depenses", response_model_exclude_none=True)
def spend_sent(me: Spender) -> list[import_requests.Followed]:
    """Ses derniers envois de lignes de dépense."""
    return import_requests.listed(me.viewer)


@router.get("/depenses/{numero}", response_model_exclude_none=True)
def spend_import(
    me: Spender, numero: Annotated[str, Field(pattern=r"^imp_[0-9a-f]{16}$")]
) -> import_requests.Followed:
    """Un envoi : où il en est, puis totaux recoupés au centime et chaque ligne refusée avec son motif."""
    found = import_requests.followed(me.viewer, numero)
    if found is None:
        raise HTTPException(404)
    return found


@router.post("/achats/{ref}/offres", status_code=201)
@apart
def deposit_tender(
    me: Annotated[Viewer, Depends(_deposits)],
    ref: Reference,
    offre: TenderFile,
    raw: Annotated[bytes, Depends(_body)],
) -> tenders.Receipt:
    """Déposer une offre reçue par le profil d'acheteur : elle est scellée aussitôt, l'heure de réception fait foi."""
    if not deposits_tenders(me):
        raise NotAllowed(
            "Une offre est déposée par le profil d'acheteur, avec son propre jeton, ou par une personne qui "
            "n'évalue pas les offres."
        )
    return tenders.deposit(ref, raw, "reçue", me.email)
