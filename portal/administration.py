"""Organisation: people, roles, accesses, and the log of logins; for the administrator."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from models.errors import BadInput, NotAllowed, Refused
from portal.frame.pages import page
from portal.frame.security import Here, Sent, here, sent
from portal.frame.turns import apart
from tasks.access import accounts
from tasks.views import organisation

router = APIRouter(prefix="/organisation")
Me = Annotated[Here, Depends(here)]


def _check(me: Here) -> None:
    if not me.person.is_administrator:
        raise NotAllowed("Cette page est réservée à l'administrateur de l'application.")


def _show(
    me: Here, said: str = "", link: accounts.Link | None = None, fault: str = "", text: str = ""
) -> Response:
    view = organisation.view()
    return page(
        me,
        "organisation.html",
        400 if fault else 200,
        vue=view,
        membres=organisation.matching(view.members, text),
        cherche=text,
        dit=said,
        lien=link,
        faute=fault,
    )


@router.get("")
def show(me: Me, q: str = "") -> Response:
    """Show the establishments, the people and their accesses; of the people, those looked for."""
    _check(me)
    return _show(me, text=q[:200])


@router.post("/acces")
@apart
def change_access(me: Me, form: Annotated[Sent, Depends(sent)]) -> Response:
    """Invite a person, give her a new link, or end her access."""
    _check(me)
    email, action, actor = form.get("courriel"), form.get("action"), me.person.email
    try:
        if action == "inviter":
            return _show(me, link=accounts.invite(email, actor))
        if action == "reinitialiser":
            return _show(me, link=accounts.reset(email, actor))
        if action == "desactiver":
            _check_not_self(email, actor)
            done = accounts.disable(email, actor)
            return _show(
                me, said=f"Accès de {done.personne} désactivé, {done.sessions_fermees} session(s) fermée(s)."
            )
    except Refused as refusal:
        return _show(me, fault=str(refusal))
    raise BadInput("Action inconnue.")


def _check_not_self(email: str, actor: str) -> None:
    if email.strip().lower() == actor:
        raise NotAllowed("Votre propre accès ne peut être désactivé que par un autre administrateur.")
