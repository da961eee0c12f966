"""What other tools hand over through the API: spend lines, and the tenders received by the buyer profile."""

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile

from models.access import Scope, Viewer
from models.errors import NotAllowed
from models.spending import ImportReport
from models.tenders import TenderFile
from portal.api import Reference
from portal.bearer import Given, viewer_of
from portal.turns import apart
from tasks import spend_deposit, tenders

router = APIRouter()
LONGEST = 200


def _sends_spend(given: Given) -> Viewer:
    return viewer_of(given, Scope.SPEND)


def _deposits(given: Given) -> Viewer:
    return viewer_of(given, Scope.TENDER)


async def _body(request: Request) -> bytes:
    return await request.body()


@router.post("/depenses")
@apart
def send_spend(
    me: Annotated[Viewer, Depends(_sends_spend)],
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
) -> ImportReport:
    """Envoyer des lignes de dépense : totaux recoupés au centime, chaque ligne refusée avec son motif."""
    upload = spend_deposit.Upload(
        name=fichier.filename or "",
        content=fichier.file.read(),
        establishment=etablissement,
        family=famille,
        columns=colonne or [],
        replaces=remplacer,
    )
    return spend_deposit.receive(me, upload)


@router.post("/achats/{ref}/offres", status_code=201)
@apart
def deposit_tender(
    me: Annotated[Viewer, Depends(_deposits)],
    ref: Reference,
    offre: TenderFile,
    raw: Annotated[bytes, Depends(_body)],
) -> tenders.Receipt:
    """Déposer une offre reçue par le profil d'acheteur : elle est scellée aussitôt, l'heure de réception fait foi."""
    if not me.opens_purchases:
        raise NotAllowed(
            "Une offre est déposée par un acheteur ou par la direction des achats du groupement."
        )
    return tenders.deposit(ref, raw, "reçue", me.email)
