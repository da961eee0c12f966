"""Subscriptions to events (`/api/v1/webhooks`): made, listed, removed, their deliveries read and sent again."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from models.access.sight import Scope, Viewer
from portal.api.bearer import Given, viewer_of
from portal.frame.turns import apart
from tasks.outgoing import subscriptions

router = APIRouter(prefix="/webhooks")
Number = Annotated[str, Field(pattern=r"^wh_[0-9a-f]{16}$")]
Delivery = Annotated[int, Field(ge=1, le=2**31 - 1)]


class Wanted(BaseModel):
    """What subscribes an address to events."""

    url: str = Field(max_length=2000, examples=["https://outil.exemple.fr/achats"])
    evenements: list[Annotated[str, Field(max_length=80)]] = Field(
        min_length=1, max_length=50, examples=[["ght.procurement.*", "ght.document.ready"]]
    )


def _subscribes(given: Given) -> Viewer:
    return viewer_of(given, Scope.SUBSCRIBE)


Subscriber = Annotated[Viewer, Depends(_subscribes)]


@router.post("", status_code=201)
@apart
def subscribe(me: Subscriber, body: Wanted) -> subscriptions.Subscribed:
    """Abonner une adresse ; le secret qui vérifie les signatures n'est montré qu'ici."""
    return subscriptions.subscribe(me.email, body.url, body.evenements)


@router.get("")
def listed(me: Subscriber) -> list[subscriptions.SubscriptionLine]:
    """Ses abonnements."""
    return subscriptions.listed(me.email)


@router.delete("/{numero}", status_code=204)
@apart
def remove(me: Subscriber, numero: Number) -> None:
    """Retirer un abonnement."""
    subscriptions.remove(numero, me.email)


@router.get("/{numero}/livraisons")
def deliveries(me: Subscriber, numero: Number) -> list[subscriptions.DeliveryLine]:
    """Ce qui a été envoyé, ce qui attend et ce qui a échoué."""
    return subscriptions.deliveries(numero, me.email)


@router.post("/{numero}/livraisons/{envoi}/renvoyer", status_code=202)
@apart
def send_again(me: Subscriber, numero: Number, envoi: Delivery) -> subscriptions.DeliveryLine:
    """Renvoyer un événement sous le même identifiant ; un abonnement suspendu reprend."""
    return subscriptions.send_again(numero, envoi, me.email)
