"""`achats utilisateur inviter|reinitialiser|confirmer|lier|desactiver`: the accesses to the pages."""

from typing import Annotated

from cyclopts import Parameter

from flows.commands.application import print_json, print_line
from flows.commands.in_service import Code, Key, check_herself

Json = Annotated[bool, Parameter(name="--json", negative="", help="Réponse en JSON.")]
Email = Annotated[str, Parameter(help="Courriel de la personne, tel que l'organisation le donne.")]
By = Annotated[str, Parameter(name="--par", help="Courriel de la personne qui gère les accès.")]


Losses = Annotated[
    bool,
    Parameter(
        name="--accepter-pertes",
        negative="",
        help="Perdre les parts de plis scellés que la commande a dites.",
    ),
]


def inviter(
    courriel: Email, *, par: By = "achats", cle: Key = None, code: Code = None, json: Json = False
) -> None:
    """Donner à une personne un lien, valable une fois, pour choisir son mot de passe."""
    _change("inviter", courriel, par, cle, code, json=json)


def reinitialiser(
    courriel: Email,
    *,
    codes: Annotated[
        bool, Parameter(negative="", help="Sans effet : le téléphone est toujours oublié.")
    ] = False,
    accepter_pertes: Losses = False,
    par: By = "achats",
    cle: Key = None,
    code: Code = None,
    json: Json = False,
) -> None:
    """Finir tout ce qu'une personne détient (mot de passe, sessions, jetons, clés, téléphone) et lui donner un lien."""
    _change("reinitialiser", courriel, par, cle, code, accepter_pertes, json)


def confirmer(
    numero: Annotated[int, Parameter(help="Numéro de la demande.")],
    *,
    refuser: Annotated[bool, Parameter(negative="", help="Refuser la demande.")] = False,
    par: By,
    cle: Key = None,
    code: Code = None,
    json: Json = False,
) -> None:
    """Confirmer le changement d'accès qu'un autre administrateur a demandé."""
    from tasks.outgoing import access_changes

    check_herself(par, cle, code, "confirmer un changement d'accès")
    _say(access_changes.settle(numero, par.strip().lower(), not refuser), json)


def _change(
    action: str,
    email: str,
    by: str,
    key: str | None,
    code: str | None,
    losing: bool = False,
    json: bool = False,
) -> None:
    """Change an access; once in service, the administrator proves who she is."""
    from models.access.requests import AccessAction
    from tasks.outgoing import access_changes, access_news

    access_changes.check_administrator(by)
    check_herself(by, key, code, "changer un accès")
    done = access_changes.change(AccessAction(action), email, by, losing)
    access_news.leave()
    _say(done, json)


def _say(done: object, json: bool) -> None:
    from tasks.outgoing.access_changes import Changed

    assert isinstance(done, Changed)
    if json:
        return print_json(done)
    if done.lien and done.expire_le:
        print_line(
            f"Lien pour {done.personne}, valable une fois jusqu'au {done.expire_le:%d/%m/%Y %H:%M} UTC :"
        )
        return print_line(done.lien)
    return print_line(done.message or f"Fait : {done.personne}.")


def lier(
    courriel: Email,
    identifiant: Annotated[str, Parameter(help="Ce qui désigne la personne chez le fournisseur d'identité.")],
    *,
    par: By = "achats",
    cle: Key = None,
    code: Code = None,
) -> None:
    """Lier une personne à son identifiant chez le fournisseur d'identité, quand ce n'est pas son adresse."""
    from models.access.requests import AccessAction
    from tasks.outgoing import access_changes

    access_changes.check_administrator(par)
    check_herself(par, cle, code, "lier un identifiant")
    done = access_changes.change(AccessAction.LINK, courriel, par, detail=identifiant)
    if done.demande:
        return print_line(done.message)
    return print_line(f"{done.personne} entre par le fournisseur d'identité avec cet identifiant.")


def desactiver(
    courriel: Email,
    *,
    accepter_pertes: Losses = False,
    par: By = "achats",
    cle: Key = None,
    code: Code = None,
    json: Json = False,
) -> None:
    """Fermer l'accès d'une personne tout de suite, et tout ce qu'elle en détient."""
    from models.access.requests import AccessAction
    from tasks.outgoing import access_changes, access_news

    access_changes.check_administrator(par)
    check_herself(par, cle, code, "fermer un accès")
    done = access_changes.change(AccessAction.DISABLE, courriel, par, accepter_pertes)
    access_news.leave()
    if json:
        return print_json(done)
    if done.demande:
        return print_line(done.message)
    print_line(f"Accès de {done.personne} désactivé ; sessions fermées : {done.sessions_fermees}.")
    if done.fini:
        print_line(f"Fini avec lui : {done.fini}.")
    return None
