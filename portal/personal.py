"""The page of the person herself: password, one-time codes, daily digest."""

from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup
from pydantic import BaseModel, SecretStr

from models.access.sight import scopes_for
from models.errors import BadInput, NotAllowed
from portal.frame.pages import page
from portal.frame.security import Here, Sent, address_of, here, sent
from portal.frame.turns import apart
from portal.login import chosen_password
from portal.proof import prove
from tasks.access import accounts, fresh_proof, passkeys, preferences, tokens
from tasks.outgoing import digest

router = APIRouter(prefix="/compte")
Me = Annotated[Here, Depends(here)]
Form = Annotated[Sent, Depends(sent)]


class Secret(BaseModel):
    """What is shown once: the drawing of a telephone's secret, or a token."""

    model_config = {"arbitrary_types_allowed": True}

    qr: Markup | None = None
    secret: str = ""
    uri: str = ""
    token: str = ""
    key: str = ""


class Asked(BaseModel):
    """The token that a person asked for, shown again when something is wrong in it."""

    name: str = ""
    days: str = "90"
    scopes: list[str] = []
    faults: dict[str, str] = {}


def _show(
    me: Here, said: str = "", fault: str = "", once: Secret | None = None, asked: Asked | None = None
) -> Response:
    mine = preferences.of(me.person.email)
    return page(
        me,
        "compte.html",
        400 if fault else 200,
        compte=mine,
        dit=said,
        faute=fault,
        une_fois=once or Secret(),
        jetons=tokens.listed(me.person.email),
        portees=scopes_for(me.person),
        voulu=asked or Asked(),
        preuve=fresh_proof.asked_of(me.person.email),
        preuve_inscription=fresh_proof.asked_of(me.person.email, enrols=True),
        securite=passkeys.held(me.person.email),
        cles=preferences.keys(me.person.email),
    )


@router.get("")
def show(me: Me) -> Response:
    """Show the person's own settings."""
    return _show(me)


@router.post("/mot-de-passe")
@apart
def change_password(request: Request, me: Me, form: Form) -> Response:
    """Replace the password; every session ends, this one too."""
    former = SecretStr(form.get("ancien"))
    try:
        accounts.change_password(me.person.email, former, chosen_password(form), address_of(request))
    except (BadInput, NotAllowed) as fault:
        return _show(me, fault=str(fault))
    return RedirectResponse("/connexion", 303)


@router.post("/codes")
@apart
def enrol(request: Request, me: Me, form: Form) -> Response:
    """Enrol a telephone: the secret is shown this once, after the password (and the former code when there is one)."""
    try:
        enrolment = preferences.enrol(
            me.person.email,
            SecretStr(form.get("mot_de_passe")),
            SecretStr(form.get("code")),
            address_of(request),
        )
    except NotAllowed as fault:
        return _show(me, fault=str(fault))
    uri, secret = enrolment.uri.get_secret_value(), enrolment.secret.get_secret_value()
    drawing = segno.make(uri, error="m").svg_inline(scale=5, border=2)
    return _show(
        me,
        said="Photographiez ce code avec votre application, puis vérifiez un premier code ci-dessous.",
        once=Secret(qr=Markup(drawing), secret=secret, uri=uri),  # noqa: S704 (by segno)
    )


@router.post("/codes/verifier")
@apart
def try_code(me: Me, form: Form) -> Response:
    """Check a first code, so that nobody discovers a bad enrolment on the day of a signature."""
    try:
        preferences.try_code(me.person.email, SecretStr(form.get("code")))
    except NotAllowed as fault:
        return _show(me, fault=str(fault))
    return _show(me, said="Le code est bon : votre téléphone est inscrit.")


@router.post("/messages")
@apart
def choose_messages(me: Me, form: Form) -> Response:
    """Choose one message a day, or one for each event."""
    digest.choose_digest(me.person.email, form.get("resume") == "oui")
    return _show(me, said="Votre choix est enregistré.")


@router.post("/cles")
@apart
def give_key(request: Request, me: Me, form: Form) -> Response:
    """Give the person her own key for the command line, shown this once, after a fresh proof."""
    try:
        prove(request, me, form)
    except NotAllowed as fault:
        return _show(me, fault=str(fault))
    key = preferences.take_key(me.person.email).get_secret_value()
    return _show(me, said="Voici la clé ; elle ne sera plus montrée.", once=Secret(key=key))


@router.post("/cles/retirer")
@apart
def withdraw_key(me: Me, form: Form) -> Response:
    """Withdraw a key of the person's own."""
    preferences.drop_key(me.person.email, form.get("numero"))
    return _show(me, said="La clé est retirée.")


@router.post("/jetons")
@apart
def give_token(request: Request, me: Me, form: Form) -> Response:
    """Give a token of the API, shown this once, after a fresh proof."""
    days = form.get("jours")
    scopes = [value for name, value in form.fields if name == "portee"]
    try:
        prove(request, me, form)
        number = int(days) if days.isascii() and days.isdigit() and len(days) < 10 else 0
        token = tokens.issue(me.person.email, form.get("nom"), scopes, number)
    except (BadInput, NotAllowed) as fault:
        asked = Asked(
            name=form.get("nom")[:100], days=days[:9], scopes=scopes, faults=getattr(fault, "fields", {})
        )
        return _show(me, fault=str(fault), asked=asked)
    return _show(
        me, said="Voici le jeton ; il ne sera plus montré.", once=Secret(token=token.get_secret_value())
    )


@router.post("/jetons/retirer")
@apart
def withdraw_token(me: Me, form: Form) -> Response:
    """Withdraw a token."""
    tokens.revoke(me.person.email, form.get("numero"))
    return _show(me, said="Le jeton est retiré.")
