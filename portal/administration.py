"""Organisation: people, roles, accesses, and the log of logins; for the administrator."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from models.access.requests import AccessAction
from models.errors import BadInput, NotAllowed, Refused
from models.organisation.group import Role
from portal.frame.pages import page
from portal.frame.security import Here, Sent, here, sent
from portal.frame.turns import apart
from portal.proof import prove
from tasks.access import fresh_proof
from tasks.outgoing import access_changes
from tasks.views import organisation

router = APIRouter(prefix="/organisation")
PAGE_ACTIONS = (AccessAction.INVITE, AccessAction.RESET, AccessAction.DISABLE)
Me = Annotated[Here, Depends(here)]


def _check(me: Here) -> None:
    heads = Role.DIRECTOR in me.person.support_roles and me.path == "/organisation/demandes"
    if not me.person.is_administrator and not heads:
        raise NotAllowed("Cette page est réservée à l'administrateur de l'application.")


def _show(
    me: Here,
    said: str = "",
    done: access_changes.Changed | None = None,
    fault: str = "",
    text: str = "",
    losing: tuple[str, str] | None = None,
) -> Response:
    """Return the page; `losing`, the person and the action that would destroy shares, is asked again."""
    view = organisation.view()
    return page(
        me,
        "organisation.html",
        400 if fault else 200,
        vue=view,
        membres=organisation.matching(view.members, text),
        cherche=text,
        dit=said,
        fait=done,
        faute=fault,
        perdant=losing,
        demandes=access_changes.waiting(),
        preuve=fresh_proof.asked_of(me.person.email),
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
    if action not in PAGE_ACTIONS:
        raise BadInput("Action inconnue.")
    wanted = AccessAction(action)
    try:
        if wanted is AccessAction.DISABLE:
            _check_not_self(email, actor)
        done = access_changes.change(wanted, email, actor, form.get("accepte") == "oui")
    except access_changes.WouldLose as losses:
        return _show(me, fault=str(losses), losing=(email, action))
    except Refused as refusal:
        return _show(me, fault=str(refusal))
    return _show(me, done=done, said=_said(wanted, done))


def _said(action: AccessAction, done: access_changes.Changed) -> str:
    if done.message or action is not AccessAction.DISABLE:
        return done.message
    return f"Accès de {done.personne} désactivé, {done.sessions_fermees} session(s) fermée(s)."


@router.post("/demandes")
@apart
def settle(request: Request, me: Me, form: Annotated[Sent, Depends(sent)]) -> Response:
    """Confirm or refuse a change of access that another person asked."""
    _check(me)
    number = form.get("numero")
    try:
        prove(request, me, form)
        done = access_changes.settle(
            int(number) if number.isdigit() and len(number) < 10 else 0,
            me.person.email,
            form.get("choix") == "confirmer",
        )
    except Refused as refusal:
        return _show(me, fault=str(refusal))
    return _show(me, done=done, said=done.message or "La demande est faite.")


def _check_not_self(email: str, actor: str) -> None:
    if email.strip().lower() == actor:
        raise NotAllowed("Votre propre accès ne peut être désactivé que par un autre administrateur.")
