"""The page of the person herself: password, one-time codes, daily digest."""

from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup
from pydantic import SecretStr

from models.errors import BadInput, NotAllowed
from portal.login import chosen_password
from portal.pages import page
from portal.security import Here, Sent, address_of, here, sent
from tasks import accounts, preferences

router = APIRouter(prefix="/compte")
Me = Annotated[Here, Depends(here)]
Form = Annotated[Sent, Depends(sent)]


def _show(me: Here, said: str = "", fault: str = "", qr: Markup | None = None, secret: str = "") -> Response:
    mine = preferences.of(me.person.email)
    return page(
        me,
        "compte.html",
        400 if fault else 200,
        compte=mine,
        dit=said,
        faute=fault,
        qr=qr,
        secret=secret,
    )


@router.get("")
def show(me: Me) -> Response:
    """Show the person's own settings."""
    return _show(me)


@router.post("/mot-de-passe")
def change_password(request: Request, me: Me, form: Form) -> Response:
    """Replace the password; every session ends, this one too."""
    former = SecretStr(form.get("ancien"))
    try:
        accounts.change_password(me.person.email, former, chosen_password(form), address_of(request))
    except (BadInput, NotAllowed) as fault:
        return _show(me, fault=str(fault))
    return RedirectResponse("/connexion", 303)


@router.post("/codes")
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
    drawing = segno.make(enrolment.uri.get_secret_value(), error="m").svg_inline(scale=5, border=2)
    return _show(
        me,
        said="Photographiez ce code avec votre application, puis vérifiez un premier code ci-dessous.",
        qr=Markup(drawing),  # noqa: S704 (drawn by segno from our own text)
        secret=enrolment.secret.get_secret_value(),
    )


@router.post("/codes/verifier")
def try_code(me: Me, form: Form) -> Response:
    """Check a first code, so that nobody discovers a bad enrolment on the day of a signature."""
    try:
        preferences.try_code(me.person.email, SecretStr(form.get("code")))
    except NotAllowed as fault:
        return _show(me, fault=str(fault))
    return _show(me, said="Le code est bon : votre téléphone est inscrit.")


@router.post("/messages")
def choose_messages(me: Me, form: Form) -> Response:
    """Choose one message a day, or one for each event."""
    preferences.choose_digest(me.person.email, form.get("resume") == "oui")
    return _show(me, said="Votre choix est enregistré.")
